//! HKDF against Wycheproof's vectors.

use super::hkdf;
use crate::published::{bytes, valid, wycheproof};

#[test]
fn wycheproofs_hkdf_has_the_expected_bytes() {
    wycheproof("hkdf_sha256_test.json", 3, |_, test| {
        let ours =
            bytes(&test["salt"]).is_empty() && valid(test) && test["size"].as_u64().unwrap() >= 32;
        if ours {
            // The first 32 bytes do not depend on the requested length.
            let derived = hkdf(&bytes(&test["ikm"]), &bytes(&test["info"]));
            assert_eq!(derived.as_slice(), &bytes(&test["okm"])[..32], "{test}");
        }
        ours
    });
}
