//! What tokens are not good for, how they end, and what is stored of them.

use super::app::{App, Browser, bank, bank_with_person, code_in};
use crate::person::{Person, code, passkey};
use serde_json::{Value as Json, json};
use types::{ErrorCode, Hash, base64url};

fn text<'a>(tokens: &'a Json, name: &str) -> &'a str {
    tokens[name].as_str().unwrap()
}

#[tokio::test]
async fn a_clients_token_is_no_devices_token_and_the_other_way_round() {
    let bank = bank().await;
    let person = Person::enrolled(&bank, "1001").await;
    person.register(&passkey(1)).await;
    // A client that got hold of a device's key could make its proofs.
    let shop = App {
        proof_key: envelope::SoftwareKey::from_bytes(&person.phone.session.expose()).unwrap(),
        ..App::shop(&bank)
    };
    let tokens = shop.tokens(&passkey(1)).await;
    for path in ["/v1/sessions", "/v1/passkeys", "/v1/consents"] {
        for token in ["access_token", "id_token"] {
            let asked = person
                .ask::<Json>(("GET", path), text(&tokens, token), None)
                .await;
            let refused = [ErrorCode::TokenInvalid, ErrorCode::TokenOfAnotherType];
            assert!(refused.contains(&code(&asked)), "{path} {token}: {asked:?}");
        }
    }
    let access = person.log_in(&passkey(1)).await.unwrap().access_token;
    for own in [&access, &person.channel_token, text(&tokens, "id_token")] {
        let proof = shop.user_info_proof(own, &shop.proof_key).await;
        let asked = shop
            .user_info_with(&format!("DPoP {own}"), Some(&proof))
            .await;
        assert_eq!(asked.status, 401);
        assert_eq!(shop.introspect(&json!(own)).await, json!({"active": false}));
    }
}

#[tokio::test]
async fn a_client_learns_nothing_of_anothers_tokens_and_cannot_end_them() {
    let bank = bank_with_person().await;
    let (shop, taxes) = (App::shop(&bank), App::taxes(&bank));
    let tokens = shop.tokens(&passkey(1)).await;
    for name in ["access_token", "refresh_token"] {
        assert_eq!(
            taxes.introspect(&tokens[name]).await,
            json!({"active": false})
        );
        let answer = taxes
            .post("/openid/revocation", &[("token", text(&tokens, name))])
            .await;
        assert_eq!((answer.status, answer.body.as_str()), (200, ""));
    }
    assert_eq!(shop.user_info(&tokens).await.status, 200);
    assert_eq!(shop.refresh(&tokens).await.status, 200);
}

#[tokio::test]
async fn a_client_gives_its_tokens_back() {
    let bank = bank_with_person().await;
    let shop = App::shop(&bank);
    for name in ["access_token", "refresh_token"] {
        let tokens = shop.tokens(&passkey(1)).await;
        let again = [200, 200];
        for expected in again {
            let answer = shop
                .post("/openid/revocation", &[("token", text(&tokens, name))])
                .await;
            assert_eq!(answer.status, expected);
        }
        assert_eq!(
            shop.user_info(&tokens).await.problem(),
            ErrorCode::TokenInvalid
        );
        assert_eq!(shop.refresh(&tokens).await.error(), "invalid_grant");
    }
    let unknown = shop
        .post("/openid/revocation", &[("token", "unknown")])
        .await;
    assert_eq!(unknown.status, 200);
}

#[tokio::test]
async fn tokens_end() {
    let bank = bank_with_person().await;
    let shop = App::shop(&bank);
    let tokens = shop.tokens(&passkey(1)).await;
    bank.advance(300_000);
    assert_eq!(
        shop.user_info(&tokens).await.problem(),
        ErrorCode::AccessTokenExpired
    );
    let inactive = json!({"active": false});
    assert_eq!(shop.introspect(&tokens["access_token"]).await, inactive);
    assert_eq!(shop.refresh(&tokens).await.status, 200);
    bank.advance(90 * crate::bank::DAY_MS - 300_000);
    assert_eq!(shop.refresh(&tokens).await.error(), "invalid_grant");
    assert_eq!(shop.introspect(&tokens["refresh_token"]).await, inactive);
}

#[tokio::test]
async fn a_client_may_ask_for_less_when_it_refreshes_and_not_for_more() {
    let bank = bank_with_person().await;
    let shop = App::shop(&bank);
    let pushed = shop.push_with(&[("scope", "openid offline_access")]).await;
    let mut browser = Browser::new(&bank);
    let link = shop.link_to(pushed.json()["request_uri"].as_str().unwrap());
    let page = browser.begin(&link).await;
    browser.log_in(&page, &passkey(1)).await;
    let tokens = shop
        .redeem(&code_in(&browser.allow(&page).await))
        .await
        .json();
    let refreshed = async |scope: &str| {
        let parameters = [
            ("grant_type", "refresh_token"),
            ("refresh_token", text(&tokens, "refresh_token")),
            ("scope", scope),
        ];
        let proof = shop.proof("/openid/token").await;
        shop.post_as(
            "/openid/token",
            &parameters,
            Some(&proof),
            &shop.assertion(),
        )
        .await
    };
    assert_eq!(refreshed("openid").await.json()["scope"], "openid");
    assert_eq!(
        refreshed("openid customer_number").await.error(),
        "invalid_scope"
    );
    assert_eq!(refreshed("offline_access").await.error(), "invalid_scope");
    assert_eq!(refreshed("accounts").await.error(), "invalid_scope");
}

#[tokio::test]
async fn there_are_no_other_grants() {
    let bank = bank().await;
    let shop = App::shop(&bank);
    for grant in ["password", "client_credentials", "implicit"] {
        let proof = shop.proof("/openid/token").await;
        let parameters = [
            ("grant_type", grant),
            ("username", "1001"),
            ("password", "secret"),
        ];
        let answer = shop
            .post_as(
                "/openid/token",
                &parameters,
                Some(&proof),
                &shop.assertion(),
            )
            .await;
        assert_eq!(answer.error(), "unsupported_grant_type", "{grant}");
    }
}

#[tokio::test]
async fn codes_tokens_and_cookies_are_stored_as_hashes_only() {
    let bank = bank_with_person().await;
    let shop = App::shop(&bank);
    let mut browser = Browser::new(&bank);
    let page = browser.begin(&shop.link().await).await;
    browser.log_in(&page, &passkey(1)).await;
    let waiting = code_in(&browser.allow(&page).await);
    let tokens = shop.tokens(&passkey(1)).await;
    let cookie = browser.cookies.values().next().unwrap();
    let secrets = [
        page.as_str(),
        &waiting,
        text(&tokens, "refresh_token"),
        cookie,
    ];
    let tables = [
        "authorization_request",
        "client_grant",
        "consent",
        "answered_challenge",
        "audit",
    ];
    let stored = tables.map(|table| crate::shown(&bank.path(), &format!("SELECT * FROM {table}")));
    let stored = stored.concat().to_lowercase();
    // SQLite's bytes are shown as numbers, PostgreSQL's as hexadecimal digits.
    let has = |bytes: &[u8]| {
        let shown = [format!("{bytes:?}"), types::hex::encode(bytes)];
        shown.iter().any(|shown| stored.contains(shown))
    };
    assert!(has(Hash::of(waiting.as_bytes()).as_bytes()));
    for secret in secrets {
        let is_text = stored.contains(&secret.to_lowercase());
        let bytes = base64url::decode(secret).unwrap();
        assert!(
            !is_text && !has(secret.as_bytes()) && !has(&bytes),
            "{secret}"
        );
    }
}
