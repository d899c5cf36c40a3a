//! A logout at the provider ends the sessions that its login began, and nothing else ends them.

use super::provider::{CLIENT, OutsideProvider, PROVIDER, Signing, rsa_jwk, signed};
use super::visitor::bank;
use crate::bank::Bank;
use crate::person::{Answered, Person, code};
use crate::sessions::refresh;
use axum::body::Body;
use ciam::http::routes;
use http::Request;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http_body_util::BodyExt as _;
use protocol::http::{Problem, SessionBegun};
use serde_json::{Value as Json, json};
use tower::ServiceExt as _;
use types::ErrorCode;

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
const MINUTE: u64 = 60_000;

/// The claims of a logout token.
fn claims(bank: &Bank, id: &str, who: &Json) -> Json {
    let now = bank.now().seconds();
    let mut claims = json!({
        "iss": PROVIDER,
        "aud": CLIENT,
        "iat": now,
        "exp": now + 120,
        "jti": id,
        "events": { EVENT: {} },
    });
    let named = who.as_object().unwrap().clone();
    claims.as_object_mut().unwrap().extend(named);
    claims
}

/// What ciam answers to a form.
async fn post(bank: &Bank, form: String) -> Result<(), (ErrorCode, String)> {
    let request = Request::post("/v1/login/provider/logout")
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(form));
    let answer = routes(bank.ciam.clone()).oneshot(request.unwrap()).await;
    let answer = answer.unwrap();
    assert_eq!(answer.headers()[CACHE_CONTROL], "no-store");
    let status = answer.status();
    if status == 200 {
        return Ok(());
    }
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    let problem: Problem = serde_json::from_slice(&body).unwrap();
    let code = problem.error_code().unwrap();
    assert_eq!(code.status(), status);
    Err((code, problem.detail.unwrap_or_default()))
}

async fn send(bank: &Bank, token: &str) -> Result<(), (ErrorCode, String)> {
    post(bank, format!("logout_token={token}")).await
}

/// The provider tells of a logout of `who`.
async fn log_out(
    bank: &Bank,
    provider: &OutsideProvider,
    (id, who): (&str, Json),
) -> Result<(), (ErrorCode, String)> {
    let token = provider.signed(&claims(bank, id, &who));
    send(bank, &token).await
}

/// Asserts that the token is refused by that check.
fn check(answer: Result<(), (ErrorCode, String)>, reason: &str) {
    let (code, detail) = answer.unwrap_err();
    assert_eq!(code, ErrorCode::LogoutTokenInvalid, "{reason}");
    assert!(detail.ends_with(reason), "{detail}, not {reason}");
}

/// Logs in at the provider, where the login has that `sub` and `sid`.
async fn log_in(
    person: &Person<'_>,
    provider: &OutsideProvider,
    (customer, subject, session): (&str, &str, &str),
) -> SessionBegun {
    let change = |claims: &mut Json| {
        claims["sub"] = json!(subject);
        claims["sid"] = json!(session);
    };
    let begun = person.log_in_at(provider, customer, change).await;
    begun.unwrap()
}

async fn is_logged_in(person: &Person<'_>, begun: &SessionBegun) -> bool {
    let refreshed: Answered<_> = refresh(person, &begun.refresh_token).await;
    match &refreshed {
        Ok(_) => true,
        Err(_) => {
            assert_eq!(code(&refreshed), ErrorCode::SessionEnded);
            false
        }
    }
}

#[tokio::test]
async fn a_logout_ends_what_its_login_began_and_nothing_else() {
    let (bank, provider) = bank().await;
    let phone = Person::enrolled(&bank, "1001").await;
    let tablet = Person::enrolled(&bank, "1001").await;
    let other = Person::enrolled(&bank, "1002").await;
    let on_phone = log_in(&phone, &provider, ("1001", "jana", "s1")).await;
    let on_tablet = log_in(&tablet, &provider, ("1001", "jana", "s2")).await;
    let on_other = log_in(&other, &provider, ("1002", "eva", "s3")).await;
    let all = async || {
        [
            is_logged_in(&phone, &on_phone).await,
            is_logged_in(&tablet, &on_tablet).await,
            is_logged_in(&other, &on_other).await,
        ]
    };
    let log_out = async |id: &str, who: Json| {
        log_out(&bank, &provider, (id, who)).await.unwrap();
    };
    log_out("1", json!({ "sid": "s4" })).await;
    log_out("2", json!({ "sub": "somebody" })).await;
    log_out("3", json!({ "sid": "s1", "sub": "eva" })).await;
    assert_eq!(all().await, [true; 3], "no such login began here");
    log_out("4", json!({ "sid": "s1" })).await;
    assert_eq!(all().await, [false, true, true]);
    log_out("5", json!({ "sub": "jana" })).await;
    assert_eq!(all().await, [false, false, true]);
    log_out("6", json!({ "sid": "s3", "sub": "eva" })).await;
    assert_eq!(all().await, [false; 3]);

    let acts = bank.acts();
    let ended = acts.iter().filter(|act| act.action == "session.ended");
    let ended: Vec<_> = ended
        .map(|act| (act.actor.as_str(), act.details["session"].clone()))
        .collect();
    let sessions = [&on_phone, &on_tablet, &on_other];
    let expected = sessions.map(|begun| ("login provider", begun.session.to_string()));
    assert_eq!(ended, expected);
    // The devices stay, and the people log in again.
    bank.advance(MINUTE);
    let again = log_in(&phone, &provider, ("1001", "jana", "s5")).await;
    assert!(is_logged_in(&phone, &again).await);
}

#[tokio::test]
async fn each_claim_of_a_logout_token_that_is_wrong_is_refused_by_its_own_check() {
    let (bank, provider) = bank().await;
    let person = Person::enrolled(&bank, "1001").await;
    let begun = log_in(&person, &provider, ("1001", "jana", "s1")).await;
    let now = bank.now().seconds();
    let other_event = json!({ "http://schemas.openid.net/event/other": {} });
    for (claim, value, reason) in [
        ("iss", json!("https://evil.example"), "another_issuer"),
        ("iss", Json::Null, "another_issuer"),
        ("aud", json!("shop"), "another_audience"),
        ("aud", json!(["ciam", "shop"]), "another_audience"),
        ("aud", Json::Null, "another_audience"),
        ("iat", json!(now + 11), "token_from_the_future"),
        ("iat", json!(now - 301), "token_too_old"),
        ("iat", Json::Null, "no_times"),
        ("exp", json!(now), "token_expired"),
        ("exp", json!("soon"), "no_times"),
        ("events", Json::Null, "no_logout_event"),
        ("events", other_event, "no_logout_event"),
        ("events", json!({ EVENT: true }), "no_logout_event"),
        ("nonce", json!("a"), "has_a_nonce"),
        ("nonce", Json::Null, "has_a_nonce"),
        ("jti", Json::Null, "no_jti"),
        ("jti", json!(""), "no_jti"),
        ("sid", json!(1), "names_no_login"),
        ("sid", json!("s".repeat(256)), "names_no_login"),
        ("sid", Json::Null, "names_no_login"),
    ] {
        let mut claims = claims(&bank, "1", &json!({ "sid": "s1" }));
        claims[claim] = value;
        check(send(&bank, &provider.signed(&claims)).await, reason);
    }
    assert!(is_logged_in(&person, &begun).await);
    assert!(bank.acts().iter().all(|act| act.action != "session.ended"));
    for form in ["", "logout_token=a&logout_token=a", "token=a"] {
        check(post(&bank, form.to_owned()).await, "one_logout_token");
    }
}

#[tokio::test]
async fn what_the_provider_did_not_sign_ends_nothing() {
    let (bank, provider) = bank().await;
    let person = Person::enrolled(&bank, "1001").await;
    let begun = log_in(&person, &provider, ("1001", "jana", "s1")).await;
    let claims = claims(&bank, "1", &json!({ "sid": "s1" }));
    for (signing, kid, reason) in [
        (Signing::None, Some("one"), "another_algorithm"),
        (Signing::HmacOfPublicKey, Some("one"), "another_algorithm"),
        (Signing::HmacOfSecret, Some("one"), "another_algorithm"),
        (Signing::Rs256(1), Some("one"), "signature_invalid"),
        (Signing::Rs256(1), Some("two"), "unknown_key"),
    ] {
        check(send(&bank, &signed(signing, kid, &claims)).await, reason);
    }
    for text in ["", "a.b.c", "null"] {
        check(send(&bank, text).await, "another_algorithm");
    }
    // An ID token is none, though the provider signed it.
    let mut id_token = claims.clone();
    id_token.as_object_mut().unwrap().remove("events");
    check(
        send(&bank, &provider.signed(&id_token)).await,
        "no_logout_event",
    );
    assert!(is_logged_in(&person, &begun).await);
    send(&bank, &provider.signed(&claims)).await.unwrap();
    assert!(!is_logged_in(&person, &begun).await);
}

/// Whoever has seen a token of the provider's ends no later login with it.
#[tokio::test]
async fn a_logout_token_is_good_once() {
    let (bank, provider) = bank().await;
    let person = Person::enrolled(&bank, "1001").await;
    log_in(&person, &provider, ("1001", "jana", "s1")).await;
    let token = provider.signed(&claims(&bank, "1", &json!({ "sub": "jana" })));
    send(&bank, &token).await.unwrap();
    bank.advance(MINUTE);
    let again = log_in(&person, &provider, ("1001", "jana", "s2")).await;
    check(send(&bank, &token).await, "used_before");
    assert!(is_logged_in(&person, &again).await);
    bank.advance(5 * MINUTE);
    check(send(&bank, &token).await, "token_too_old");
    assert!(is_logged_in(&person, &again).await);
}

/// The person logs out at the provider before the device has brought the code.
#[tokio::test]
async fn a_login_that_has_ended_meanwhile_begins_no_session() {
    let (bank, provider) = bank().await;
    let person = Person::enrolled(&bank, "1001").await;
    for (nth, who) in [json!({ "sid": "s1" }), json!({ "sub": "jana" })]
        .into_iter()
        .enumerate()
    {
        let change = |claims: &mut Json| {
            claims["sub"] = json!("jana");
            claims["sid"] = json!("s1");
        };
        let visit = person.visit().await;
        let given = provider.log_in(&visit.asked(), ("1001", bank.now()), change);
        log_out(&bank, &provider, (&nth.to_string(), who))
            .await
            .unwrap();
        let late = person.send_answer(&visit.answer(&given)).await;
        assert_eq!(code(&late), ErrorCode::ProviderLoginRefused);
        assert_eq!(person.refusals().last().unwrap(), "logged_out_meanwhile");
        bank.advance(MINUTE);
    }
    let later = log_in(&person, &provider, ("1001", "jana", "s2")).await;
    assert!(is_logged_in(&person, &later).await);
}

#[tokio::test]
async fn strangers_have_the_providers_keys_read_once_a_minute_at_most() {
    let (bank, provider) = bank().await;
    let person = Person::enrolled(&bank, "1001").await;
    log_in(&person, &provider, ("1001", "jana", "s1")).await;
    assert_eq!(provider.state().keys_read, 1);
    let claims = claims(&bank, "1", &json!({ "sid": "s1" }));
    for nth in 0..10 {
        let kid = format!("none {nth}");
        let forged = signed(Signing::Rs256(1), Some(&kid), &claims);
        check(send(&bank, &forged).await, "unknown_key");
    }
    assert_eq!(provider.state().keys_read, 2);
    // A logout by a key that is new is heard within the minute.
    provider.state().keys = vec![rsa_jwk(1, "two")];
    let by_new_key = signed(Signing::Rs256(1), Some("two"), &claims);
    check(send(&bank, &by_new_key).await, "unknown_key");
    bank.advance(MINUTE);
    send(&bank, &by_new_key).await.unwrap();
    assert_eq!(provider.state().keys_read, 3);
}

#[tokio::test]
async fn a_bank_without_a_provider_takes_no_logout_and_one_whose_provider_is_away_says_so() {
    let (bank, provider) = bank().await;
    let token = provider.signed(&claims(&bank, "1", &json!({ "sid": "s1" })));
    bank.neighbour.state().login_provider = None;
    let answer = send(&bank, &token).await.unwrap_err();
    assert_eq!(answer.0, ErrorCode::ProviderUnavailable);
    let bank = Bank::open().await;
    assert_eq!(
        send(&bank, &token).await.unwrap_err().0,
        ErrorCode::NotFound
    );
}
