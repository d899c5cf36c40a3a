//! Access tokens: one form, for one device; and no token passes for one of another type.

use crate::golden;
use envelope::{Signer as _, SoftwareKey};
use serde_json::{Value as Json, json};
use token::{ACR_PASSKEY, AccessToken, ChannelToken, Jwks, TokenError, TokenType};
use types::{DeviceId, Hash, PublicKey, SessionId, Time, base64url};

const NOW: Time = Time::from_ms(1_790_000_000_000);
const ISSUER: &str = "https://bank.example";
const AUDIENCE: &str = "passbook";

fn key(name: &str) -> SoftwareKey {
    let secret = Hash::of(format!("passbook fixtures: {name}").as_bytes());
    SoftwareKey::from_bytes(secret.as_bytes()).unwrap()
}

fn public(name: &str) -> PublicKey {
    *key(name).public_key()
}

fn token() -> AccessToken {
    AccessToken {
        issuer: ISSUER.to_owned(),
        audience: AUDIENCE.to_owned(),
        subject: "pairwise".to_owned(),
        device: DeviceId::at(NOW, [0xd1; 10]),
        session: SessionId::new([0x5e; 16]),
        acr: ACR_PASSKEY.to_owned(),
        authenticated: NOW.minus_ms(60_000),
        session_key: public("session").thumbprint(),
        issued: NOW,
        expires: NOW.plus_ms(300_000),
        id: "fixture access token".to_owned(),
    }
}

fn jwks() -> Jwks {
    Jwks::new(vec![public("issuer")])
}

fn verify(text: &str, now: Time) -> Result<AccessToken, TokenError> {
    AccessToken::verify(text, ISSUER, AUDIENCE, &jwks(), now)
}

#[test]
fn the_token_of_the_fixture_stays_valid() {
    let file = golden::check("access_token", |file: Option<&Json>| {
        let signed = token().sign(&key("issuer")).unwrap();
        let (input, _) = signed.rsplit_once('.').unwrap();
        let kept = file.and_then(|file| file["token"].as_str()?.rsplit_once('.'));
        let signed = kept.map_or(signed.clone(), |(_, kept)| format!("{input}.{kept}"));
        json!({ "token": signed })
    });
    let text = file["token"].as_str().unwrap();
    assert_eq!(verify(text, NOW), Ok(token()));
    assert_eq!(TokenType::of(text), Some(TokenType::Access));
}

#[test]
fn each_claim_and_the_header_are_checked() {
    let signed = |change: fn(&mut AccessToken)| {
        let mut token = token();
        change(&mut token);
        token.sign(&key("issuer")).unwrap()
    };
    let check = |text: &str, now, error| assert_eq!(verify(text, now), Err(error), "{text}");
    let good = signed(|_| {});
    check(
        &signed(|token| token.issuer.push('/')),
        NOW,
        TokenError::AnotherIssuer,
    );
    check(
        &signed(|token| token.audience.push('s')),
        NOW,
        TokenError::AnotherAudience,
    );
    check(&good, NOW.plus_ms(300_000), TokenError::Expired);
    check(&good, NOW.minus_ms(11_000), TokenError::FromTheFuture);
    let stranger = token().sign(&key("session")).unwrap();
    check(&stranger, NOW, TokenError::UnknownKey);
    let (input, signature) = good.rsplit_once('.').unwrap();
    let other = stranger.rsplit_once('.').unwrap().1;
    check(
        &format!("{input}.{other}"),
        NOW,
        TokenError::SignatureInvalid,
    );
    check(&format!("{input}."), NOW, TokenError::AnotherAlgorithm);
    check(input, NOW, TokenError::WrongShape);
    let (_, payload) = input.split_once('.').unwrap();
    for (header, error) in [
        (
            r#"{"alg":"none","typ":"at+jwt"}"#,
            TokenError::AnotherAlgorithm,
        ),
        (
            r#"{"alg":"HS256","typ":"at+jwt"}"#,
            TokenError::AnotherAlgorithm,
        ),
        (r#"{"alg":"ES256","typ":"JWT"}"#, TokenError::AnotherType),
        (
            r#"{"alg":"ES256","typ":"passbook-channel+jwt"}"#,
            TokenError::AnotherType,
        ),
        (
            r#"{"alg":"ES256","typ":"at+jwt","jku":"https://evil.example"}"#,
            TokenError::WrongShape,
        ),
    ] {
        let header = base64url::encode(header.as_bytes());
        check(&format!("{header}.{payload}.{signature}"), NOW, error);
    }
    let as_channel = ChannelToken::verify(&good, ISSUER, AUDIENCE, &jwks(), NOW);
    assert_eq!(as_channel, Err(TokenError::AnotherType));
}
