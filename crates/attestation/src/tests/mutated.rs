//! Whatever the bytes are, the answer is a verdict; and nothing that was changed is worth more than before.

use super::{NOW, android, app_attest, expected, play};
use crate::verifiers::{OBJECT_BYTES_MAX, Verifiers};
use proptest::prelude::*;
use types::{AttestationFormat, VerdictLevel};

fn verifiers() -> Verifiers {
    Verifiers {
        android_key: android::verifier().android_key,
        app_attest: app_attest::verifier().app_attest,
        play_integrity: play::verifier().play_integrity,
    }
}

fn good() -> [(AttestationFormat, Vec<u8>); 3] {
    [
        (AttestationFormat::AndroidKey, android::good()),
        (AttestationFormat::AppAttest, app_attest::good()),
        (AttestationFormat::PlayIntegrity, play::good()),
    ]
}

fn level(verifiers: &Verifiers, format: AttestationFormat, object: &[u8]) -> VerdictLevel {
    verifiers.verify(format, object, &expected(), NOW).level
}

/// Apple's receipt is not read. Everything else is signed.
#[test]
fn no_attestation_survives_the_change_of_a_byte() {
    let verifiers = verifiers();
    for (format, object) in good() {
        assert_eq!(level(&verifiers, format, &object), VerdictLevel::Hardware);
        let member = b"\x67receipt\x49a receipt";
        let length = member.len();
        let receipt = object.windows(length).position(|bytes| bytes == member);
        for index in 0..object.len() {
            if receipt.is_some_and(|start| (start..start + length).contains(&index)) {
                continue;
            }
            let mut changed = object.clone();
            changed[index] ^= 1;
            let found = level(&verifiers, format, &changed);
            assert_eq!(found, VerdictLevel::None, "{format}: byte {index}");
        }
    }
}

#[test]
fn no_attestation_survives_truncation_or_a_tail() {
    let verifiers = verifiers();
    for (format, object) in good() {
        for length in 0..object.len() {
            let found = level(&verifiers, format, &object[..length]);
            assert_eq!(found, VerdictLevel::None, "{format}: {length} bytes");
        }
        let longer = [object.as_slice(), &[0]].concat();
        assert_eq!(level(&verifiers, format, &longer), VerdictLevel::None);
        let longest = vec![0x80; OBJECT_BYTES_MAX + 1];
        let found = verifiers.verify(format, &longest, &expected(), NOW);
        assert_eq!(found.to_string(), format!("none {format} too_large"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_get_a_verdict(bytes in prop::collection::vec(any::<u8>(), 0..2048)) {
        let verifiers = verifiers();
        for format in AttestationFormat::ALL {
            prop_assert_eq!(level(&verifiers, format, &bytes), VerdictLevel::None);
        }
    }

    #[test]
    fn any_change_gets_a_verdict(
        which in 0..3_usize,
        start in any::<prop::sample::Index>(),
        removed in 0..64_usize,
        inserted in prop::collection::vec(any::<u8>(), 0..64),
    ) {
        let (format, mut object) = good()[which].clone();
        let start = start.index(object.len());
        let end = (start + removed).min(object.len());
        object.splice(start..end, inserted);
        let _verdict = verifiers().verify(format, &object, &expected(), NOW);
    }
}
