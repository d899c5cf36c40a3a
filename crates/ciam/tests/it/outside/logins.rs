//! A login at the provider begins a session of the device that asked for it, and of no other.

use super::provider::OutsideProvider;
use super::visitor::{bank, bank_with};
use crate::bank::{Bank, ISSUER};
use crate::passwords::{self, PASSWORD};
use crate::person::{Person, code, passkey};
use crate::sessions::refresh;
use ciam::ProviderSettings;
use http::header::RETRY_AFTER;
use serde_json::{Value as Json, json};
use token::{ACR_PROVIDER, AccessToken};
use types::ErrorCode;

#[tokio::test]
async fn a_login_at_the_provider_gives_tokens_and_a_session_of_this_device() {
    let (bank, provider) = bank().await;
    let person = Person::enrolled(&bank, "1001").await;
    let visit = person.visit().await;
    let asked = visit.asked();
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", "ciam"),
        ("scope", "openid bank"),
        ("prompt", "login"),
        ("max_age", "0"),
    ] {
        assert_eq!(asked[name], value, "{name}");
    }
    bank.advance(30_000);
    let authenticated = bank.now();
    let given = provider.log_in(&asked, ("1001", authenticated), |_| {});
    bank.advance(5_000);
    let begun = person.send_answer(&visit.answer(&given)).await.unwrap();
    let (jwks, now) = (bank.ciam.jwks(), bank.now());
    let access = AccessToken::verify(&begun.access_token, ISSUER, "passbook", &jwks, now).unwrap();
    assert_eq!(access.device, person.phone.device);
    assert_eq!(access.session_key, person.phone.session_thumbprint());
    assert_eq!(access.acr, ACR_PROVIDER);
    assert_eq!(
        access.authenticated.seconds(),
        authenticated.seconds(),
        "when the person logged in, not when the device brought it"
    );
    let channel = bank.verify(&begun.channel_token).unwrap();
    let before = bank.verify(&person.channel_token).unwrap();
    assert_eq!(
        (channel.channels, channel.device),
        (before.channels, before.device)
    );

    let listed = ("GET", "/v1/sessions");
    let listed: Json = person.ask(listed, &begun.access_token, None).await.unwrap();
    assert_eq!(listed["sessions"][0].get("passkey"), None);
    let logged_in = bank.ciam.logged_in(person.phone.device).await.unwrap();
    assert_eq!(
        logged_in.map(|(began, passkey)| (began.seconds(), passkey)),
        Some((authenticated.seconds(), None))
    );
    let refresh = json!({ "refresh_token": begun.refresh_token });
    let path = "/v1/sessions/refresh";
    let refreshed = person
        .post::<Json>(path, &begun.channel_token, refresh)
        .await;
    assert!(refreshed.is_ok());
    // It is a recent login.
    let codes = ("POST", "/v1/devices/codes");
    let made = person.ask::<Json>(codes, &begun.access_token, None).await;
    assert_eq!(made.unwrap()["customer"], "1001");
    let acts = bank.acts();
    let act = acts.iter().find(|act| act.action == "login.accepted");
    assert_eq!(act.unwrap().details["by"], "login provider");
}

#[tokio::test]
async fn neither_passkey_nor_password_logs_anybody_in_beside_the_provider() {
    let (bank, provider) = bank().await;
    let person = Person::enrolled(&bank, "1001").await;
    let login = person.log_in_at(&provider, "1001", |_| {}).await.unwrap();
    // It may approve a browser's orders.
    let made = passkey(1);
    let registered = person.register_with(&login.access_token, &made);
    registered.await.unwrap();
    let challenge = ("POST", "/v1/login/challenge");
    let refused = person
        .ask::<Json>(challenge, &person.channel_token, None)
        .await;
    assert_eq!(code(&refused), ErrorCode::LoginElsewhere);
    let made = passkey(1).assert(&[7; 40]).unwrap();
    let refused = person.send_assertion(&made).await;
    assert_eq!(code(&refused), ErrorCode::LoginElsewhere);
    let password = json!({ "password": "a walk by the river", "code": "287082" });
    let path = "/v1/login/password";
    let refused = person
        .post::<Json>(path, &person.channel_token, password)
        .await;
    assert_eq!(code(&refused), ErrorCode::LoginElsewhere);
}

/// Whoever has an unlocked device and cannot log in at the provider gets no passkey that approves its orders.
#[tokio::test]
async fn the_first_passkey_needs_a_login_at_the_provider() {
    let (bank, provider) = bank().await;
    let person = Person::enrolled(&bank, "1001").await;
    let refused = person
        .register_with(&person.channel_token, &passkey(1))
        .await;
    assert_eq!(code(&refused), ErrorCode::LoginRequired);
    let login = person.log_in_at(&provider, "1001", |_| {}).await.unwrap();
    bank.advance(10 * 60_000 + 1);
    let refresh = refresh(&person, &login.refresh_token).await.unwrap();
    let made = passkey(1);
    let old = person.register_with(&refresh.access_token, &made).await;
    assert_eq!(code(&old), ErrorCode::LoginRequired);
    let login = person.log_in_at(&provider, "1001", |_| {}).await.unwrap();
    let made = passkey(1);
    let registered = person.register_with(&login.access_token, &made);
    registered.await.unwrap();
}

/// A customer may have a password from the time before the provider.
#[tokio::test]
async fn a_login_at_the_provider_goes_on_when_a_password_is_removed() {
    let (bank, provider) = bank().await;
    let person = Person::enrolled(&bank, "1001").await;
    let visit = person.visit().await;
    let given = provider.log_in(&visit.asked(), ("1001", bank.now()), |_| {});
    let session = person.send_answer(&visit.answer(&given)).await.unwrap();
    let access = &session.access_token;
    let begun = passwords::begin(&person, access).await;
    let now = passwords::code_in(&bank, &begun, 0);
    let set = passwords::set(&person, access, &begun, (PASSWORD, &now)).await;
    set.unwrap();
    let removal = ("POST", "/v1/password/removals");
    person.ask::<Json>(removal, access, None).await.unwrap();
    refresh(&person, &session.refresh_token).await.unwrap();
}

#[tokio::test]
async fn a_bank_without_a_provider_has_no_such_routes() {
    let bank = Bank::open().await;
    let person = Person::enrolled(&bank, "1001").await;
    let challenge = ("POST", "/v1/login/provider/challenge");
    let refused = person
        .ask::<Json>(challenge, &person.channel_token, None)
        .await;
    assert_eq!(code(&refused), ErrorCode::NotFound);
}

#[tokio::test]
async fn what_was_logged_in_for_one_device_is_worth_nothing_on_another() {
    let (bank, provider) = bank().await;
    let victim = Person::enrolled(&bank, "1001").await;
    // Also where the thief has a device of the same customer.
    let thief = Person::enrolled(&bank, "1001").await;
    let (visit, own) = (victim.visit().await, thief.visit().await);
    let login = ("1001", bank.now());
    let stolen = provider.log_in(&visit.asked(), login, |_| {});
    let refused = thief.send_answer(&visit.answer(&stolen)).await;
    assert_eq!(code(&refused), ErrorCode::ChallengeUnknown);
    // The code of the victim, with the thief's own challenge: first with the thief's PKCE secret, then with the victim's.
    let refused = thief.send_answer(&own.answer(&stolen)).await;
    assert_eq!(code(&refused), ErrorCode::ProviderLoginRefused);
    let mut with_stolen_verifier = own.answer(&stolen);
    with_stolen_verifier.code_verifier = visit.verifier.clone();
    let refused = thief.send_answer(&with_stolen_verifier).await;
    assert_eq!(code(&refused), ErrorCode::ProviderLoginRefused);
    assert_eq!(thief.refusals(), ["code_refused", "another_nonce"]);
    assert_eq!(bank.count("session"), 0);
}

#[tokio::test]
async fn a_code_is_redeemed_only_with_the_secret_of_its_login() {
    let (bank, provider) = bank().await;
    let person = Person::enrolled(&bank, "1001").await;
    let visit = person.visit().await;
    let given = provider.log_in(&visit.asked(), ("1001", bank.now()), |_| {});
    let mut injected = visit.answer(&given);
    injected.code_verifier = "w".repeat(43);
    let refused = person.send_answer(&injected).await;
    assert_eq!(code(&refused), ErrorCode::ProviderLoginRefused);
    let mut elsewhere = visit.answer(&given);
    elsewhere.redirect_uri = "http://127.0.0.1:8124/back".into();
    let refused = person.send_answer(&elsewhere).await;
    assert_eq!(code(&refused), ErrorCode::ProviderLoginRefused);
    assert_eq!(person.refusals(), ["code_refused", "code_refused"]);
    assert_eq!(
        refused.unwrap_err().problem.detail.unwrap(),
        "the login at the provider was not accepted"
    );
    person.send_answer(&visit.answer(&given)).await.unwrap();
}

#[tokio::test]
async fn an_answer_logs_in_once_even_at_a_provider_that_repeats_its_id_tokens() {
    let (bank, provider) = bank().await;
    let person = Person::enrolled(&bank, "1001").await;
    let visit = person.visit().await;
    let given = provider.log_in(&visit.asked(), ("1001", bank.now()), |_| {});
    provider.state().forgetful = true;
    let answer = visit.answer(&given);
    let begun = person.send_answer(&answer).await.unwrap();
    let replayed = person.send_answer(&answer).await;
    assert_eq!(code(&replayed), ErrorCode::ChallengeUnknown);
    let device = person.phone.device;
    assert_eq!(bank.count("session"), 1);
    assert!(bank.ciam.logged_in(device).await.unwrap().is_some());
    let still = ("GET", "/v1/sessions");
    let listed = person.ask::<Json>(still, &begun.access_token, None).await;
    assert!(listed.is_ok(), "the first session goes on");
    // And only for five minutes.
    let visit = person.visit().await;
    let given = provider.log_in(&visit.asked(), ("1001", bank.now()), |_| {});
    bank.advance(300_001);
    let late = person.send_answer(&visit.answer(&given)).await;
    assert_eq!(code(&late), ErrorCode::ChallengeUnknown);
}

#[tokio::test]
async fn a_provider_that_is_down_is_said_to_be_and_the_same_answer_is_good_later() {
    let (bank, provider) = bank().await;
    let person = Person::enrolled(&bank, "1001").await;
    let down = || bank.neighbour.state().login_provider = None;
    let up = || bank.neighbour.state().login_provider = Some(provider.clone());
    down();
    let challenge = ("POST", "/v1/login/provider/challenge");
    let refused = person
        .ask::<Json>(challenge, &person.channel_token, None)
        .await;
    assert_eq!(code(&refused), ErrorCode::ProviderUnavailable);
    assert!(refused.unwrap_err().headers.contains_key(RETRY_AFTER));
    up();
    let visit = person.visit().await;
    let given = provider.log_in(&visit.asked(), ("1001", bank.now()), |_| {});
    down();
    let refused = person.send_answer(&visit.answer(&given)).await;
    assert_eq!(code(&refused), ErrorCode::ProviderUnavailable);
    up();
    // A provider that does not know the bank is no better than one that is down.
    provider.state().refusal = Some((401, json!({ "error": "invalid_client" })));
    let refused = person.send_answer(&visit.answer(&given)).await;
    assert_eq!(code(&refused), ErrorCode::ProviderUnavailable);
    provider.state().refusal = Some((200, json!({ "access_token": "a" })));
    let refused = person.send_answer(&visit.answer(&given)).await;
    assert_eq!(code(&refused), ErrorCode::ProviderUnavailable);
    provider.state().refusal = None;
    person.send_answer(&visit.answer(&given)).await.unwrap();
    assert_eq!(person.refusals(), [""; 0]);
}

#[tokio::test]
async fn an_answer_of_another_provider_is_sent_to_none() {
    let (bank, provider) = bank().await;
    let person = Person::enrolled(&bank, "1001").await;
    provider.state().metadata = json!({ "authorization_response_iss_parameter_supported": true });
    let visit = person.visit().await;
    let given = provider.log_in(&visit.asked(), ("1001", bank.now()), |_| {});
    let mut answer = visit.answer(&given);
    for issuer in [Some("https://evil.example"), None] {
        answer.issuer = issuer.map(str::to_owned);
        let refused = person.send_answer(&answer).await;
        assert_eq!(code(&refused), ErrorCode::ProviderLoginRefused);
    }
    assert_eq!(
        person.refusals(),
        ["answer_of_another_issuer", "answer_without_issuer"]
    );
    assert_eq!(provider.state().redeemed.len(), 0);
    answer.issuer = Some(super::provider::PROVIDER.into());
    person.send_answer(&answer).await.unwrap();
}

#[tokio::test]
async fn only_the_devices_own_customer_logs_in_on_it() {
    let (bank, provider) = bank().await;
    let person = Person::enrolled(&bank, "1001").await;
    let _other = Person::enrolled(&bank, "1002").await;
    for customer in ["1002", "1003"] {
        let refused = person.log_in_at(&provider, customer, |_| {}).await;
        assert_eq!(code(&refused), ErrorCode::ProviderLoginRefused);
    }
    assert_eq!(person.refusals(), ["another_customer", "another_customer"]);
    let visit = person.visit().await;
    let given = provider.log_in(&visit.asked(), ("1001", bank.now()), |_| {});
    bank.ciam.revoke(person.phone.device).await.unwrap();
    let refused = person.send_answer(&visit.answer(&given)).await;
    assert_eq!(code(&refused), ErrorCode::DeviceRevoked);
}

#[tokio::test]
async fn the_claim_that_names_the_customer_is_the_configured_one() {
    let (bank, provider) = bank_with(ProviderSettings {
        claim: "https://bank.example/number".into(),
        acr: vec!["gold".into(), "silver".into()],
        ..OutsideProvider::settings()
    })
    .await;
    let person = Person::enrolled(&bank, "1001").await;
    assert_eq!(person.visit().await.asked()["acr_values"], "gold silver");
    let named = |acr: &'static str| {
        move |claims: &mut Json| {
            claims["https://bank.example/number"] = claims["customer_number"].take();
            claims["customer_number"] = "1002".into();
            claims["acr"] = acr.into();
        }
    };
    let begun = person.log_in_at(&provider, "1001", named("silver")).await;
    assert!(begun.is_ok());
    let refused = person.log_in_at(&provider, "1001", named("bronze")).await;
    assert_eq!(code(&refused), ErrorCode::ProviderLoginRefused);
    assert_eq!(person.refusals(), ["another_acr"]);
}

#[tokio::test]
async fn a_device_that_is_revoked_while_the_provider_answers_gets_no_session() {
    let (bank, provider) = bank().await;
    let person = Person::enrolled(&bank, "1001").await;
    let visit = person.visit().await;
    let given = provider.log_in(&visit.asked(), ("1001", bank.now()), |_| {});
    provider.hold.send_replace(true);
    let (ciam, device) = (bank.ciam.clone(), person.returning(None));
    let answer = visit.answer(&given);
    let login = tokio::spawn(async move { ciam.log_in_at_provider(&device, &answer).await });
    // The login waits for the provider.
    while provider.hold.receiver_count() == 0 {
        tokio::task::yield_now().await;
    }
    bank.ciam.revoke(person.phone.device).await.unwrap();
    provider.hold.send_replace(false);
    let refused = login.await.unwrap().map(drop).unwrap_err();
    assert_eq!(refused.code(), ErrorCode::DeviceRevoked);
    assert_eq!(bank.count("session"), 0);
}
