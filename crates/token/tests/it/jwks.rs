//! The issuer's keys and clients' keys as JSON.

use envelope::{Signer as _, SoftwareKey};
use serde_json::{Value as Json, json};
use token::{ClientKey, ClientKeys, Jwks};

#[test]
fn a_key_set_round_trips_and_ignores_other_keys() {
    let keys: Vec<_> = [1, 2]
        .map(|byte| *SoftwareKey::from_bytes(&[byte; 32]).unwrap().public_key())
        .to_vec();
    let jwks = Jwks::new(keys.clone());
    let mut set = serde_json::to_value(&jwks).unwrap();
    assert_eq!(set["keys"][0]["kid"], json!(keys[0].kid().to_string()));
    assert_eq!(set["keys"][0]["use"], "sig");
    set["keys"]
        .as_array_mut()
        .unwrap()
        .push(json!({"kty": "EC", "crv": "P-384", "x": "AA", "y": "AA"}));
    let read: Jwks = serde_json::from_value(set).unwrap();
    assert_eq!(read, jwks);
    assert_eq!(read.find(keys[1].kid()), Some(&keys[1]));
}

#[test]
fn a_clients_set_may_have_any_public_keys_and_those_for_es256_are_kept() {
    let own = *SoftwareKey::from_bytes(&[1; 32]).unwrap().public_key();
    let (x, y) = own.jwk_coordinates();
    let with = |changes: Json| {
        let mut key = json!({"kty": "EC", "crv": "P-256", "x": x, "y": y});
        let changes = changes.as_object().unwrap().clone();
        key.as_object_mut().unwrap().extend(changes);
        key
    };
    let rsa = json!({"kty": "RSA", "n": "AQAB", "e": "AQAB", "use": "sig", "alg": "PS256"});
    let read = |keys: &[Json]| serde_json::from_value::<ClientKeys>(json!({ "keys": keys }));
    for (changes, is_kept) in [
        (json!({}), true),
        (json!({"use": "sig", "alg": "ES256"}), true),
        (json!({"key_ops": ["verify"], "ext": true}), true),
        (json!({"x5c": ["AA"], "x5t": "AA", "shop": {}}), true),
        (json!({"use": "enc"}), false),
        (json!({"alg": "ECDH-ES"}), false),
        (json!({"key_ops": ["deriveKey"]}), false),
        (json!({"crv": "P-384"}), false),
        (json!({"kty": "OKP"}), false),
        (json!({"y": null}), false),
    ] {
        let kept = read(&[rsa.clone(), with(changes.clone())]).unwrap();
        let expected = is_kept.then_some(ClientKey {
            kid: None,
            key: own,
        });
        assert_eq!(kept.keys(), expected.as_slice(), "{changes}");
    }
    let named = read(&[with(json!({"kid": "2026"}))]).unwrap();
    assert_eq!(named.keys()[0].kid.as_deref(), Some("2026"));
    let mut private_rsa = rsa;
    private_rsa["d"] = json!("AQAB");
    let symmetric = json!({"kty": "oct", "k": "AA"});
    for (private, member) in [
        (with(json!({"d": "AA"})), "`d`"),
        (private_rsa, "`d`"),
        (symmetric, "`k`"),
    ] {
        let refused = read(&[with(json!({})), private]).unwrap_err();
        assert!(refused.to_string().contains(member), "{refused}");
    }
}
