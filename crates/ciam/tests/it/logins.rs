//! A login is bound to the device, and whatever is wrong with a passkey is refused in the same way.

use crate::bank::{Bank, ISSUER};
use crate::person::{Person, code, id_of, party, passkey, passkey_with};
use ciam::LoginError;
use protocol::{AccessChange, EntryKind};
use serde_json::Value as Json;
use token::{ACR_PASSKEY, AccessToken};
use types::{ErrorCode, Hash};
use webauthn::{Assertion, AssertionError};

/// The passkey's assertion with other authenticator data, or other client data. Its signature is then over other data.
fn changed(made: &Assertion, change: impl FnOnce(&mut Assertion)) -> Assertion {
    let mut made = made.clone();
    change(&mut made);
    made
}

#[tokio::test]
async fn a_login_gives_tokens_that_only_this_device_can_use() {
    let bank = Bank::open().await;
    let person = Person::enrolled(&bank, "1001").await;
    let thief = Person::enrolled(&bank, "1001").await;
    person.register(&passkey(1)).await;
    let began = bank.now();
    let begun = person.log_in(&passkey(1)).await.unwrap();
    let jwks = bank.ciam.jwks();
    let access = &begun.access_token;
    let token = AccessToken::verify(access, ISSUER, "passbook", &jwks, bank.now()).unwrap();
    assert_eq!(token.device, person.phone.device);
    assert_eq!(token.session, begun.session);
    assert_eq!(
        (token.acr.as_str(), token.authenticated.seconds()),
        (ACR_PASSKEY, began.seconds())
    );
    assert_eq!(token.session_key, person.phone.session_thumbprint());
    assert_eq!(token.expires.ms_since(token.issued), 300_000);
    let channel = bank.verify(&begun.channel_token).unwrap();
    let before = bank.verify(&person.channel_token).unwrap();
    assert_eq!(channel.channels, before.channels);
    assert_ne!(channel.id, before.id, "a new channel token");
    assert_eq!(token.subject, channel.subject);

    let sessions = ("GET", "/v1/sessions");
    person.ask::<Json>(sessions, access, None).await.unwrap();
    let stolen = thief.ask::<Json>(sessions, access, None).await;
    assert_eq!(code(&stolen), ErrorCode::ProofInvalid);
    // An access token opens no channel, and a channel token is no login.
    let renewed = person
        .ask::<Json>(("POST", "/v1/token"), access, None)
        .await;
    assert_eq!(code(&renewed), ErrorCode::TokenOfAnotherType);
    let login = person
        .ask::<Json>(("POST", "/v1/login/challenge"), access, None)
        .await;
    assert_eq!(code(&login), ErrorCode::TokenOfAnotherType);
    let listed = person
        .ask::<Json>(sessions, &person.channel_token, None)
        .await;
    assert_eq!(code(&listed), ErrorCode::LoginRequired);
    bank.advance(300_000);
    let expired = person.ask::<Json>(sessions, access, None).await;
    assert_eq!(code(&expired), ErrorCode::AccessTokenExpired);
}

#[tokio::test]
async fn an_assertion_logs_in_once_on_the_device_that_asked_for_it() {
    let bank = Bank::open().await;
    let person = Person::enrolled(&bank, "1001").await;
    let other = Person::enrolled(&bank, "1001").await;
    person.register(&passkey(1)).await;
    let made = passkey(1).assert(&person.login_challenge().await).unwrap();
    let relayed = other.send_assertion(&made).await;
    assert_eq!(code(&relayed), ErrorCode::ChallengeUnknown);
    person.send_assertion(&made).await.unwrap();
    let replayed = person.send_assertion(&made).await;
    assert_eq!(code(&replayed), ErrorCode::ChallengeUnknown);
    assert_eq!(bank.count("session"), 1);
    // After a restart, and after the clock went on, neither.
    bank.advance(300_001);
    let late = person.send_assertion(&made).await;
    assert_eq!(code(&late), ErrorCode::ChallengeUnknown);
}

/// A request reads the clock before it waits for the database, and another node's clock may be behind.
#[tokio::test]
async fn an_answered_challenge_is_known_to_a_request_that_began_before_its_end() {
    let bank = Bank::open().await;
    let person = Person::enrolled(&bank, "1001").await;
    let other = Person::enrolled(&bank, "1002").await;
    person.register(&passkey(1)).await;
    other.register(&passkey(2)).await;
    let challenge = person.login_challenge().await;
    let end = bank.now().plus_ms(300_000);
    let made = passkey(1).assert(&challenge).unwrap();
    person.send_assertion(&made).await.unwrap();
    bank.set_clock(end.plus_ms(300_000));
    other.log_in(&passkey(2)).await.unwrap();
    bank.set_clock(end);
    let device = person.returning(None);
    let replayed = bank.ciam.login(&device, &made).await.map(drop);
    assert!(
        matches!(replayed, Err(LoginError::ChallengeUnknown)),
        "{replayed:?}"
    );
}

#[tokio::test]
async fn what_was_made_for_an_order_or_a_registration_logs_nobody_in_and_the_other_way_round() {
    let bank = Bank::open().await;
    let person = Person::enrolled(&bank, "1001").await;
    person.register(&passkey(1)).await;
    // gateway's challenge: SHA-256 of a signed intent.
    let order = Hash::of(b"a Sign1 that embeds an intent");
    let registration = person.options().await.challenge;
    for challenge in [order.as_bytes().as_slice(), registration.as_ref()] {
        let made = passkey(1).assert(challenge).unwrap();
        let refused = person.send_assertion(&made).await;
        assert_eq!(code(&refused), ErrorCode::ChallengeUnknown);
    }
    let made = passkey(1).assert(&person.login_challenge().await).unwrap();
    let known = bank.ciam.credential(passkey(1).credential()).await.unwrap();
    let as_order = made.verify(&known.unwrap(), order.as_bytes(), &party());
    assert_eq!(as_order, Err(AssertionError::AnotherChallenge));
    // The answer of a registration, with the challenge of a login.
    let challenge = person.login_challenge().await;
    let created = passkey(1).register(&challenge).unwrap();
    let made = changed(&passkey(1).assert(&challenge).unwrap(), |made| {
        made.client_data_json = created.client_data_json;
    });
    assert_eq!(
        code(&person.send_assertion(&made).await),
        ErrorCode::LoginRefused
    );
    assert_eq!(person.refusals(), ["another_type"]);
}

#[tokio::test]
async fn nothing_tells_whether_a_passkey_or_its_customer_exists() {
    let bank = Bank::open().await;
    let person = Person::enrolled(&bank, "1001").await;
    let other = Person::enrolled(&bank, "1002").await;
    other.register(&passkey(2)).await;
    let unlock = async || {
        let customer = "1001".parse().unwrap();
        bank.ciam.unlock_logins(&customer, "test").await.unwrap();
    };
    let mut answers = Vec::new();
    // Before the customer has any passkey: unknown. Then another customer's, and an own one with another key.
    answers.push(person.log_in(&passkey(9)).await.unwrap_err());
    answers.push(person.log_in(&passkey(2)).await.unwrap_err());
    unlock().await;
    person.register(&passkey(1)).await;
    answers.push(person.log_in(&passkey(9)).await.unwrap_err());
    answers.push(person.log_in(&passkey_with(9, 1)).await.unwrap_err());
    unlock().await;
    // The key with which an unknown passkey is verified is known to everybody.
    let mut one = [0; 32];
    one[31] = 1;
    let decoy = envelope::SoftwareKey::from_bytes(&one).unwrap();
    let decoy = webauthn::SoftwarePasskey::new(decoy, [9; 16], party());
    answers.push(person.log_in(&decoy).await.unwrap_err());
    for answer in &answers {
        assert_eq!(answer.code, ErrorCode::LoginRefused);
        assert_eq!(answer.problem, answers[0].problem, "word for word");
    }
    let reasons = [
        "unknown_credential",
        "credential_of_another_customer",
        "unknown_credential",
        "signature_invalid",
        "unknown_credential",
    ];
    assert_eq!(person.refusals(), reasons);
}

#[tokio::test]
async fn another_site_a_missing_user_and_changed_flags_are_refused() {
    let bank = Bank::open().await;
    let person = Person::enrolled(&bank, "1001").await;
    person.register(&passkey(1)).await;
    let made = async || passkey(1).assert(&person.login_challenge().await).unwrap();
    let flags =
        |made: &Assertion, flags: u8| changed(made, |made| made.authenticator_data[32] = flags);
    let replaced = |made: &Assertion, from: &str, to: &str| {
        let text = String::from_utf8(made.client_data_json.clone()).unwrap();
        assert!(text.contains(from));
        changed(made, |made| {
            made.client_data_json = text.replace(from, to).into_bytes()
        })
    };
    let cases = [
        (
            replaced(&made().await, "bank.example", "evil.example"),
            "another_origin",
        ),
        (replaced(&made().await, "https:", "http:"), "another_origin"),
        (replaced(&made().await, "false", "true"), "cross_origin"),
        (
            changed(&made().await, |made| made.authenticator_data[0] ^= 1),
            "another_relying_party",
        ),
        (flags(&made().await, 0x04), "user_not_present"),
        (flags(&made().await, 0x01), "user_not_verified"),
        (flags(&made().await, 0x0d), "signature_invalid"),
        (flags(&made().await, 0x15), "backed_up_though_not_eligible"),
        (
            changed(&made().await, |made| made.signature[20] ^= 1),
            "signature_invalid",
        ),
        (
            changed(&made().await, |made| made.signature.clear()),
            "signature_invalid",
        ),
    ];
    for (made, reason) in cases {
        assert_eq!(
            code(&person.send_assertion(&made).await),
            ErrorCode::LoginRefused,
            "{reason}"
        );
        assert_eq!(person.refusals().pop().unwrap(), reason);
        bank.ciam
            .unlock_logins(&"1001".parse().unwrap(), "test")
            .await
            .unwrap();
    }
    assert_eq!(bank.count("session"), 0);
    person.log_in(&passkey(1)).await.unwrap();
}

#[tokio::test]
async fn each_login_and_each_refusal_is_recorded() {
    let bank = Bank::open().await;
    let person = Person::enrolled(&bank, "1001").await;
    person.register(&passkey(1)).await;
    person.log_in(&passkey_with(2, 1)).await.unwrap_err();
    let begun = person.log_in(&passkey(1)).await.unwrap();
    let records = bank.records();
    let acts: Vec<_> = records
        .iter()
        .map(|bytes| audit::Record::parse(bytes).unwrap().act)
        .collect();
    let find = |action: &str| acts.iter().find(|act| act.action == action).unwrap();
    let device = person.phone.device.to_string();
    for action in ["passkey.added", "login.refused", "login.accepted"] {
        assert_eq!(find(action).actor, device, "{action}");
    }
    let session = begun.session.to_string();
    assert_eq!(find("login.accepted").details["session"], session);
    assert_eq!(find("channel_token.renewed").actor, device);
    let all = records.concat();
    for secret in [&begun.refresh_token, &begun.access_token] {
        let found = all
            .windows(secret.len())
            .any(|part| part == secret.as_bytes());
        assert!(!found, "a token is in the records");
    }
    assert_eq!(
        find("login.accepted").subjects[1].id,
        id_of(&passkey(1)).to_string()
    );
}

/// All the customer's devices hear of a login after refusals, and of one with another device's passkey, and of no other.
#[tokio::test]
async fn an_unusual_login_is_told_once() {
    let bank = Bank::open().await;
    let person = Person::enrolled(&bank, "1001").await;
    person.register(&passkey(1)).await;
    person.log_in(&passkey(1)).await.unwrap();
    person.log_in(&passkey(1)).await.unwrap();
    assert_eq!(bank.neighbour.access(), []);

    person.log_in(&passkey_with(2, 1)).await.unwrap_err();
    bank.neighbour.state().notification_down = true;
    person.log_in(&passkey(1)).await.unwrap();
    assert_eq!(bank.ciam.resume().await.unwrap().waiting, 1);
    bank.neighbour.state().notification_down = false;
    assert_eq!(bank.ciam.resume().await.unwrap().told, 1);
    let on = |device, reasons: &str| AccessChange {
        device: Some(device),
        passkey: Some(id_of(&passkey(1))),
        reasons: Some(reasons.to_owned()),
        ..AccessChange::new(EntryKind::LoginUnusual)
    };
    let after_refusals = on(person.phone.device, "after_refusals");
    assert_eq!(
        bank.neighbour.access(),
        std::slice::from_ref(&after_refusals)
    );
    person.log_in(&passkey(1)).await.unwrap();

    let tablet = Person::enrolled(&bank, "1001").await;
    tablet.log_in(&passkey_with(2, 1)).await.unwrap_err();
    tablet.log_in(&passkey(1)).await.unwrap();
    tablet.log_in(&passkey(1)).await.unwrap();
    let both = "after_refusals passkey_of_another_device";
    let on_tablet = on(tablet.phone.device, both);
    assert_eq!(bank.neighbour.access(), [after_refusals, on_tablet]);
    let records = bank.records();
    let acts = records
        .iter()
        .map(|bytes| audit::Record::parse(bytes).unwrap().act);
    let unusual = acts.filter_map(|act| act.details.get("unusual").cloned());
    assert_eq!(unusual.collect::<Vec<_>>(), ["after_refusals", both]);
}
