//! Agreement against Wycheproof's vectors.

use super::SoftwareKey;
use crate::Signer as _;
use crate::published::{bytes, valid, wycheproof};
use types::PublicKey;

#[test]
fn wycheproofs_ecdh_agrees_or_is_refused() {
    wycheproof("ecdh_secp256r1_ecpoint_test.json", 300, |_, test| {
        // Compressed points and such are not our form of a key.
        let Ok(public) = PublicKey::try_from(bytes(&test["public"]).as_slice()) else {
            return false;
        };
        let private = bytes(&test["private"]);
        let significant = private
            .iter()
            .position(|byte| *byte != 0)
            .unwrap_or(private.len());
        let mut scalar = [0; 32];
        scalar[32 - (private.len() - significant)..].copy_from_slice(&private[significant..]);
        let x = SoftwareKey::from_bytes(&scalar).unwrap().agree(&public);
        assert_eq!(x.is_ok(), valid(test), "{test}");
        assert!(
            x.is_err() || x.unwrap().as_slice() == bytes(&test["shared"]),
            "{test}"
        );
        true
    });
}

#[test]
fn its_scalar_is_not_printed_and_comes_back() {
    let key = SoftwareKey::from_bytes(&[7; 32]).unwrap();
    assert_eq!(*key.expose(), [7; 32]);
    assert!(!format!("{key:?}").contains("7, 7"));
    assert!(SoftwareKey::from_bytes(&[0; 32]).is_err());
    assert!(SoftwareKey::from_bytes(&[0xff; 32]).is_err());
    let again = SoftwareKey::from_bytes(&key.expose()).unwrap();
    assert_eq!(again.public_key(), key.public_key());
}
