//! Both backends against Wycheproof's vectors.

use super::{SoftwareKey, native, portable};
use crate::Signer as _;
use crate::es256::verify;
use crate::published::{bytes, valid, wycheproof};
use types::PublicKey;
use zeroize::Zeroizing;

#[test]
fn wycheproofs_ecdh_agrees_or_is_refused() {
    wycheproof("ecdh_secp256r1_ecpoint_test.json", 300, |_, test| {
        // Our type accepts only uncompressed points.
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
        let check = |x: Result<Zeroizing<[u8; 32]>, _>, backend: &str| {
            assert_eq!(x.is_ok(), valid(test), "{backend}: {test}");
            assert!(
                x.is_err() || x.unwrap().as_slice() == bytes(&test["shared"]),
                "{backend}: {test}"
            );
        };
        let native = native::Key::from_bytes(&scalar).unwrap();
        check(native.agree(&public), "aws-lc-rs");
        let portable = portable::Key::from_bytes(&scalar).unwrap();
        check(portable.agree(&public), "p256");
        true
    });
}

#[test]
fn a_signature_of_one_backend_verifies_with_the_other() {
    for scalar in [[1; 32], [7; 32], [0xfe; 32]] {
        let native = native::Key::from_bytes(&scalar).unwrap();
        let portable = portable::Key::from_bytes(&scalar).unwrap();
        assert_eq!(native.public(), portable.public());
        let (one, other) = (native.sign(b"message"), portable.sign(b"message"));
        assert!(verify(portable.public(), b"message", &one.unwrap()));
        assert!(verify(native.public(), b"message", &other.unwrap()));
    }
}

#[test]
fn both_backends_refuse_scalars_that_are_not_keys() {
    for scalar in [[0; 32], [0xff; 32]] {
        assert!(native::Key::from_bytes(&scalar).is_err());
        assert!(portable::Key::from_bytes(&scalar).is_err());
    }
}

#[test]
fn its_scalar_is_not_printed_and_comes_back() {
    let key = SoftwareKey::from_bytes(&[7; 32]).unwrap();
    assert_eq!(*key.expose(), [7; 32]);
    assert!(!format!("{key:?}").contains("7, 7"));
    let again = SoftwareKey::from_bytes(&key.expose()).unwrap();
    assert_eq!(again.public_key(), key.public_key());
}
