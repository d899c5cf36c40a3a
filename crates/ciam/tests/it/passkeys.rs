//! Passkeys are registered by their customer's devices: the first by a device alone, every other after a login.

use crate::bank::{Bank, ISSUER, MINUTE_MS};
use crate::person::{Answered, Person, code, id_of, party, passkey, passkey_with};
use ciam::LoginSettings;
use protocol::http::{PasskeyRow, PasskeysAnswer, RemovePasskey};
use serde_json::json;
use types::ErrorCode;

async fn list(person: &Person<'_>, access: &str) -> Answered<Vec<PasskeyRow>> {
    let answered = person.ask(("GET", "/v1/passkeys"), access, None).await;
    answered.map(|answer: PasskeysAnswer| answer.passkeys)
}

async fn remove(
    person: &Person<'_>,
    access: &str,
    passkey: types::PasskeyId,
) -> Answered<RemovePasskey> {
    let body = json!({ "passkey": passkey });
    person.post("/v1/passkeys/removals", access, body).await
}

#[tokio::test]
async fn the_first_passkey_needs_no_login_and_every_other_one_a_recent_one() {
    let bank = Bank::open().await;
    let person = Person::enrolled(&bank, "1001").await;
    let (first, second) = (passkey(1), passkey(2));
    let options = person.options().await;
    assert_eq!(options.relying_party.origin, ISSUER);
    assert_eq!(options.algorithms, [-7, -8, -257]);
    assert_eq!(
        (options.user_name.as_str(), options.exclude.len()),
        ("1001", 0)
    );
    assert_eq!(person.options().await.user, options.user, "one user handle");
    let registered = person.register(&first).await;
    assert_eq!(registered.passkey, id_of(&first));
    assert_eq!(registered.device, person.phone.device);
    assert_eq!(registered.attestation, "none");
    assert_eq!(bank.neighbour.passkeys(), [(true, id_of(&first))]);
    let exclude = person.options().await.exclude;
    assert_eq!(exclude[0].as_ref(), first.credential());

    let refused = person.register_with(&person.channel_token, &second).await;
    assert_eq!(code(&refused), ErrorCode::LoginRequired);
    let challenge = &refused.unwrap_err().headers["www-authenticate"];
    assert_eq!(
        challenge,
        r#"DPoP error="insufficient_user_authentication", max_age="600", algs="ES256""#
    );
    let begun = person.log_in(&first).await.unwrap();
    bank.advance(1);
    let added = person.register_with(&begun.access_token, &second).await;
    assert_eq!(added.unwrap().passkey, id_of(&second));

    // The session goes on, and the login is no longer recent.
    bank.advance(10 * MINUTE_MS + 1000);
    let body = json!({ "refresh_token": begun.refresh_token });
    let refreshed: serde_json::Value = person
        .post("/v1/sessions/refresh", &person.channel_token, body)
        .await
        .unwrap();
    let access = refreshed["access_token"].as_str().unwrap();
    let third = person.register_with(access, &passkey(3)).await;
    assert_eq!(code(&third), ErrorCode::LoginRequired);
    let removed = remove(&person, access, id_of(&second)).await;
    assert_eq!(code(&removed), ErrorCode::LoginRequired);
    let listed = list(&person, access).await.unwrap();
    let ids: Vec<_> = listed.iter().map(|row| row.passkey).collect();
    assert_eq!(ids, [id_of(&first), id_of(&second)]);
    assert!(listed[0].used.is_some() && listed[1].used.is_none());
    assert_eq!(
        code(&list(&person, &person.channel_token).await),
        ErrorCode::LoginRequired
    );
}

#[tokio::test]
async fn a_repeated_registration_changes_nothing() {
    let bank = Bank::open().await;
    let person = Person::enrolled(&bank, "1001").await;
    let (token, options) = (&person.channel_token, person.options().await);
    let made = passkey(1).register(options.challenge.as_ref()).unwrap();
    let one = person.send_attestation(token, &made).await.unwrap();
    let again = person.send_attestation(token, &made).await.unwrap();
    assert_eq!(one, again);
    assert_eq!(bank.neighbour.passkeys().len(), 1);
    assert_eq!(bank.count("passkey"), 1);
}

#[tokio::test]
async fn a_challenge_is_for_one_device_one_ceremony_and_one_answer() {
    let bank = Bank::open().await;
    let person = Person::enrolled(&bank, "1001").await;
    let other = Person::enrolled(&bank, "1001").await;
    let token = &person.channel_token;
    let others = other.options().await.challenge;
    let for_login = person.login_challenge().await;
    let old = person.options().await.challenge;
    bank.advance(5 * MINUTE_MS + 1);
    let invented = [0; 40];
    for challenge in [others.as_ref(), &for_login, old.as_ref(), &invented, &[]] {
        let made = passkey(1).register(challenge).unwrap();
        let refused = person.send_attestation(token, &made).await;
        assert_eq!(code(&refused), ErrorCode::ChallengeUnknown);
    }
    let challenge = person.options().await.challenge;
    let made = passkey(1).register(challenge.as_ref()).unwrap();
    person.send_attestation(token, &made).await.unwrap();
    let begun = person.log_in(&passkey(1)).await.unwrap();
    let replayed = passkey(2).register(challenge.as_ref()).unwrap();
    let refused = person
        .send_attestation(&begun.access_token, &replayed)
        .await;
    assert_eq!(code(&refused), ErrorCode::ChallengeUnknown);
    assert_eq!(bank.count("passkey"), 1);
}

#[tokio::test]
async fn what_a_browser_made_elsewhere_or_without_the_user_is_refused_and_recorded() {
    let bank = Bank::open().await;
    let person = Person::enrolled(&bank, "1001").await;
    let challenge = person.options().await.challenge;
    let made = passkey(1).register(challenge.as_ref()).unwrap();
    let text = String::from_utf8(made.client_data_json.clone()).unwrap();
    let elsewhere = webauthn::Attestation {
        client_data_json: text.replace("bank.example", "evil.example").into_bytes(),
        ..made.clone()
    };
    let mut not_verified = made.clone();
    let hash = types::Hash::of(b"bank.example");
    let object = &mut not_verified.attestation_object;
    let at = object.windows(32).position(|part| part == hash.as_bytes());
    object[at.unwrap() + 32] = 0x41;
    for (made, reason) in [
        (elsewhere, "another_origin"),
        (not_verified, "user_not_verified"),
    ] {
        let refused = person.send_attestation(&person.channel_token, &made).await;
        assert_eq!(code(&refused), ErrorCode::PasskeyInvalid);
        let detail = refused.unwrap_err().problem.detail.unwrap();
        assert_eq!(detail, format!("the passkey is not accepted: {reason}"));
        let records = bank.records();
        let act = audit::Record::parse(records.last().unwrap()).unwrap().act;
        assert_eq!(
            (act.action.as_str(), act.details["reason"].as_str()),
            ("passkey.refused", reason)
        );
    }
    assert_eq!(bank.count("passkey"), 0);
}

#[tokio::test]
async fn a_credential_is_registered_once() {
    let bank = Bank::open().await;
    let person = Person::enrolled(&bank, "1001").await;
    let other = Person::enrolled(&bank, "1002").await;
    person.register(&passkey(1)).await;
    let stolen = other.register_with(&other.channel_token, &passkey(1)).await;
    assert_eq!(code(&stolen), ErrorCode::PasskeyConflict);
    let another_key = passkey_with(2, 1);
    let refused = other
        .register_with(&other.channel_token, &another_key)
        .await;
    assert_eq!(code(&refused), ErrorCode::PasskeyConflict);
    let begun = person.log_in(&passkey(1)).await.unwrap();
    let refused = person
        .register_with(&begun.access_token, &another_key)
        .await;
    assert_eq!(code(&refused), ErrorCode::PasskeyConflict);
}

#[tokio::test]
async fn a_customer_has_as_many_passkeys_as_are_allowed() {
    let bank = Bank::with_logins(LoginSettings {
        passkeys_max: 2,
        ..LoginSettings::default()
    })
    .await;
    let person = Person::enrolled(&bank, "1001").await;
    person.register(&passkey(1)).await;
    let begun = person.log_in(&passkey(1)).await.unwrap();
    let access = &begun.access_token;
    person.register_with(access, &passkey(2)).await.unwrap();
    let refused = person.register_with(access, &passkey(3)).await;
    assert_eq!(code(&refused), ErrorCode::TooManyPasskeys);
    remove(&person, access, id_of(&passkey(2))).await.unwrap();
    person.register_with(access, &passkey(3)).await.unwrap();
}

#[tokio::test]
async fn a_passkey_is_renamed_and_removed_by_its_customer_alone() {
    let bank = Bank::open().await;
    let person = Person::enrolled(&bank, "1001").await;
    let other = Person::enrolled(&bank, "1002").await;
    person.register(&passkey(1)).await;
    other.register(&passkey(2)).await;
    let begun = person.log_in(&passkey(1)).await.unwrap();
    let access = &begun.access_token;
    let rename = async |passkey, name: &str| -> Answered<PasskeyRow> {
        let body = json!({ "passkey": passkey, "name": name });
        person.post("/v1/passkeys/names", access, body).await
    };
    let own = id_of(&passkey(1));
    let renamed = rename(own, "Klíč na stole").await.unwrap();
    assert_eq!(renamed.name, "Klíč na stole");
    for name in ["", " phone", "pho\u{202e}ne", &"x".repeat(65)] {
        assert_eq!(
            code(&rename(own, name).await),
            ErrorCode::Malformed,
            "{name}"
        );
    }
    let others = id_of(&passkey(2));
    assert_eq!(
        code(&rename(others, "mine").await),
        ErrorCode::PasskeyUnknown
    );
    let refused = remove(&person, access, others).await;
    assert_eq!(code(&refused), ErrorCode::PasskeyUnknown);

    let known = bank.ciam.credential(passkey(1).credential()).await.unwrap();
    let known = known.unwrap();
    assert_eq!(known.customer.as_str(), "1001");
    let made = passkey(1).assert(b"an order").unwrap();
    assert!(made.verify(&known, b"an order", &party()).is_ok());
    remove(&person, access, own).await.unwrap();
    let gone = bank.ciam.credential(passkey(1).credential()).await.unwrap();
    assert!(gone.is_none());
    // Its session ended with it.
    assert_eq!(code(&list(&person, access).await), ErrorCode::SessionEnded);
    assert_eq!(
        code(&person.log_in(&passkey(1)).await),
        ErrorCode::LoginRefused
    );
    let told = bank.neighbour.passkeys();
    assert_eq!(told, [(true, own), (true, others), (false, own)]);
}

#[tokio::test]
async fn a_change_that_nobody_heard_of_is_told_later() {
    let bank = Bank::open().await;
    let person = Person::enrolled(&bank, "1001").await;
    bank.neighbour.state().notification_down = true;
    person.register(&passkey(1)).await;
    assert_eq!(bank.ciam.resume().await.unwrap().waiting, 1);
    bank.neighbour.state().notification_down = false;
    assert_eq!(bank.neighbour.passkeys(), []);
    assert_eq!(bank.ciam.resume().await.unwrap().told, 1);
    assert_eq!(bank.neighbour.passkeys(), [(true, id_of(&passkey(1)))]);
    assert_eq!(bank.ciam.resume().await.unwrap().told, 0);
}

#[tokio::test]
async fn erasure_removes_passkeys_sessions_and_what_was_to_be_told() {
    let bank = Bank::open().await;
    let person = Person::enrolled(&bank, "1001").await;
    person.register(&passkey(1)).await;
    person.log_in(&passkey(1)).await.unwrap();
    person.log_in(&passkey_with(2, 1)).await.unwrap_err();
    bank.neighbour.state().notification_down = true;
    let begun = person.log_in(&passkey(1)).await.unwrap();
    let access = &begun.access_token;
    person.register_with(access, &passkey(2)).await.unwrap();
    let customer = "1001".parse().unwrap();
    bank.ciam.erase_customer(&customer).await.unwrap_err();
    for table in ["passkey", "access_change", "session", "device"] {
        assert_eq!(bank.count(table), 0, "{table}");
    }
}
