//! What is not the provider's own, fresh ID token for this login logs nobody in.

use super::provider::{Signing, es256_jwk, rsa_jwk};
use super::visitor::bank;
use crate::person::{Person, code};
use serde_json::{Value as Json, json};
use types::ErrorCode;

#[tokio::test]
async fn each_claim_that_is_wrong_is_refused_by_its_own_check() {
    let (bank, provider) = bank().await;
    let person = Person::enrolled(&bank, "1001").await;
    let now = bank.now().seconds();
    let wrong: [(&str, Json, &str); 30] = [
        ("iss", json!("https://evil.example"), "another_issuer"),
        (
            "iss",
            json!("https://login.example/realms/bank/"),
            "another_issuer",
        ),
        ("iss", Json::Null, "another_issuer"),
        ("aud", json!("shop"), "another_audience"),
        ("aud", json!(["shop", "ciam"]), "another_audience"),
        ("aud", json!(["ciam", "shop"]), "another_audience"),
        ("aud", json!([]), "another_audience"),
        ("aud", Json::Null, "another_audience"),
        ("sub", Json::Null, "no_subject"),
        ("azp", json!("shop"), "another_authorized_party"),
        ("azp", json!(["ciam"]), "another_authorized_party"),
        ("iat", json!(now + 11), "token_from_the_future"),
        ("iat", Json::Null, "no_times"),
        ("nbf", json!(now + 11), "token_from_the_future"),
        ("nbf", json!("soon"), "no_times"),
        ("exp", json!(now), "token_expired"),
        ("exp", json!(now - 300), "token_expired"),
        ("exp", Json::Null, "no_times"),
        ("nonce", json!("another"), "another_nonce"),
        ("nonce", Json::Null, "another_nonce"),
        ("auth_time", Json::Null, "no_auth_time"),
        ("auth_time", json!(now + 11), "token_from_the_future"),
        ("auth_time", json!(now - 11), "login_before_the_challenge"),
        ("auth_time", json!(0), "login_before_the_challenge"),
        ("customer_number", Json::Null, "not_a_customer_number"),
        ("customer_number", json!(""), "not_a_customer_number"),
        ("customer_number", json!(1001), "not_a_customer_number"),
        ("customer_number", json!(["1001"]), "not_a_customer_number"),
        ("customer_number", json!("1001\n"), "not_a_customer_number"),
        ("customer_number", json!("01001"), "another_customer"),
    ];
    for (claim, value, reason) in wrong {
        let change = |claims: &mut Json| claims[claim] = value.clone();
        let refused = person.log_in_at(&provider, "1001", change).await;
        assert_eq!(
            code(&refused),
            ErrorCode::ProviderLoginRefused,
            "{claim}: {value}"
        );
        assert_eq!(
            person.refusals().last().unwrap(),
            reason,
            "{claim}: {value}"
        );
    }
    let without =
        |claims: &mut Json| drop(claims.as_object_mut().unwrap().remove("customer_number"));
    let refused = person.log_in_at(&provider, "1001", without).await;
    assert_eq!(code(&refused), ErrorCode::ProviderLoginRefused);
    assert_eq!(person.refusals().last().unwrap(), "no_customer");
    assert_eq!(bank.count("session"), 0);

    // What is right, to the edge.
    for (claim, value) in [
        ("aud", json!(["ciam"])),
        ("iat", json!(now + 10)),
        ("auth_time", json!(now + 10)),
        ("auth_time", json!(now - 10)),
        ("exp", json!(now + 1)),
        ("nbf", json!(now)),
        ("more", json!({ "any": 1 })),
    ] {
        let change = |claims: &mut Json| claims[claim] = value.clone();
        let begun = person.log_in_at(&provider, "1001", change).await;
        assert!(begun.is_ok(), "{claim}: {value}");
    }
    let without = |claims: &mut Json| drop(claims.as_object_mut().unwrap().remove("azp"));
    let begun = person.log_in_at(&provider, "1001", without).await;
    assert!(begun.is_ok());
}

/// The provider's keys, what signs, with which `kid`, and the reason for which that is refused.
type Case = (
    &'static str,
    Vec<Json>,
    Signing,
    Option<&'static str>,
    Result<(), &'static str>,
);

#[tokio::test]
async fn only_a_signature_by_a_listed_key_of_a_public_key_algorithm_counts() {
    let (bank, provider) = bank().await;
    let person = Person::enrolled(&bank, "1001").await;
    let encrypts = |mut key: Json| {
        key["use"] = "enc".into();
        key
    };
    let without_alg = |mut key: Json| {
        key.as_object_mut().unwrap().remove("alg");
        key
    };
    let symmetric = json!({ "kty": "oct", "kid": "one", "k": "aHVzaA" });
    let unknown = json!({ "kty": "AKP", "kid": "new", "alg": "ML-DSA-44", "pub": "AA" });
    let one = || rsa_jwk(0, "one");
    let two = || rsa_jwk(1, "two");
    let kid = Some("one");
    let invalid = Err("signature_invalid");
    let algorithm = Err("another_algorithm");
    let no_key = Err("unknown_key");
    let cases: [Case; 18] = [
        ("RS256", vec![one()], Signing::Rs256(0), kid, Ok(())),
        (
            "no kid, one key",
            vec![one()],
            Signing::Rs256(0),
            None,
            Ok(()),
        ),
        (
            "no kid, two keys",
            vec![one(), two()],
            Signing::Rs256(0),
            None,
            no_key,
        ),
        (
            "no kid, keys of two algorithms",
            vec![one(), es256_jwk("e")],
            Signing::Es256,
            None,
            Ok(()),
        ),
        (
            "PS256",
            vec![without_alg(one())],
            Signing::Ps256(0),
            kid,
            Ok(()),
        ),
        ("ES256", vec![es256_jwk("one")], Signing::Es256, kid, Ok(())),
        (
            "beside unknown keys",
            vec![unknown, one()],
            Signing::Rs256(0),
            kid,
            Ok(()),
        ),
        ("unsigned", vec![one()], Signing::None, kid, algorithm),
        (
            "unsigned, no kid",
            vec![one()],
            Signing::None,
            None,
            algorithm,
        ),
        (
            "HMAC with the public key",
            vec![one()],
            Signing::HmacOfPublicKey,
            kid,
            algorithm,
        ),
        (
            "HMAC with the secret",
            vec![one()],
            Signing::HmacOfSecret,
            kid,
            algorithm,
        ),
        (
            "HMAC, symmetric key listed",
            vec![symmetric],
            Signing::HmacOfSecret,
            kid,
            algorithm,
        ),
        (
            "another key under the kid",
            vec![one()],
            Signing::Rs256(1),
            kid,
            invalid,
        ),
        (
            "an unlisted kid",
            vec![one()],
            Signing::Rs256(1),
            Some("two"),
            no_key,
        ),
        (
            "a key for encryption",
            vec![encrypts(one())],
            Signing::Rs256(0),
            kid,
            no_key,
        ),
        (
            "another algorithm than the key's",
            vec![one()],
            Signing::Ps256(0),
            kid,
            no_key,
        ),
        (
            "ES256, an RSA key",
            vec![without_alg(one())],
            Signing::Es256,
            kid,
            no_key,
        ),
        ("no keys", Vec::new(), Signing::Rs256(0), kid, no_key),
    ];
    for (what, keys, signing, kid, expected) in cases {
        {
            let mut state = provider.state();
            (state.keys, state.signing, state.kid) = (keys, signing, kid.map(str::to_owned));
        }
        // Keys are kept for an hour.
        bank.advance(3_600_000);
        let answered = person.log_in_at(&provider, "1001", |_| {}).await;
        match expected {
            Ok(()) => assert!(answered.is_ok(), "{what}: {answered:?}"),
            Err(reason) => {
                assert_eq!(code(&answered), ErrorCode::ProviderLoginRefused, "{what}");
                assert_eq!(person.refusals().last().unwrap(), reason, "{what}");
            }
        }
    }
}
