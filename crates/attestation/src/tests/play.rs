//! Play Integrity.

use super::{NOW, expected, key};
use crate::android_key::AndroidApp;
use crate::play_integrity::{PlayIntegrity, PlayKeys};
use crate::verifiers::Verifiers;
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::key_wrap::{AES_256, AesKek, KeyWrap as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use envelope::{Signer as _, SoftwareKey};
use serde_json::{Value as Json, json};
use types::{AttestationFormat, base64url, hex};

const PACKAGE: &str = "example.bank";
const DECRYPTION: [u8; 32] = [8; 32];

/// SubjectPublicKeyInfo of P-256 (RFC 5480), before the point.
const INFO: &str = "3059301306072a8648ce3d020106082a8648ce3d030107034200";

fn google_key() -> SoftwareKey {
    key(7)
}

pub(super) fn keys() -> (String, String) {
    let info = hex::decode(INFO).unwrap();
    let info = [info.as_slice(), google_key().public_key().as_bytes()].concat();
    (STANDARD.encode(DECRYPTION), STANDARD.encode(info))
}

pub(super) fn verifier() -> Verifiers {
    let (decryption, verification) = keys();
    let app = AndroidApp::new(PACKAGE, &[hex::encode(&[7; 32])]).unwrap();
    Verifiers {
        play_integrity: Some(PlayIntegrity {
            keys: PlayKeys::new(&decryption, &verification).unwrap(),
            apps: vec![app],
        }),
        ..Verifiers::default()
    }
}

fn payload() -> Json {
    json!({
        "requestDetails": {
            "requestPackageName": PACKAGE,
            "nonce": base64url::encode(expected().challenge.as_bytes()),
            "timestampMillis": NOW.ms().to_string(),
        },
        "appIntegrity": {
            "appRecognitionVerdict": "PLAY_RECOGNIZED",
            "packageName": PACKAGE,
            "certificateSha256Digest": [base64url::encode(&[7; 32])],
            "versionCode": "42",
        },
        "deviceIntegrity": {
            "deviceRecognitionVerdict": ["MEETS_BASIC_INTEGRITY", "MEETS_DEVICE_INTEGRITY", "MEETS_STRONG_INTEGRITY"],
        },
        "accountDetails": {"appLicensingVerdict": "LICENSED"},
    })
}

fn part(json: &Json) -> String {
    base64url::encode(json.to_string().as_bytes())
}

fn signed(payload: &Json, header: &Json, key: &SoftwareKey) -> String {
    let input = format!("{}.{}", part(header), part(payload));
    let signature = key.sign(input.as_bytes()).unwrap();
    format!("{input}.{signature}")
}

fn encrypted(signed: &str, header: &Json, decryption: &[u8; 32]) -> Vec<u8> {
    let content_key = [3; 32];
    let mut wrapped = [0; 40];
    let wrapping = AesKek::new(&AES_256, decryption).unwrap();
    wrapping.wrap(&content_key, &mut wrapped).unwrap();
    let sealing = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &content_key).unwrap());
    let iv = [5; 12];
    let (nonce, header) = (Nonce::assume_unique_for_key(iv), part(header));
    let mut sealed = signed.as_bytes().to_vec();
    let tag = sealing.seal_in_place_separate_tag(nonce, Aad::from(header.as_bytes()), &mut sealed);
    let parts = [&wrapped[..], &iv, &sealed, tag.unwrap().as_ref()].map(base64url::encode);
    format!("{header}.{}", parts.join(".")).into_bytes()
}

fn es256() -> Json {
    json!({"alg": "ES256"})
}

fn a256kw() -> Json {
    json!({"alg": "A256KW", "enc": "A256GCM"})
}

fn token(payload: &Json) -> Vec<u8> {
    let signed = signed(payload, &es256(), &google_key());
    encrypted(&signed, &a256kw(), &DECRYPTION)
}

pub(super) fn good() -> Vec<u8> {
    token(&payload())
}

fn verdict(token: &[u8]) -> String {
    super::verdict(&verifier(), AttestationFormat::PlayIntegrity, token)
}

fn check(expected: &str, (pointer, value): (&str, Json)) {
    let mut changed = payload();
    *changed.pointer_mut(pointer).unwrap() = value;
    assert_eq!(verdict(&token(&changed)), expected, "{pointer}");
}

#[test]
fn a_token_says_what_google_found() {
    assert_eq!(verdict(&good()), "hardware play_integrity strong_integrity");
    let mut standard = payload();
    let details = standard["requestDetails"].as_object_mut().unwrap();
    let nonce = details.remove("nonce").unwrap();
    details.insert("requestHash".to_owned(), nonce);
    let hardware = "hardware play_integrity strong_integrity";
    assert_eq!(verdict(&token(&standard)), hardware);
    let device = "/deviceIntegrity/deviceRecognitionVerdict";
    let only_device = json!(["MEETS_DEVICE_INTEGRITY"]);
    check(
        "basic play_integrity device_integrity",
        (device, only_device),
    );
    let virtual_only = json!(["MEETS_VIRTUAL_INTEGRITY"]);
    check(
        "none play_integrity device_unrecognised",
        (device, virtual_only),
    );
    check(
        "none play_integrity device_unrecognised",
        (device, json!([])),
    );
    let licence = "/accountDetails/appLicensingVerdict";
    check(
        "basic play_integrity not_licensed",
        (licence, json!("UNLICENSED")),
    );
}

#[test]
fn a_token_of_another_app_challenge_or_time_proves_nothing() {
    let nonce = base64url::encode(&[1; 32]);
    let nonce = ("/requestDetails/nonce", json!(nonce));
    check("none play_integrity another_challenge", nonce);
    let mut both = payload();
    both["requestDetails"]["requestHash"] = json!(base64url::encode(&[1; 32]));
    assert_eq!(
        verdict(&token(&both)),
        "none play_integrity another_challenge"
    );
    let minutes = |minutes: u64| minutes * 60_000;
    let given = expected().given;
    for (time, expected) in [
        (
            given.minus_ms(minutes(5)),
            "hardware play_integrity strong_integrity",
        ),
        (
            given.minus_ms(minutes(5) + 1),
            "none play_integrity token_stale",
        ),
        (
            NOW.plus_ms(minutes(5)),
            "hardware play_integrity strong_integrity",
        ),
        (
            NOW.plus_ms(minutes(5) + 1),
            "none play_integrity token_stale",
        ),
    ] {
        let time = json!(time.ms().to_string());
        check(expected, ("/requestDetails/timestampMillis", time));
    }
    let verdicts = "/appIntegrity/appRecognitionVerdict";
    for verdict in ["UNRECOGNIZED_VERSION", "UNEVALUATED"] {
        check(
            "none play_integrity app_unrecognised",
            (verdicts, json!(verdict)),
        );
    }
    let thief = json!("example.thief");
    let another = "none play_integrity another_app";
    check(another, ("/appIntegrity/packageName", thief.clone()));
    check(another, ("/requestDetails/requestPackageName", thief));
    let digests = "/appIntegrity/certificateSha256Digest";
    check(another, (digests, json!([base64url::encode(&[8; 32])])));
    check(another, (digests, json!([])));
}

#[test]
fn only_googles_key_signs_and_only_with_es256() {
    let sealed = |signed: &str| encrypted(signed, &a256kw(), &DECRYPTION);
    let invalid = "none play_integrity signature_invalid";
    let by_another = signed(&payload(), &es256(), &key(9));
    assert_eq!(verdict(&sealed(&by_another)), invalid);
    for algorithm in ["none", "RS256", "HS256", "ES384", "es256"] {
        let header = json!({"alg": algorithm});
        let confused = signed(&payload(), &header, &google_key());
        assert_eq!(verdict(&sealed(&confused)), invalid, "{algorithm}");
    }
    let unsigned = format!("{}.{}.", part(&json!({"alg": "none"})), part(&payload()));
    assert_eq!(verdict(&sealed(&unsigned)), "none play_integrity malformed");
    let good = signed(&payload(), &es256(), &google_key());
    let naked = good.as_bytes();
    assert_eq!(verdict(naked), "none play_integrity malformed");
}

#[test]
fn only_tokens_for_the_banks_key_are_opened() {
    let refused = "none play_integrity not_decrypted";
    let good = signed(&payload(), &es256(), &google_key());
    let to_another = encrypted(&good, &a256kw(), &[9; 32]);
    assert_eq!(verdict(&to_another), refused);
    for header in [
        json!({"alg": "dir", "enc": "A256GCM"}),
        json!({"alg": "A256KW", "enc": "A128GCM"}),
        json!({"alg": "RSA-OAEP", "enc": "A256GCM"}),
    ] {
        let other = encrypted(&good, &header, &DECRYPTION);
        assert_eq!(verdict(&other), refused, "{header}");
    }
    let token = String::from_utf8(encrypted(&good, &a256kw(), &DECRYPTION)).unwrap();
    let parts: Vec<_> = token.split('.').collect();
    for (place, other) in [
        (1, ""),
        (1, "AAAA"),
        (2, ""),
        (2, "AAAA"),
        (4, ""),
        (4, "AAAA"),
    ] {
        let mut parts = parts.clone();
        parts[place] = other;
        assert_eq!(
            verdict(parts.join(".").as_bytes()),
            refused,
            "{place} {other}"
        );
    }
}
