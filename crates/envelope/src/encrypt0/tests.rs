//! The cipher and its authenticated data, against published vectors.

use super::{decrypt0, enc_structure, encrypt0, open_in_place};
use crate::OpenError;
use crate::published::{bytes, valid, vectors, wycheproof};
use proptest::prelude::*;
use protocol::cbor::{Key, Value, decode};
use types::KeyEpoch;

#[test]
fn wycheproofs_chacha20_poly1305_opens_or_is_refused() {
    wycheproof("chacha20_poly1305_test.json", 300, |_, test| {
        let (Ok(key), Ok(iv)) = (
            bytes(&test["key"]).try_into(),
            bytes(&test["iv"]).try_into(),
        ) else {
            assert!(!valid(test), "{test}");
            return false;
        };
        let mut buffer = [bytes(&test["ct"]), bytes(&test["tag"])].concat();
        let opened = open_in_place(&key, &iv, &bytes(&test["aad"]), &mut buffer);
        assert_eq!(opened.is_ok(), valid(test), "{test}");
        assert!(opened.is_err() || buffer == bytes(&test["msg"]), "{test}");
        true
    });
}

#[test]
fn coses_example_opens() {
    let example = vectors("cose/chacha-poly-enc-01.json");
    let cbor = bytes(&example["output"]["cbor"]);
    let Ok(Value::Array(fields)) = decode(&cbor[1..]) else {
        panic!("an array")
    };
    // The example's `AAD_hex` has `Encrypt1`, from an earlier draft; its ciphertext uses RFC 9052's `Encrypt0`.
    let authenticated = enc_structure(fields[0].as_bytes().unwrap(), &[]);
    let iv = fields[1].as_map().unwrap()[&Key::Unsigned(5)]
        .as_bytes()
        .unwrap()
        .try_into()
        .unwrap();
    let key = bytes(&example["intermediates"]["CEK_hex"])
        .try_into()
        .unwrap();
    let mut buffer = fields[2].as_bytes().unwrap().to_vec();
    open_in_place(&key, iv, &authenticated, &mut buffer).unwrap();
    assert_eq!(
        buffer,
        example["input"]["plaintext"].as_str().unwrap().as_bytes()
    );
    assert!(
        decrypt0(&key, KeyEpoch::FIRST, &[], &cbor[1..]).is_err(),
        "a header without the key epoch is refused"
    );
}

proptest! {
    #[test]
    fn sealed_data_opens_only_with_its_own_key_epoch_and_aad(
        key in any::<[u8; 32]>(),
        iv in any::<[u8; 12]>(),
        epoch in 1..=u64::from(u32::MAX) - 1,
        aad in prop::collection::vec(any::<u8>(), 0..40),
        payload in prop::collection::vec(any::<u8>(), 0..3000),
        at in any::<prop::sample::Index>(),
        bit in 0..8_u8,
    ) {
        let epoch = KeyEpoch::new(epoch).unwrap();
        let sealed = encrypt0(&key, epoch, &iv, &aad, &payload).unwrap();
        prop_assert_eq!(&**decrypt0(&key, epoch, &aad, &sealed).unwrap(), &payload[..]);
        prop_assert_eq!(decrypt0(&key, epoch.next(), &aad, &sealed), Err(OpenError::AnotherEpoch));
        let elsewhere = [aad.as_slice(), &[0]].concat();
        prop_assert_eq!(decrypt0(&key, epoch, &elsewhere, &sealed), Err(OpenError::DoesNotOpen));
        let mut damaged = sealed;
        let at = at.index(damaged.len());
        damaged[at] ^= 1 << bit;
        prop_assert!(decrypt0(&key, epoch, &aad, &damaged).is_err());
    }
}
