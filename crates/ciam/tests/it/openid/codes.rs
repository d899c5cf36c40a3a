//! A code is worth something once, soon, and only for the client whose request it answers.

use super::app::{App, Browser, VERIFIER, bank_with_person, code_in, key};
use crate::person::passkey;
use serde_json::json;

const NOT_GOOD: &str = "invalid_grant";

#[tokio::test]
async fn a_stolen_code_is_worth_nothing_at_another_client() {
    let bank = bank_with_person().await;
    let (shop, taxes) = (App::shop(&bank), App::taxes(&bank));
    let code = shop.code(&passkey(1)).await;
    // The thief knows even the verifier and the redirect URI.
    let thief = App {
        redirect_uri: shop.redirect_uri.clone(),
        ..taxes
    };
    assert_eq!(thief.redeem(&code).await.error(), NOT_GOOD);
    assert_eq!(
        shop.redeem(&code).await.status,
        200,
        "it is still the shop's"
    );
}

/// The attacker puts a code of another browser's into the client's answer. The client redeems it with its own verifier.
#[tokio::test]
async fn an_injected_code_does_not_fit_the_clients_verifier() {
    let bank = bank_with_person().await;
    let shop = App::shop(&bank);
    let code = shop.code(&passkey(1)).await;
    let injected = shop
        .redeem_with(
            &code,
            "the-verifier-of-another-browsers-authorization-at-the-shop",
        )
        .await;
    assert_eq!(injected.error(), NOT_GOOD);
    assert_eq!(shop.redeem_with(&code, "").await.error(), "invalid_request");
    assert_eq!(shop.redeem_with(&code, VERIFIER).await.status, 200);
}

#[tokio::test]
async fn a_code_that_comes_again_ends_what_came_of_it() {
    let bank = bank_with_person().await;
    let shop = App::shop(&bank);
    let code = shop.code(&passkey(1)).await;
    let tokens = shop.redeem(&code).await.json();
    assert_eq!(shop.user_info(&tokens).await.status, 200);
    let other = shop.tokens(&passkey(1)).await;
    assert_eq!(shop.redeem(&code).await.error(), NOT_GOOD);
    assert_eq!(shop.user_info(&tokens).await.status, 401);
    assert_eq!(shop.refresh(&tokens).await.error(), NOT_GOOD);
    assert_eq!(
        shop.introspect(&tokens["access_token"]).await,
        json!({"active": false})
    );
    assert_eq!(shop.user_info(&other).await.status, 200, "of another code");
}

#[tokio::test]
async fn another_client_cannot_end_a_grant_with_its_code() {
    let bank = bank_with_person().await;
    let (shop, taxes) = (App::shop(&bank), App::taxes(&bank));
    let code = shop.code(&passkey(1)).await;
    let tokens = shop.redeem(&code).await.json();
    assert_eq!(taxes.redeem(&code).await.error(), NOT_GOOD);
    assert_eq!(shop.user_info(&tokens).await.status, 200);
}

#[tokio::test]
async fn a_code_is_good_for_a_minute() {
    let bank = bank_with_person().await;
    let shop = App::shop(&bank);
    let codes = [shop.code(&passkey(1)).await, shop.code(&passkey(1)).await];
    bank.advance(59_999);
    assert_eq!(shop.redeem(&codes[0]).await.status, 200);
    bank.advance(1);
    assert_eq!(shop.redeem(&codes[1]).await.error(), NOT_GOOD);
}

#[tokio::test]
async fn a_code_is_redeemed_with_the_redirect_uri_that_it_was_sent_to() {
    let bank = bank_with_person().await;
    let shop = App::shop(&bank);
    let code = shop.code(&passkey(1)).await;
    let another = App {
        redirect_uri: "https://shop.example/back".to_owned(),
        ..App::shop(&bank)
    };
    assert_eq!(another.redeem(&code).await.error(), NOT_GOOD);
    assert_eq!(shop.redeem(&code).await.status, 200);
}

/// RFC 9449, 10: by `dpop_jkt`, and by the proof of the pushed request.
#[tokio::test]
async fn a_code_is_bound_to_the_key_that_the_client_named() {
    use envelope::Signer as _;
    let bank = bank_with_person().await;
    let shop = App::shop(&bank);
    let thumbprint = shop.proof_key.public_key().thumbprint().to_string();
    let request = shop.request();
    let request: Vec<_> = request
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let proof = shop.proof("/openid/par").await;
    let by_proof = shop
        .post_as("/openid/par", &request, Some(&proof), &shop.assertion())
        .await;
    let by_name = shop.push_with(&[("dpop_jkt", &thumbprint)]).await;
    for pushed in [by_name, by_proof] {
        assert_eq!(pushed.status, 201, "{}", pushed.body);
        let mut browser = Browser::new(&bank);
        let link = shop.link_to(pushed.json()["request_uri"].as_str().unwrap());
        let page = browser.begin(&link).await;
        browser.log_in(&page, &passkey(1)).await;
        let code = code_in(&browser.allow(&page).await);
        let thief = App {
            proof_key: key(77),
            ..App::shop(&bank)
        };
        assert_eq!(thief.redeem(&code).await.error(), NOT_GOOD);
        assert_eq!(shop.redeem(&code).await.status, 200);
    }
    let another = key(77).public_key().thumbprint().to_string();
    let proof = shop.proof("/openid/par").await;
    let contradicting = [request.as_slice(), &[("dpop_jkt", another.as_str())]].concat();
    let refused = shop
        .post_as(
            "/openid/par",
            &contradicting,
            Some(&proof),
            &shop.assertion(),
        )
        .await;
    assert_eq!(refused.error(), "invalid_request");
    assert_eq!(
        shop.push_with(&[("dpop_jkt", "AAAA")]).await.error(),
        "invalid_request"
    );
}
