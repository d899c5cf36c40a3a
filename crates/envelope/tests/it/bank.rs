//! Parses the vectors' values; a small bank that can sign.

use crate::accept::{array, bytes, number};
use envelope::{Head, Purpose, Signer as _, SoftwareKey, TrustList, TrustedKey};
use protocol::{ChannelKind, Message};
use serde_json::Value as Json;
use types::{
    ChannelId, Generation, Hash, KeyEpoch, MessageKey, Nonce, Number, Position, PublicKey, Time,
};

pub(crate) fn fixed<const N: usize>(json: &Json) -> [u8; N] {
    bytes(json).try_into().unwrap()
}

pub(crate) fn channel(json: &Json) -> ChannelId {
    ChannelId::new(fixed(json))
}

pub(crate) fn hash(json: &Json) -> Hash {
    Hash::new(fixed(json))
}

pub(crate) fn nonce(json: &Json) -> Nonce {
    Nonce::new(fixed(json))
}

pub(crate) fn key(json: &Json) -> PublicKey {
    PublicKey::new(fixed(json))
}

pub(crate) fn message_key(json: &Json) -> MessageKey {
    MessageKey::new(fixed(json))
}

pub(crate) fn software_key(json: &Json) -> SoftwareKey {
    SoftwareKey::from_bytes(&fixed(json)).unwrap()
}

pub(crate) fn generation(json: &Json) -> Generation {
    Generation::new(number(json)).unwrap()
}

pub(crate) fn epoch(json: &Json) -> KeyEpoch {
    KeyEpoch::new(number(json)).unwrap()
}

pub(crate) fn time(json: &Json) -> Time {
    Time::from_ms(number(json))
}

pub(crate) fn position(of: &Json, at: &Json) -> Position {
    Position::new(generation(of), Number::new(number(at)).unwrap())
}

pub(crate) fn messages(json: &Json) -> Vec<Message> {
    array(json)
        .iter()
        .map(|message| Message::parse(bytes(message).into()).unwrap())
        .collect()
}

/// A device's head. The time is set only where messages are verified forwards.
pub(crate) fn held(json: &Json, channel: ChannelId) -> Head {
    Head {
        channel,
        generation: generation(&json["generation"]),
        number: Number::new(number(&json["number"])).unwrap(),
        hash: hash(&json["hash"]),
        time: Time::from_ms(json["time"].as_u64().unwrap_or(0)),
    }
}

pub(crate) fn head_of(input: &Json) -> Head {
    held(input, channel(&input["channel"]))
}

pub(crate) fn reading_kind(input: &Json) -> ChannelKind {
    match input["global"] == true {
        true => ChannelKind::Global,
        false => ChannelKind::Customer,
    }
}

/// The trust list of the vectors.
pub(crate) fn trust(vectors: &Json) -> TrustList {
    let list = &vectors["trust_list"];
    let roots: Vec<_> = array(&list["roots"]).iter().map(key).collect();
    TrustList::accept(
        &bytes(&list["bytes"]),
        &roots,
        None,
        time(&vectors["about"]["now"]),
    )
    .unwrap()
}

/// A test bank with one key for each purpose.
pub(crate) struct Bank {
    pub(crate) root: SoftwareKey,
    pub(crate) head: SoftwareKey,
    pub(crate) grant: SoftwareKey,
    pub(crate) announcement: SoftwareKey,
    pub(crate) device: SoftwareKey,
    pub(crate) trust: TrustList,
}

pub(crate) const FROM: Time = Time::from_ms(1_790_000_000_000);
pub(crate) const UNTIL: Time = Time::from_ms(1_797_000_000_000);

impl Bank {
    pub(crate) fn new() -> Self {
        let key = |byte: u8| SoftwareKey::from_bytes(&[byte; 32]).unwrap();
        let (root, head, grant, announcement, device) = (key(1), key(2), key(3), key(4), key(5));
        let listed = |purpose: Purpose, key: &SoftwareKey| TrustedKey {
            purpose,
            key: *key.public_key(),
            from: FROM,
            until: UNTIL,
        };
        let keys = vec![
            listed(Purpose::Head, &head),
            listed(Purpose::Grant, &grant),
            listed(Purpose::Announcement, &announcement),
            listed(Purpose::Device, &device),
            listed(Purpose::Other("later".to_owned()), &key(6)),
        ];
        let trust = TrustList::sign(1, FROM, UNTIL, keys, &root).unwrap();
        Self {
            root,
            head,
            grant,
            announcement,
            device,
            trust,
        }
    }
}
