//! The issuer's keys as JSON.

use envelope::{Signer as _, SoftwareKey};
use serde_json::json;
use token::Jwks;

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
