//! Refused channel tokens, beyond the acceptance vectors.

use envelope::{Signer as _, SoftwareKey};
use serde_json::{Value as Json, json};
use token::{ChannelToken, Jwks, TokenError, TokenType};
use types::{Time, base64url};

const NOW: Time = Time::from_ms(1_790_000_001_000);

fn issuer() -> SoftwareKey {
    SoftwareKey::from_bytes(&[1; 32]).unwrap()
}

fn token() -> ChannelToken {
    ChannelToken {
        issuer: "https://bank.example".into(),
        audience: "passbook".into(),
        subject: "pairwise".into(),
        device: "01a0c450-6c00-771e-ba65-f93a78ba897d".parse().unwrap(),
        channels: vec!["_8JfFdiMCjwjlsHEvNorgw".parse().unwrap()],
        session: issuer().public_key().thumbprint(),
        issued: Time::from_ms(1_790_000_000_000),
        expires: Time::from_ms(1_792_000_000_000),
        id: "01a0c450-6c00-733e-aa7c-e48a60850ea0".into(),
    }
}

fn verify(text: &str, now: Time) -> Result<ChannelToken, TokenError> {
    let jwks = Jwks::new(vec![*issuer().public_key()]);
    ChannelToken::verify(text, "https://bank.example", "passbook", &jwks, now)
}

/// A token whose header and claims were changed before the right key signed it.
fn signed(change: impl FnOnce(&mut Json, &mut Json)) -> String {
    let text = token().sign(&issuer()).unwrap();
    let mut parts = text.split('.').map(|part| {
        let decoded = base64url::decode(part).unwrap();
        serde_json::from_slice::<Json>(&decoded).unwrap_or(Json::Null)
    });
    let (mut header, mut claims) = (parts.next().unwrap(), parts.next().unwrap());
    change(&mut header, &mut claims);
    let part = |json: &Json| base64url::encode(json.to_string().as_bytes());
    let input = format!("{}.{}", part(&header), part(&claims));
    let signature = issuer().sign(input.as_bytes()).unwrap();
    format!("{input}.{signature}")
}

#[test]
fn its_time_begins_ten_seconds_early_and_ends_on_the_second() {
    let text = token().sign(&issuer()).unwrap();
    assert_eq!(verify(&text, NOW), Ok(token()));
    assert_eq!(verify(&text, token().issued.minus_ms(10_000)), Ok(token()));
    assert_eq!(
        verify(&text, token().issued.minus_ms(11_000)),
        Err(TokenError::FromTheFuture)
    );
    assert_eq!(verify(&text, token().expires.minus_ms(1)), Ok(token()));
    assert_eq!(verify(&text, token().expires), Err(TokenError::Expired));
}

fn check(change: impl FnOnce(&mut Json, &mut Json), refused: TokenError) {
    assert_eq!(verify(&signed(change), NOW), Err(refused));
}

#[test]
fn one_form_is_read_and_no_other() {
    check(
        |header, _| header["alg"] = json!("none"),
        TokenError::AnotherAlgorithm,
    );
    check(
        |header, _| header["alg"] = json!("HS256"),
        TokenError::AnotherAlgorithm,
    );
    check(
        |header, _| header["typ"] = json!("JWT"),
        TokenError::AnotherType,
    );
    check(
        |header, _| header["kid"] = json!("AAAAAAAAAAA"),
        TokenError::UnknownKey,
    );
    check(
        |header, _| drop(header.as_object_mut().unwrap().remove("kid")),
        TokenError::UnknownKey,
    );
    check(
        |header, _| header["jwk"] = json!({}),
        TokenError::WrongShape,
    );
    check(
        |header, _| header["crit"] = json!(["b64"]),
        TokenError::WrongShape,
    );
    check(
        |_, claims| claims["iss"] = json!("https://other.example"),
        TokenError::AnotherIssuer,
    );
    check(
        |_, claims| claims["aud"] = json!("other"),
        TokenError::AnotherAudience,
    );
    check(
        |_, claims| claims["aud"] = json!(["passbook"]),
        TokenError::WrongShape,
    );
    check(
        |_, claims| claims["exp"] = json!(1_792_000_000.5),
        TokenError::WrongShape,
    );
    check(
        |_, claims| claims["channels"] = json!(["_8JfFdiMCjwjlsHEvNorgx"]),
        TokenError::WrongShape,
    );
    check(
        |_, claims| claims["cnf"] = json!({}),
        TokenError::WrongShape,
    );
    for claim in [
        "iss", "aud", "sub", "device", "channels", "cnf", "iat", "exp", "jti",
    ] {
        check(
            |_, claims| drop(claims.as_object_mut().unwrap().remove(claim)),
            TokenError::WrongShape,
        );
    }
}

#[test]
fn types_are_told_apart() {
    let text = token().sign(&issuer()).unwrap();
    assert_eq!(TokenType::of(&text), Some(TokenType::Channel));
    let access = signed(|header, _| header["typ"] = json!("at+jwt"));
    assert_eq!(TokenType::of(&access), Some(TokenType::Access));
    assert_eq!(verify(&access, NOW), Err(TokenError::AnotherType));
    let id = signed(|header, _| header["typ"] = json!("JWT"));
    assert_eq!(TokenType::of(&id), Some(TokenType::Id));
    let event = signed(|header, _| header["typ"] = json!("secevent+jwt"));
    assert_eq!(TokenType::of(&event), Some(TokenType::Event));
    let other = signed(|header, _| header["typ"] = json!("kb+jwt"));
    for text in [&other, "", "a.b.c"] {
        assert_eq!(TokenType::of(text), None);
    }
}

#[test]
fn what_a_token_claims_is_known_before_its_signature_is_verified() {
    let text = token().sign(&issuer()).unwrap();
    let (input, signature) = text.rsplit_once('.').unwrap();
    let forged = format!("{input}.{}", signature.replace(&signature[..4], "AAAA"));
    let claimed = ChannelToken::claimed(&forged, "https://bank.example", "passbook", NOW).unwrap();
    assert_eq!(claimed.claims(), &token());
    let listed = Jwks::new(vec![*issuer().public_key()]);
    assert_eq!(claimed.key(&listed), Ok(issuer().public_key().kid()));
    assert_eq!(claimed.key(&Jwks::default()), Err(TokenError::UnknownKey));
    assert_eq!(claimed.verify(&listed), Err(TokenError::SignatureInvalid));
}

#[test]
fn any_changed_character_is_refused() {
    let text = token().sign(&issuer()).unwrap();
    for place in 0..text.len() {
        let mut changed = text.clone().into_bytes();
        changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        assert!(verify(&changed, NOW).is_err(), "{place}");
    }
    let (input, signature) = text.rsplit_once('.').unwrap();
    let other_forms = [
        "".to_owned(),
        ".".to_owned(),
        "..".to_owned(),
        input.to_owned(),
        format!("{text}."),
        format!("{text}="),
    ];
    for text in other_forms {
        assert!(verify(&text, NOW).is_err(), "{text}");
    }
    assert!(verify(&format!("{input}.{signature}{}", "A".repeat(5000)), NOW).is_err());
}
