//! A message's link, its hash, and the head that the bank signs.

use crate::example::Example;
use crate::fixed::{CHANNEL, EPOCH, message_key};
use envelope::{Head, link_hash, seal_entry};
use protocol::cbor::Value;
use protocol::{Body, Entry, Message, MessageKind, cbor, cbor_array};
use types::{Hash, Position};

/// The message after `before`, with `entry` sealed under `iv` as its body. The signature is still missing.
pub(crate) fn next(before: &Head, entry: &Entry, iv: [u8; 12]) -> Message {
    let at = Position::new(before.generation, before.number.next());
    let body = seal_entry((&message_key(), EPOCH), CHANNEL, at, &iv, &entry.encode()).unwrap();
    Message {
        number: at.number,
        kind: MessageKind::Entry,
        time: entry.time,
        expires: None,
        body: Body::Bytes(body.into()),
        signature: bytes::Bytes::new(),
    }
}

/// Signs the message after `before`, and returns the head that it makes. The names of the values end with the message's
/// number.
pub(crate) fn sign(example: &mut Example, before: &Head, message: &mut Message) -> Head {
    let head = before.after(message);
    let link = cbor_array![
        "passbook link",
        1,
        before.hash,
        message.number,
        message.kind.number(),
        message.time,
        Value::Null,
        message.body.hash(),
    ];
    let link = cbor::encode(&link);
    assert_eq!(Hash::of(&link), link_hash(&before.hash, message));
    let number = message.number.get();
    example.cbor(&format!("link{number}"), &link);
    example.hex(&format!("h{number}"), head.hash.as_bytes());
    let payload = head.payload();
    example.cbor(&format!("head{number}"), &payload);
    let signature = example.detached(&format!("head{number}_sign1"), "head", &payload);
    message.signature = signature.into();
    head
}
