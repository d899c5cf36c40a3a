//! Each value has one encoding, and every other encoding is refused.

use proptest::prelude::*;
use protocol::cbor::{CborError, Key, Map, Value, decode, encode};
use protocol::cbor_array;

fn check(bytes: &[u8], refused: CborError) {
    assert_eq!(decode(bytes), Err(refused), "{bytes:02x?}");
}

#[test]
fn other_encodings_of_the_same_value_are_refused() {
    check(&[0x18, 0x17], CborError::NonCanonical);
    check(&[0x19, 0x00, 0xff], CborError::NonCanonical);
    check(&[0x1a, 0x00, 0x00, 0xff, 0xff], CborError::NonCanonical);
    check(
        &[0x1b, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff],
        CborError::NonCanonical,
    );
    check(&[0x38, 0x00], CborError::NonCanonical);
    check(&[0x58, 0x01, 0x00], CborError::NonCanonical);
    check(&[0x5f, 0x41, 0x00, 0xff], CborError::NonCanonical);
    check(&[0xbf, 0xff], CborError::NonCanonical);
    check(&[0xa2, 0x02, 0x00, 0x01, 0x00], CborError::NonCanonical);
    check(
        &[0xa2, 0x61, b'a', 0x00, 0x01, 0x00],
        CborError::NonCanonical,
    );
    check(&[0x1c], CborError::NonCanonical);
}

#[test]
fn types_that_are_not_used_are_refused() {
    for byte in [0xe0, 0xf3, 0xf7, 0xf8, 0xf9, 0xfa, 0xfb, 0xff, 0xc0, 0xdb] {
        check(&[byte, 0, 0, 0, 0, 0, 0, 0, 0], CborError::TypeNotUsed);
    }
    check(&[0xa1, 0x80, 0x00], CborError::TypeNotUsed);
    check(&[0xa1, 0xf5, 0x00], CborError::TypeNotUsed);
}

#[test]
fn a_head_with_a_false_count_allocates_nothing() {
    for major in [0x5b, 0x7b, 0x9b, 0xbb] {
        let mut bytes = vec![major];
        bytes.extend_from_slice(&u64::MAX.to_be_bytes());
        check(&bytes, CborError::CutShort);
    }
    check(&[], CborError::CutShort);
    check(&[0x82, 0x00], CborError::CutShort);
}

#[test]
fn the_smallest_and_largest_integers_round_trip() {
    for value in [i64::MIN, -1, 0, i64::MAX] {
        let encoded = encode(&Value::from(value));
        assert_eq!(decode(&encoded).unwrap().as_i64(), Some(value));
    }
    let below = Value::Negative(u64::MAX);
    assert_eq!(decode(&encode(&below)), Ok(below.clone()));
    assert_eq!(below.as_i64(), None);
    assert_eq!(encode(&cbor_array!["a", 1, true]), b"\x83\x61a\x01\xf5");
}

fn keys() -> impl Strategy<Value = Key> {
    prop_oneof![
        any::<u64>().prop_map(Key::Unsigned),
        any::<u64>().prop_map(Key::Negative),
        prop::collection::vec(any::<u8>(), 0..40).prop_map(Key::Bytes),
        ".{0,20}".prop_map(Key::Text),
    ]
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<u64>().prop_map(Value::Unsigned),
        any::<u64>().prop_map(Value::Negative),
        prop::collection::vec(any::<u8>(), 0..300).prop_map(Value::Bytes),
        ".{0,40}".prop_map(Value::Text),
        any::<bool>().prop_map(Value::Bool),
        Just(Value::Null),
    ];
    leaf.prop_recursive(5, 64, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Value::Array),
            prop::collection::vec((keys(), inner), 0..8)
                .prop_map(|pairs| Value::Map(Map::from_iter(pairs))),
        ]
    })
}

proptest! {
    #[test]
    fn encoded_values_decode_to_the_same_value(value in values()) {
        prop_assert_eq!(decode(&encode(&value)), Ok(value));
    }

    #[test]
    fn decoded_bytes_encode_to_the_same_bytes(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        if let Ok(value) = decode(&bytes) {
            prop_assert_eq!(encode(&value), bytes);
        }
    }

    #[test]
    fn a_damaged_encoding_is_refused_or_another_value(value in values(), at in any::<prop::sample::Index>(), bit in 0..8_u8) {
        let mut bytes = encode(&value);
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        prop_assert_ne!(decode(&bytes), Ok(value));
    }

    #[test]
    fn keys_are_sorted_as_their_encodings_are(first in keys(), second in keys()) {
        let encoded = |key: &Key| encode(&match key.clone() {
            Key::Unsigned(value) => Value::Unsigned(value),
            Key::Negative(value) => Value::Negative(value),
            Key::Bytes(bytes) => Value::Bytes(bytes),
            Key::Text(text) => Value::Text(text),
        });
        prop_assert_eq!(first.cmp(&second), encoded(&first).cmp(&encoded(&second)));
    }
}
