//! A client proves who it is with its own key, for this issuer, once.

use super::app::{App, bank, jwk, jwt, key};
use crate::bank::ISSUER;
use envelope::{HmacSha256, Signer as _};
use serde_json::{Value as Json, json};
use types::base64url;

const UNKNOWN: &str = "invalid_client";

async fn pushed(shop: &App<'_>, assertion: &str) -> u16 {
    let request = shop.request();
    let request: Vec<_> = request
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let answer = shop.post_as("/openid/par", &request, None, assertion).await;
    if answer.status != 201 {
        assert_eq!(answer.error(), UNKNOWN);
    }
    answer.status
}

fn part(json: &Json) -> String {
    base64url::encode(json.to_string().as_bytes())
}

#[tokio::test]
async fn an_assertion_of_another_algorithm_is_refused() {
    let bank = bank().await;
    let shop = App::shop(&bank);
    let claims = || shop.assertion_claims();
    let header = |algorithm: &str| json!({"alg": algorithm});
    for algorithm in [
        "none", "None", "HS256", "RS256", "PS256", "ES384", "EdDSA", "es256", "",
    ] {
        // Signed as ES256, whatever it claims.
        let relabelled = jwt(&header(algorithm), &claims(), &shop.key);
        assert_eq!(pushed(&shop, &relabelled).await, 401, "{algorithm}");
    }
    let input = format!("{}.{}", part(&header("none")), part(&claims()));
    assert_eq!(pushed(&shop, &format!("{input}.")).await, 401, "unsigned");
    // With the public key, in each form that a careless verifier might take, as the secret of an HMAC.
    let public = shop.key.public_key();
    let forms = [
        public.as_bytes().to_vec(),
        jwk(public).to_string().into_bytes(),
    ];
    for secret in forms {
        let input = format!("{}.{}", part(&header("HS256")), part(&claims()));
        let secret = *types::Hash::of(&secret).as_bytes();
        let mac = HmacSha256::new(&secret).over(input.as_bytes()).finish();
        let forged = format!("{input}.{}", base64url::encode(&*mac));
        assert_eq!(pushed(&shop, &forged).await, 401);
    }
    assert_eq!(
        pushed(&shop, &jwt(&header("ES256"), &claims(), &shop.key)).await,
        201
    );
}

#[tokio::test]
async fn an_assertion_by_another_key_is_refused() {
    let bank = bank().await;
    let shop = App::shop(&bank);
    let header = json!({"alg": "ES256"});
    for forger in [key(66), App::taxes(&bank).key] {
        let forged = jwt(&header, &shop.assertion_claims(), &forger);
        assert_eq!(pushed(&shop, &forged).await, 401);
    }
    // A key in the header is the forger's.
    let own = json!({"alg": "ES256", "jwk": jwk(key(66).public_key())});
    let forged = jwt(&own, &shop.assertion_claims(), &key(66));
    assert_eq!(pushed(&shop, &forged).await, 401);
    let critical = json!({"alg": "ES256", "crit": ["exp"]});
    let signed = jwt(&critical, &shop.assertion_claims(), &shop.key);
    assert_eq!(pushed(&shop, &signed).await, 401);
    let mut altered = shop.assertion_claims();
    altered["sub"] = json!("taxes");
    assert_eq!(pushed(&shop, &jwt(&header, &altered, &shop.key)).await, 401);
    altered["iss"] = json!("taxes");
    assert_eq!(pushed(&shop, &jwt(&header, &altered, &shop.key)).await, 401);
    altered["iss"] = json!("nobody");
    altered["sub"] = json!("nobody");
    assert_eq!(pushed(&shop, &jwt(&header, &altered, &shop.key)).await, 401);
}

/// FAPI 2.0 Security Profile, 5.3.2.1: only the issuer's own identifier, as one text. What another server was sent, or
/// could be tricked to ask for, is no assertion here.
#[tokio::test]
async fn an_assertion_is_for_this_issuer_alone() {
    let bank = bank().await;
    let shop = App::shop(&bank);
    for audience in [
        json!([ISSUER]),
        json!([ISSUER, "https://evil.example"]),
        json!("https://evil.example"),
        json!(format!("{ISSUER}/")),
        json!(format!("{ISSUER}/openid/token")),
        json!(format!("{ISSUER}/openid/par")),
        json!(null),
    ] {
        let mut claims = shop.assertion_claims();
        claims["aud"] = audience.clone();
        let signed = jwt(&json!({"alg": "ES256"}), &claims, &shop.key);
        assert_eq!(pushed(&shop, &signed).await, 401, "{audience}");
    }
}

#[tokio::test]
async fn an_assertion_serves_once() {
    let bank = bank().await;
    let shop = App::shop(&bank);
    let assertion = shop.assertion();
    assert_eq!(pushed(&shop, &assertion).await, 201);
    assert_eq!(pushed(&shop, &assertion).await, 401);
    let elsewhere = shop.post_as("/openid/introspection", &[("token", "a")], None, &assertion);
    assert_eq!(elsewhere.await.error(), UNKNOWN);
    // Even where the request was refused.
    let spent = shop.assertion();
    let refused = shop
        .post_as("/openid/par", &[("client_id", "shop")], None, &spent)
        .await;
    assert_eq!(refused.error(), "invalid_request");
    assert_eq!(pushed(&shop, &spent).await, 401);
    // As long as it is good, whatever was forgotten meanwhile.
    let mut claims = shop.assertion_claims();
    claims["exp"] = json!(bank.now().seconds() + 600);
    let long = jwt(&json!({"alg": "ES256"}), &claims, &shop.key);
    assert_eq!(pushed(&shop, &long).await, 201);
    bank.advance(599_000);
    assert_eq!(pushed(&shop, &shop.assertion()).await, 201);
    assert_eq!(pushed(&shop, &long).await, 401);
}

/// FAPI 2.0 Security Profile, 5.3.2.1: clocks may be ten seconds ahead, and no minute.
#[tokio::test]
async fn an_assertion_is_good_for_minutes() {
    let bank = bank().await;
    let shop = App::shop(&bank);
    let now = bank.now().seconds();
    for (changes, expected) in [
        (json!({"exp": now}), 401),
        (json!({"exp": now + 1}), 201),
        (json!({"exp": now + 600}), 201),
        (json!({"exp": now + 601}), 401),
        (json!({"iat": now + 10}), 201),
        (json!({"iat": now + 11}), 401),
        (json!({"nbf": now + 10}), 201),
        (json!({"nbf": now + 61}), 401),
        (json!({"iat": null}), 201),
        (json!({"exp": null}), 401),
        (json!({"jti": null}), 401),
        (json!({"jti": ""}), 401),
        (json!({"jti": "i".repeat(129)}), 401),
    ] {
        let mut claims = shop.assertion_claims();
        for (name, value) in changes.as_object().unwrap() {
            claims[name] = value.clone();
        }
        let signed = jwt(&json!({"alg": "ES256", "kid": "any"}), &claims, &shop.key);
        assert_eq!(pushed(&shop, &signed).await, expected, "{changes}");
    }
}

#[tokio::test]
async fn no_client_authenticates_in_another_way() {
    let bank = bank().await;
    let shop = App::shop(&bank);
    for path in [
        "/openid/par",
        "/openid/token",
        "/openid/introspection",
        "/openid/revocation",
    ] {
        for assertion in ["", "a.b.c", "not an assertion"] {
            let secret = [("client_id", "shop"), ("client_secret", "secret")];
            let answer = shop.post_as(path, &secret, None, assertion).await;
            assert_eq!(answer.error(), UNKNOWN, "{path} {assertion}");
        }
    }
}
