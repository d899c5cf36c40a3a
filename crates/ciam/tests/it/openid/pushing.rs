//! Only what a client pushes is asked of a person, and only what fits the client's configuration is taken.

use super::app::{Answer, App, BACK, Browser, bank, bank_with_person, get};
use crate::person::passkey;
use types::ErrorCode;

#[tokio::test]
async fn a_request_without_pkce_or_with_a_weaker_one_is_refused() {
    let bank = bank().await;
    let shop = App::shop(&bank);
    for changes in [
        [("code_challenge", ""), ("code_challenge_method", "")],
        [("code_challenge", ""), ("code_challenge_method", "S256")],
        [
            ("code_challenge", super::app::VERIFIER),
            ("code_challenge_method", "plain"),
        ],
        [
            ("code_challenge", super::app::VERIFIER),
            ("code_challenge_method", "S256"),
        ],
    ] {
        let answer = shop.push_with(&changes).await;
        assert_eq!(answer.error(), "invalid_request", "{changes:?}");
    }
    // RFC 7636, 4.3: without a method it would be plain.
    let answer = shop.push_with(&[("code_challenge_method", "")]).await;
    assert_eq!(answer.error(), "invalid_request");
}

#[tokio::test]
async fn people_are_sent_only_to_the_clients_own_addresses() {
    let bank = bank().await;
    let shop = App::shop(&bank);
    for uri in [
        "https://evil.example/back?from=bank",
        "https://shop.example/back",
        "https://shop.example/back?from=bank&to=evil",
        "https://shop.example/back?from=bank#",
        "https://shop.example/back/?from=bank",
        "https://shop.example/../back?from=bank",
        "https://SHOP.example/back?from=bank",
        "https://shop.example:443/back?from=bank",
        "https://shop.example@evil.example/back?from=bank",
        "http://shop.example/back?from=bank",
        "https://taxes.example/back",
        "",
    ] {
        let answer = shop.push_with(&[("redirect_uri", uri)]).await;
        assert_eq!(answer.error(), "invalid_request", "{uri}");
    }
}

#[tokio::test]
async fn what_was_not_pushed_is_not_asked_and_sends_nobody_anywhere() {
    let bank = bank().await;
    let shop = App::shop(&bank);
    let request = shop.request();
    let request: Vec<_> = request
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let whole = super::app::form(&request);
    let link = shop.link().await;
    let invented = "urn:ietf:params:oauth:request_uri:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    for path in [
        format!("/openid/authorize?{whole}"),
        "/openid/authorize".to_owned(),
        shop.link_to(invented),
        shop.link_to("https://evil.example/request"),
        App::taxes(&bank).link_to(&super::app::parameter_in(&link, "request_uri").unwrap()),
        link.replace("client_id=shop", "client_id=nobody"),
        format!("{link}&client_id=taxes"),
    ] {
        let answer = get(&bank, &path).await;
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(
            (answer.header("location"), answer.header("set-cookie")),
            ("", "")
        );
        assert!(!answer.body.contains("evil") && !answer.body.contains("data-authorization"));
    }
    // Parameters beside the pushed ones change nothing.
    let mut browser = Browser::new(&bank);
    let page = browser
        .open(&format!(
            "{link}&redirect_uri=https://evil.example&scope=openid"
        ))
        .await;
    assert!(page.body.contains("customer number") && !page.body.contains("evil"));
}

#[tokio::test]
async fn a_pushed_request_is_good_for_a_minute_and_for_one_authorization() {
    let bank = bank_with_person().await;
    let shop = App::shop(&bank);
    let (link, late) = (shop.link().await, shop.link().await);
    let mut browser = Browser::new(&bank);
    let page = browser.begin(&link).await;
    assert_eq!(
        browser.begin(&link).await,
        page,
        "the browser loads its page again"
    );
    browser.log_in(&page, &passkey(1)).await;
    browser.allow(&page).await;
    assert_eq!(browser.open(&link).await.status, 404, "there is a code");
    assert_eq!(
        browser.challenge(&page).await.problem(),
        ErrorCode::AuthorizationUnknown
    );
    assert_eq!(browser.decide(&page, true).await.status, 404);
    bank.advance(60_000);
    assert_eq!(browser.open(&late).await.status, 404);
}

#[tokio::test]
async fn a_person_has_ten_minutes() {
    let bank = bank_with_person().await;
    let shop = App::shop(&bank);
    let mut browser = Browser::new(&bank);
    let page = browser.begin(&shop.link().await).await;
    bank.advance(10 * 60_000 - 1);
    browser.log_in(&page, &passkey(1)).await;
    bank.advance(1);
    assert_eq!(browser.decide(&page, true).await.status, 404);
}

#[tokio::test]
async fn a_request_has_the_clients_scopes_and_form() {
    let bank = bank().await;
    let shop = App::shop(&bank);
    let check = async |changes: &[(&'static str, &str)], expected: &str| {
        let answer: Answer = shop.push_with(changes).await;
        assert_eq!(answer.error(), expected, "{changes:?}");
    };
    check(&[("scope", "")], "invalid_request").await;
    check(&[("scope", "customer_number")], "invalid_scope").await;
    check(&[("scope", "openid everything")], "invalid_scope").await;
    let more = App::api(&bank).push_with(&[]).await;
    assert_eq!(more.error(), "invalid_scope", "other clients may");
    check(&[("response_type", "token")], "unsupported_response_type").await;
    check(
        &[("response_type", "code id_token")],
        "unsupported_response_type",
    )
    .await;
    check(&[("response_mode", "fragment")], "invalid_request").await;
    check(&[("request", "a.b.c")], "request_not_supported").await;
    check(
        &[("request_uri", "https://shop.example/request")],
        "invalid_request",
    )
    .await;
    check(&[("state", &"s".repeat(2049))], "invalid_request").await;
    check(&[("nonce", &"n".repeat(2049))], "invalid_request").await;
    check(&[("prompt", "none login")], "invalid_request").await;
    check(&[("client_id", "taxes")], "invalid_client").await;
    check(&[("client_id", "")], "invalid_request").await;
    let repeated = shop
        .post("/openid/par", &[("scope", "openid"), ("scope", "openid")])
        .await;
    assert_eq!(repeated.error(), "invalid_request");
    let long = "n".repeat(2048);
    assert_eq!(shop.push_with(&[("nonce", &long)]).await.status, 201);
}

/// OpenID Connect Core, 3.1.2.1: nobody is logged in at the page before the person is asked.
#[tokio::test]
async fn a_client_that_wants_nobody_asked_is_told_that_a_login_is_needed() {
    let bank = bank().await;
    let shop = App::shop(&bank);
    let pushed = shop.push_with(&[("prompt", "none")]).await;
    let link = shop.link_to(pushed.json()["request_uri"].as_str().unwrap());
    let answer = get(&bank, &link).await;
    assert_eq!(answer.status, 303);
    let location = answer.header("location");
    assert!(
        location.starts_with(&format!("{BACK}&error=login_required&")),
        "{location}"
    );
    assert_eq!(
        super::app::parameter_in(location, "iss").unwrap(),
        crate::bank::ISSUER
    );
    assert_eq!(get(&bank, &link).await.status, 404, "once");
}
