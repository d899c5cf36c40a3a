//! Both backends against Wycheproof's vectors. Their results are the same for each case.

use super::{native, portable, verify};
use crate::published::{bytes, valid, wycheproof};
use crate::{Signer as _, SoftwareKey};
use types::{PublicKey, Signature};

#[test]
fn both_backends_agree_with_wycheproof() {
    wycheproof(
        "ecdsa_secp256r1_sha256_p1363_test.json",
        200,
        |group, test| {
            let key =
                PublicKey::try_from(bytes(&group["publicKey"]["uncompressed"]).as_slice()).unwrap();
            let message = bytes(&test["msg"]);
            // A signature of another length does not fit our type. Wycheproof does not accept such signatures either.
            let Ok(signature) = Signature::try_from(bytes(&test["sig"]).as_slice()) else {
                assert!(!valid(test), "{test}");
                return false;
            };
            assert_eq!(verify(&key, &message, &signature), valid(test), "{test}");
            assert_eq!(
                native::verify(&key, &message, &signature),
                valid(test),
                "aws-lc-rs: {test}"
            );
            assert_eq!(
                portable::verify(&key, &message, &signature),
                valid(test),
                "p256: {test}"
            );
            true
        },
    );
}

#[test]
fn both_backends_refuse_points_that_are_not_on_the_curve() {
    let key = SoftwareKey::from_bytes(&[7; 32]).unwrap();
    let signature = key.sign(b"message").unwrap();
    assert!(verify(key.public_key(), b"message", &signature));
    assert!(portable::verify(key.public_key(), b"message", &signature));
    for (index, bit) in [(0, 1), (0, 2), (0, 4), (1, 1), (33, 1), (64, 1)] {
        let mut point = *key.public_key().as_bytes();
        point[index] ^= bit;
        let point = PublicKey::new(point);
        assert!(!verify(&point, b"message", &signature));
        assert!(!portable::verify(&point, b"message", &signature));
    }
}
