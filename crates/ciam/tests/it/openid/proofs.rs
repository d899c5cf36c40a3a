//! Tokens are worth something only with the key that they are bound to, and each proof serves once.

use super::app::{App, bank_with_person, jwk, jwt, key};
use crate::person::passkey;
use envelope::Signer as _;
use serde_json::{Value as Json, json};
use types::{ErrorCode, base64url};

fn access(tokens: &Json) -> &str {
    tokens["access_token"].as_str().unwrap()
}

#[tokio::test]
async fn a_stolen_access_token_is_worth_nothing_with_another_key() {
    let bank = bank_with_person().await;
    let shop = App::shop(&bank);
    let tokens = shop.tokens(&passkey(1)).await;
    let dpop = format!("DPoP {}", access(&tokens));
    let proof = shop.user_info_proof(access(&tokens), &key(77)).await;
    let stolen = shop.user_info_with(&dpop, Some(&proof)).await;
    assert_eq!(stolen.problem(), ErrorCode::ProofInvalid);
    let stolen = shop.user_info_with(&dpop, None).await;
    assert_eq!(stolen.problem(), ErrorCode::ProofMissing);
    assert!(stolen.header("www-authenticate").starts_with("DPoP "));
    let bearer = format!("Bearer {}", access(&tokens));
    let stolen = shop.user_info_with(&bearer, None).await;
    assert_eq!(stolen.problem(), ErrorCode::TokenMissing);
    let query = format!("/openid/userinfo?access_token={}", access(&tokens));
    assert_eq!(
        super::app::get(&bank, &query).await.problem(),
        ErrorCode::TokenMissing
    );
    assert_eq!(shop.user_info(&tokens).await.status, 200);
}

#[tokio::test]
async fn a_proof_serves_once_for_its_request_and_its_token() {
    let bank = bank_with_person().await;
    let shop = App::shop(&bank);
    let (tokens, other) = (
        shop.tokens(&passkey(1)).await,
        shop.tokens(&passkey(1)).await,
    );
    let dpop = format!("DPoP {}", access(&tokens));
    let proof = shop.user_info_proof(access(&tokens), &shop.proof_key).await;
    assert_eq!(shop.user_info_with(&dpop, Some(&proof)).await.status, 200);
    let again = shop.user_info_with(&dpop, Some(&proof)).await;
    assert_eq!(again.problem(), ErrorCode::ProofReplayed);
    let proof = shop.user_info_proof(access(&other), &shop.proof_key).await;
    let swapped = shop.user_info_with(&dpop, Some(&proof)).await;
    assert_eq!(swapped.problem(), ErrorCode::ProofInvalid);
    let elsewhere = shop.proof("/openid/token").await;
    let elsewhere = shop.user_info_with(&dpop, Some(&elsewhere)).await;
    assert_eq!(elsewhere.problem(), ErrorCode::ProofInvalid);
}

/// A request for tokens with this proof.
async fn asked(shop: &App<'_>, tokens: &Json, proof: Option<&str>) -> super::app::Answer {
    let parameters = [
        ("grant_type", "refresh_token"),
        ("refresh_token", tokens["refresh_token"].as_str().unwrap()),
    ];
    shop.post_as("/openid/token", &parameters, proof, &shop.assertion())
        .await
}

#[tokio::test]
async fn tokens_are_given_for_a_new_proof_only() {
    let bank = bank_with_person().await;
    let shop = App::shop(&bank);
    let tokens = shop.tokens(&passkey(1)).await;
    assert_eq!(
        asked(&shop, &tokens, None).await.error(),
        "invalid_dpop_proof"
    );
    let proof = shop.proof("/openid/token").await;
    assert_eq!(asked(&shop, &tokens, Some(&proof)).await.status, 200);
    assert_eq!(
        asked(&shop, &tokens, Some(&proof)).await.error(),
        "invalid_dpop_proof"
    );
    let whole = shop.proof_claims("POST", "/openid/token").await;
    for (changes, expected) in [
        (json!({"htm": "GET"}), "invalid_dpop_proof"),
        (
            json!({"htu": "https://bank.example/openid/par"}),
            "invalid_dpop_proof",
        ),
        (
            json!({"htu": "https://evil.example/openid/token"}),
            "invalid_dpop_proof",
        ),
        (json!({"jti": ""}), "invalid_dpop_proof"),
        (json!({"nonce": null}), "use_dpop_nonce"),
        (
            json!({"nonce": base64url::encode(&[1; 40])}),
            "use_dpop_nonce",
        ),
    ] {
        let mut claims = whole.clone();
        for (name, value) in changes.as_object().unwrap() {
            claims[name] = value.clone();
        }
        let proof = shop.proof_by(&shop.proof_key, &claims);
        assert_eq!(
            asked(&shop, &tokens, Some(&proof)).await.error(),
            expected,
            "{changes}"
        );
    }
    // Signed by another key than it shows, or with another algorithm.
    let header =
        json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": jwk(shop.proof_key.public_key())});
    let forged = jwt(&header, &whole, &key(77));
    assert_eq!(
        asked(&shop, &tokens, Some(&forged)).await.error(),
        "invalid_dpop_proof"
    );
    for (name, value) in [("alg", "RS256"), ("alg", "none"), ("typ", "JWT")] {
        let mut header = header.clone();
        header[name] = json!(value);
        let other = jwt(&header, &whole, &shop.proof_key);
        assert_eq!(
            asked(&shop, &tokens, Some(&other)).await.error(),
            "invalid_dpop_proof"
        );
    }
    let stale = shop.proof("/openid/token").await;
    bank.advance(300_001);
    assert_eq!(
        asked(&shop, &tokens, Some(&stale)).await.error(),
        "use_dpop_nonce"
    );
}

/// A client that has no nonce yet repeats the request with the same code.
#[tokio::test]
async fn a_code_survives_the_question_for_a_nonce() {
    let bank = bank_with_person().await;
    let shop = App::shop(&bank);
    let code = shop.code(&passkey(1)).await;
    let mut claims = shop.proof_claims("POST", "/openid/token").await;
    claims["nonce"] = json!(null);
    let proof = shop.proof_by(&shop.proof_key, &claims);
    let parameters = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", shop.redirect_uri.as_str()),
        ("code_verifier", super::app::VERIFIER),
    ];
    let first = shop
        .post_as(
            "/openid/token",
            &parameters,
            Some(&proof),
            &shop.assertion(),
        )
        .await;
    assert_eq!(first.error(), "use_dpop_nonce");
    assert_eq!(shop.redeem(&code).await.status, 200);
}

#[tokio::test]
async fn a_stolen_refresh_token_is_worth_nothing_at_another_client() {
    let bank = bank_with_person().await;
    let (shop, taxes) = (App::shop(&bank), App::taxes(&bank));
    let tokens = shop.tokens(&passkey(1)).await;
    assert_eq!(taxes.refresh(&tokens).await.error(), "invalid_grant");
    assert_eq!(shop.refresh(&tokens).await.status, 200);
}
