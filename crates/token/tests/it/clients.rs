//! What clients of the OpenID provider send and get: assertions, access tokens, ID tokens, and proofs by any key.

use crate::golden;
use envelope::{Signer as _, SoftwareKey};
use serde_json::{Value as Json, json};
use token::{
    ACR_PASSKEY, AccessToken, ClientAssertion, ClientKey, ClientKeys, ClientToken, DpopError,
    DpopNonce, DpopProof, IdToken, Jwks, LogoutToken, ProofFor, TokenError, TokenType,
};
use types::{GrantId, Hash, PublicKey, Time, base64url};

const NOW: Time = Time::from_ms(1_790_000_000_000);
const ISSUER: &str = "https://bank.example";

fn key(name: &str) -> SoftwareKey {
    let secret = Hash::of(format!("passbook fixtures: {name}").as_bytes());
    SoftwareKey::from_bytes(secret.as_bytes()).unwrap()
}

fn public(name: &str) -> PublicKey {
    *key(name).public_key()
}

fn token() -> ClientToken {
    ClientToken {
        issuer: ISSUER.to_owned(),
        subject: "pairwise".to_owned(),
        client: "shop".parse().unwrap(),
        scope: "openid customer_number".to_owned(),
        grant: GrantId::new([0x67; 16]),
        key: public("session").thumbprint(),
        issued: NOW,
        expires: NOW.plus_ms(300_000),
        id: "fixture client token".to_owned(),
    }
}

fn id_token() -> IdToken {
    IdToken {
        issuer: ISSUER.to_owned(),
        subject: "pairwise".to_owned(),
        client: "shop".parse().unwrap(),
        nonce: Some("a nonce".to_owned()),
        login: GrantId::new([0x67; 16]).to_string(),
        acr: ACR_PASSKEY.to_owned(),
        authenticated: NOW.minus_ms(60_000),
        issued: NOW,
        expires: NOW.plus_ms(300_000),
    }
}

fn logout_token() -> LogoutToken {
    LogoutToken {
        issuer: ISSUER.to_owned(),
        client: "shop".parse().unwrap(),
        login: GrantId::new([0x67; 16]).to_string(),
        id: "fixture logout token".to_owned(),
        issued: NOW,
        expires: NOW.plus_ms(120_000),
    }
}

fn verify(text: &str, now: Time) -> Result<ClientToken, TokenError> {
    let jwks = Jwks::new(vec![public("issuer")]);
    ClientToken::verify(text, ISSUER, &jwks, now)
}

#[test]
fn the_tokens_of_the_fixture_stay_valid() {
    let file = golden::check("client_tokens", |file: Option<&Json>| {
        let kept = |name: &str, signed: String| {
            let (input, _) = signed.rsplit_once('.').unwrap();
            let kept = file.and_then(|file| file[name].as_str()?.rsplit_once('.'));
            kept.map_or(signed.clone(), |(_, kept)| format!("{input}.{kept}"))
        };
        json!({
            "access_token": kept("access_token", token().sign(&key("issuer")).unwrap()),
            "id_token": kept("id_token", id_token().sign(&key("issuer")).unwrap()),
            "logout_token": kept("logout_token", logout_token().sign(&key("issuer")).unwrap()),
        })
    });
    assert_eq!(
        verify(file["access_token"].as_str().unwrap(), NOW),
        Ok(token())
    );
    for (name, kind) in [
        ("id_token", TokenType::Id),
        ("logout_token", TokenType::Logout),
    ] {
        let token = file[name].as_str().unwrap();
        assert_eq!(TokenType::of(token), Some(kind));
        let (input, signature) = token.rsplit_once('.').unwrap();
        let signature = signature.parse().unwrap();
        let issuer = public("issuer");
        assert!(envelope::es256::verify(
            &issuer,
            input.as_bytes(),
            &signature
        ));
    }
}

#[test]
fn a_clients_token_is_checked_and_passes_for_no_other() {
    let check = |text: &str, now, error| assert_eq!(verify(text, now), Err(error), "{text}");
    let good = token().sign(&key("issuer")).unwrap();
    check(&good, NOW.plus_ms(300_000), TokenError::Expired);
    check(&good, NOW.minus_ms(11_000), TokenError::FromTheFuture);
    let stranger = token().sign(&key("session")).unwrap();
    check(&stranger, NOW, TokenError::UnknownKey);
    let input = good.rsplit_once('.').unwrap().0;
    let other = stranger.rsplit_once('.').unwrap().1;
    check(
        &format!("{input}.{other}"),
        NOW,
        TokenError::SignatureInvalid,
    );
    check(&format!("{input}."), NOW, TokenError::AnotherAlgorithm);
    let of_another = ClientToken {
        issuer: "https://evil.example".to_owned(),
        ..token()
    };
    check(
        &of_another.sign(&key("issuer")).unwrap(),
        NOW,
        TokenError::AnotherIssuer,
    );
    check(
        &id_token().sign(&key("issuer")).unwrap(),
        NOW,
        TokenError::AnotherType,
    );
    // Even where devices' tokens have the issuer as their audience.
    let jwks = Jwks::new(vec![public("issuer")]);
    let as_devices = AccessToken::verify(&good, ISSUER, ISSUER, &jwks, NOW);
    assert_eq!(as_devices, Err(TokenError::WrongShape));
}

fn jwt(header: &Json, claims: &Json, signer: &str) -> String {
    let part = |json: &Json| base64url::encode(json.to_string().as_bytes());
    let input = format!("{}.{}", part(header), part(claims));
    format!("{input}.{}", key(signer).sign(input.as_bytes()).unwrap())
}

fn claims() -> Json {
    let now = NOW.seconds();
    json!({"iss": "shop", "sub": "shop", "aud": ISSUER, "jti": "1", "iat": now, "exp": now + 60})
}

#[test]
fn an_assertion_is_its_clients_and_for_the_issuer() {
    let check = |header: &Json, claims: &Json, expected: Result<(), TokenError>| {
        let text = jwt(header, claims, "session");
        let claimed = ClientAssertion::claimed(&text, ISSUER, NOW);
        assert_eq!(claimed.map(drop), expected, "{header} {claims}");
    };
    for typ in ["JWT", "client-authentication+jwt"] {
        check(
            &json!({"alg": "ES256", "typ": typ, "kid": "any"}),
            &claims(),
            Ok(()),
        );
    }
    let es256 = json!({"alg": "ES256"});
    check(
        &json!({"alg": "RS256"}),
        &claims(),
        Err(TokenError::AnotherAlgorithm),
    );
    check(
        &json!({"alg": "ES256", "typ": "at+jwt"}),
        &claims(),
        Err(TokenError::AnotherType),
    );
    check(
        &json!({"alg": "ES256", "crit": []}),
        &claims(),
        Err(TokenError::WrongShape),
    );
    let end = NOW.seconds();
    for (name, value, error) in [
        ("sub", json!("taxes"), TokenError::WrongShape),
        ("aud", json!([ISSUER]), TokenError::AnotherAudience),
        ("exp", json!(end), TokenError::Expired),
        ("exp", json!(end + 601), TokenError::LivesTooLong),
        ("nbf", json!(end + 11), TokenError::FromTheFuture),
    ] {
        let mut changed = claims();
        changed[name] = value;
        check(&es256, &changed, Err(error));
    }
    let text = jwt(&es256, &claims(), "session");
    let claimed = || ClientAssertion::claimed(&text, ISSUER, NOW).unwrap();
    assert_eq!(claimed().client().as_str(), "shop");
    // One key of several is enough.
    let keys = |names: &[&str]| {
        let key = |&name| ClientKey {
            kid: None,
            key: public(name),
        };
        ClientKeys::new(names.iter().map(key).collect())
    };
    let verified = claimed().verify(&keys(&["issuer", "session"])).unwrap();
    assert_eq!(
        (verified.id.as_str(), verified.expires),
        ("1", NOW.plus_ms(60_000))
    );
    let refused = claimed().verify(&keys(&["issuer"]));
    assert_eq!(refused, Err(TokenError::SignatureInvalid));
}

#[test]
fn a_proof_by_any_key_names_its_key_and_its_request() {
    let nonces = DpopNonce::new(&[7; 32]);
    let url = "https://bank.example/openid/token";
    let what = ProofFor {
        method: "POST",
        url,
        token: "",
    };
    let nonce = nonces.mint(NOW);
    let session = public("session");
    let input = DpopProof::signing_input(&session, what, Some(&nonce), "1", NOW);
    let by = |signer: &str| {
        let signature = key(signer).sign(input.as_bytes()).unwrap();
        DpopProof::assemble(&input, &signature)
    };
    let claimed = |text: &str, request| {
        let claimed = DpopProof::claimed_by_any(text, request, &nonces, NOW)?;
        assert_eq!(claimed.key(), session.thumbprint());
        claimed.verify().map(drop)
    };
    assert_eq!(claimed(&by("session"), ("POST", url)), Ok(()));
    assert_eq!(
        claimed(&by("issuer"), ("POST", url)),
        Err(DpopError::SignatureInvalid)
    );
    let elsewhere = "https://bank.example/openid/par";
    for request in [("GET", url), ("POST", elsewhere)] {
        assert_eq!(
            claimed(&by("session"), request),
            Err(DpopError::AnotherRequest)
        );
    }
}
