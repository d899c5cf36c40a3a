//! Messages and rekeys.

use bytes::Bytes;
use proptest::prelude::*;
use protocol::{
    Body, MESSAGE_BYTES_MAX, Message, MessageKind, ParseError, REKEY_GRANTS_MAX, Rekey,
};
use types::{Hash, KeyEpoch, Number, Time};

fn message(number: u64, kind: MessageKind, time: u64, expires: Option<u64>, body: Body) -> Message {
    Message {
        number: Number::new(number).unwrap(),
        kind,
        time: Time::from_ms(time),
        expires: expires.map(Time::from_ms),
        body,
        signature: Bytes::from_static(b"signature"),
    }
}

fn kinds() -> impl Strategy<Value = MessageKind> {
    prop_oneof![
        Just(MessageKind::Entry),
        Just(MessageKind::Rekey),
        Just(MessageKind::Announcement)
    ]
}

fn bodies() -> impl Strategy<Value = Body> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..2000).prop_map(|bytes| Body::Bytes(bytes.into())),
        any::<[u8; 32]>().prop_map(|hash| Body::Hole(Hash::new(hash))),
    ]
}

proptest! {
    #[test]
    fn a_message_round_trips(
        number in 1..i64::MAX.unsigned_abs(),
        kind in kinds(),
        time in any::<u64>(),
        expires in any::<Option<u64>>(),
        body in bodies(),
    ) {
        let message = message(number, kind, time, expires, body);
        let bytes = Bytes::from(message.encode());
        prop_assert_eq!(Message::parse(bytes.clone()), Ok(message));
        let mut longer = bytes.to_vec();
        longer.push(0);
        prop_assert!(Message::parse(longer.into()).is_err());
        prop_assert!(Message::parse(bytes.slice(..bytes.len() - 1)).is_err());
    }

    #[test]
    fn anything_else_is_refused_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(message) = Message::parse(Bytes::from(bytes.clone())) {
            prop_assert_eq!(message.encode(), bytes.clone());
        }
        if let Ok(rekey) = Rekey::parse(&bytes) {
            prop_assert_eq!(rekey.encode().unwrap(), bytes);
        }
    }
}

#[test]
fn body_and_signature_share_the_memory_of_the_input() {
    let bytes = Bytes::from(
        message(
            1,
            MessageKind::Entry,
            1,
            None,
            Body::Bytes(Bytes::from_static(b"body")),
        )
        .encode(),
    );
    let parsed = Message::parse(bytes.clone()).unwrap();
    let range = bytes.as_ptr_range();
    assert!(range.contains(&parsed.body.bytes().unwrap().as_ptr()));
    assert!(range.contains(&parsed.signature.as_ptr()));
}

#[test]
fn sixty_four_kibibytes_are_read_and_not_one_more() {
    let fits = |body: usize| {
        let message = message(
            1,
            MessageKind::Entry,
            1,
            None,
            Body::Bytes(vec![0; body].into()),
        );
        let bytes = message.encode();
        (bytes.len(), Message::parse(bytes.into()).err())
    };
    let overhead = fits(60_000).0 - 60_000;
    assert_eq!(
        fits(MESSAGE_BYTES_MAX - overhead),
        (MESSAGE_BYTES_MAX, None)
    );
    assert_eq!(
        fits(MESSAGE_BYTES_MAX - overhead + 1),
        (MESSAGE_BYTES_MAX + 1, Some(ParseError::TooLong))
    );
}

#[test]
fn a_rekey_has_at_most_64_grants() {
    let rekey = |grants| Rekey {
        epoch: KeyEpoch::FIRST,
        grants: vec![vec![1, 2, 3]; grants],
    };
    let full = rekey(REKEY_GRANTS_MAX);
    assert_eq!(Rekey::parse(&full.encode().unwrap()), Ok(full));
    assert_eq!(
        rekey(REKEY_GRANTS_MAX + 1).encode(),
        Err(ParseError::TooManyGrants)
    );
}
