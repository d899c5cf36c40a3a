//! Only the browser that began an authorization goes on with it, from the bank's own page.

use super::app::{App, Browser, bank, bank_with_person, code_in, parameter_in};
use crate::bank::ISSUER;
use crate::person::{Person, passkey, passkey_with};
use types::{ErrorCode, base64url};

const UNKNOWN: ErrorCode = ErrorCode::AuthorizationUnknown;

#[tokio::test]
async fn another_sites_page_cannot_log_in_or_consent() {
    let bank = bank_with_person().await;
    let shop = App::shop(&bank);
    let mut browser = Browser::new(&bank);
    let page = browser.begin(&shop.link().await).await;
    for origin in [
        Some("https://evil.example"),
        Some("http://bank.example"),
        Some("https://bank.example.evil.example"),
        Some("null"),
        None,
    ] {
        browser.origin = origin;
        assert_eq!(browser.challenge(&page).await.problem(), UNKNOWN);
    }
    browser.origin = Some(ISSUER);
    let asked = browser.challenge(&page).await.json();
    let challenge = base64url::decode(asked["challenge"].as_str().unwrap()).unwrap();
    browser.origin = Some("https://evil.example");
    let posted = browser.answer(&page, &passkey(1), &challenge).await;
    assert_eq!(posted.problem(), UNKNOWN);
    browser.origin = Some(ISSUER);
    browser.log_in(&page, &passkey(1)).await;
    // The person is logged in: now it is the consent that another site's form would give.
    for origin in [Some("https://evil.example"), Some("null"), None] {
        browser.origin = origin;
        let posted = browser.decide(&page, true).await;
        assert_eq!(posted.problem(), UNKNOWN, "{origin:?}");
    }
    browser.origin = Some(ISSUER);
    browser.allow(&page).await;
}

#[tokio::test]
async fn another_browser_cannot_go_on() {
    let bank = bank_with_person().await;
    let shop = App::shop(&bank);
    let (mut own, mut other) = (Browser::new(&bank), Browser::new(&bank));
    let link = shop.link().await;
    let page = own.begin(&link).await;
    // The attacker knows the link, and has a cookie of an authorization of their own.
    let elsewhere = other.begin(&shop.link().await).await;
    assert_ne!(elsewhere, page);
    assert_eq!(other.challenge(&page).await.problem(), UNKNOWN);
    let asked = own.challenge(&page).await.json();
    let challenge = base64url::decode(asked["challenge"].as_str().unwrap()).unwrap();
    let posted = other.answer(&page, &passkey(1), &challenge).await;
    assert_eq!(posted.problem(), UNKNOWN);
    own.log_in(&page, &passkey(1)).await;
    assert_eq!(other.open(&link).await.status, 404, "somebody logged in");
    assert_eq!(other.decide(&page, true).await.status, 404);
    let without = Browser::new(&bank);
    assert_eq!(without.decide(&page, true).await.status, 404);
    assert_eq!(own.decide(&page, true).await.status, 200);
}

/// What loads links ahead, or a thief who is first, takes nothing away from the person, and gets nothing of theirs.
#[tokio::test]
async fn the_browser_that_begins_last_before_a_login_goes_on() {
    let bank = bank_with_person().await;
    let shop = App::shop(&bank);
    let (mut first, mut own) = (Browser::new(&bank), Browser::new(&bank));
    let link = shop.link().await;
    first.begin(&link).await;
    let page = own.begin(&link).await;
    assert_eq!(first.challenge(&page).await.problem(), UNKNOWN);
    own.log_in(&page, &passkey(1)).await;
    assert_eq!(first.open(&link).await.status, 404);
    assert_eq!(first.decide(&page, true).await.status, 404);
    own.allow(&page).await;
    // Not after the minute for which the request is good.
    let link = shop.link().await;
    own.begin(&link).await;
    bank.advance(60_000);
    assert_eq!(first.open(&link).await.status, 404);
    own.begin(&link).await;
}

/// Whoever left a cookie in the browser of a library does not know the person's.
#[tokio::test]
async fn a_cookie_from_elsewhere_is_not_taken_over() {
    let bank = bank().await;
    let shop = App::shop(&bank);
    let (mut attacker, mut own) = (Browser::new(&bank), Browser::new(&bank));
    let link = shop.link().await;
    attacker.begin(&link).await;
    let (name, value) = attacker.cookies.first_key_value().unwrap();
    own.cookies.insert(name.clone(), "A".repeat(43));
    own.begin(&link).await;
    assert_ne!(own.cookies[name], "A".repeat(43));
    assert_ne!(own.cookies[name], *value);
    let kept = own.cookies.clone();
    own.begin(&link).await;
    assert_eq!(own.cookies, kept, "the same browser goes on");
    own.begin(&shop.link().await).await;
    assert_eq!(own.cookies.len(), 2, "each authorization has its own");
}

/// An answer to one page's challenge, which a phished person gave, logs in at no other page, and on no device.
#[tokio::test]
async fn a_passkeys_answer_is_for_one_page_and_serves_once() {
    let bank = bank().await;
    let person = Person::enrolled(&bank, "1001").await;
    person.register(&passkey(1)).await;
    let shop = App::shop(&bank);
    let mut browser = Browser::new(&bank);
    let page = browser.begin(&shop.link().await).await;
    let other = browser.begin(&shop.link().await).await;
    let asked = browser.challenge(&page).await.json();
    let challenge = base64url::decode(asked["challenge"].as_str().unwrap()).unwrap();
    let elsewhere = browser.answer(&other, &passkey(1), &challenge).await;
    assert_eq!(elsewhere.problem(), ErrorCode::ChallengeUnknown);
    let on_device = person
        .send_assertion(&passkey(1).assert(&challenge).unwrap())
        .await;
    assert_eq!(crate::person::code(&on_device), ErrorCode::ChallengeUnknown);
    assert_eq!(
        browser.answer(&page, &passkey(1), &challenge).await.status,
        200
    );
    let again = browser.answer(&page, &passkey(1), &challenge).await;
    assert_eq!(again.problem(), ErrorCode::ChallengeUnknown);
    let of_device = person.login_challenge().await;
    let from_device = browser.answer(&page, &passkey(1), &of_device).await;
    assert_eq!(from_device.problem(), ErrorCode::ChallengeUnknown);
}

#[tokio::test]
async fn nobody_consents_before_a_login() {
    let bank = bank_with_person().await;
    let shop = App::shop(&bank);
    let mut browser = Browser::new(&bank);
    let page = browser.begin(&shop.link().await).await;
    assert_eq!(browser.decide(&page, true).await.status, 403);
    // An unknown passkey, and one that only has the id of the person's.
    for other in [passkey(2), passkey_with(2, 1)] {
        let refused = browser.try_to_log_in(&page, &other).await;
        assert_eq!(refused.problem(), ErrorCode::LoginRefused);
    }
    assert_eq!(browser.decide(&page, true).await.status, 403);
    browser.log_in(&page, &passkey(1)).await;
    browser.allow(&page).await;
}

#[tokio::test]
async fn who_refuses_sends_the_client_no_code() {
    let bank = bank_with_person().await;
    let shop = App::shop(&bank);
    let mut browser = Browser::new(&bank);
    for logs_in in [true, false] {
        let page = browser.begin(&shop.link().await).await;
        if logs_in {
            browser.log_in(&page, &passkey(1)).await;
        }
        let answer = browser.decide(&page, false).await;
        assert_eq!((answer.status, answer.header("location")), (200, ""));
        let answer = answer.json();
        let location = answer["location"].as_str().unwrap();
        assert_eq!(parameter_in(location, "error").unwrap(), "access_denied");
        assert_eq!(parameter_in(location, "code"), None);
        // The client tells by it which bank answered, if others could be mixed up with it (RFC 9207).
        assert_eq!(parameter_in(location, "iss").unwrap(), ISSUER);
        assert_eq!(parameter_in(location, "state").unwrap(), "a state & more");
        assert_eq!(browser.decide(&page, true).await.status, 404);
    }
}

#[tokio::test]
async fn refused_passkeys_lock_the_authorization_and_nobody_else() {
    let bank = bank_with_person().await;
    let shop = App::shop(&bank);
    let mut browser = Browser::new(&bank);
    let page = browser.begin(&shop.link().await).await;
    for _ in 0..3 {
        let refused = browser.try_to_log_in(&page, &passkey(2)).await;
        assert_eq!(refused.problem(), ErrorCode::LoginRefused);
    }
    let locked = browser.try_to_log_in(&page, &passkey(1)).await;
    assert_eq!(locked.problem(), ErrorCode::LoginLocked);
    assert_eq!(locked.header("retry-after"), "60");
    let other = browser.begin(&shop.link().await).await;
    browser.log_in(&other, &passkey(1)).await;
    code_in(&browser.allow(&other).await);
    bank.advance(60_000);
    browser.log_in(&page, &passkey(1)).await;
}
