//! `fixtures/protocol.json`: the formats, made again byte for byte and parsed again.

use crate::accept::{array, bytes, text};
use crate::golden;
use bytes::Bytes;
use protocol::cbor::{Key, Value, decode};
use protocol::http::{
    AckDurability, Challenge, ChannelGiven, CheckpointAnswer, CheckpointRequest, DeviceAttestation,
    EnrolmentAnswer, EnrolmentRequest, Finding, IssuedCode, PagesAnswer, PartsAnswer,
    PostTransaction, PostedTransaction, Problem, PublishAck, PullAnswer, Readiness, Report,
    Revoked, SignedSnapshot, SnapshotAnswer, SnapshotRequest, TrustAnswer,
};
use protocol::live::{Asked, Frame, KEEP_ALIVE, StreamParser};
use protocol::{
    Base64UrlBytes, Body, Booking, ChannelKind, CloudEvent, Entry, EntryKind, Event, Message,
    MessageKind, Rekey,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map as JsonMap, Value as Json, json};
use types::{
    AccountKind, BalanceType, Balances, ChannelId, DeviceId, ErrorCode, Generation, Hash,
    Incarnation, KeyEpoch, Money, Nonce, Number, Position, PublicKey, Role, Sequence, SnapshotId,
    Time, hex,
};

const TIME: Time = Time::from_ms(1_790_000_000_000);
const CHANNEL: ChannelId = ChannelId::new([0xc1; 16]);
const GLOBAL: ChannelId = ChannelId::new([0xc2; 16]);

fn device() -> DeviceId {
    DeviceId::at(TIME, [0xd1; 10])
}

fn number(value: u64) -> Number {
    Number::new(value).unwrap()
}

fn at(value: u64) -> Position {
    Position::new(Generation::FIRST, number(value))
}

fn czk(minor_units: i64) -> Money {
    Money::new(minor_units, "CZK".parse().unwrap())
}

fn entries() -> Vec<Entry> {
    let id = |name: &str| format!("fixture {name}").parse().unwrap();
    let sequence = |value| Sequence::new(value).unwrap();
    let account = || "576".parse().unwrap();
    let balances = |booked| {
        Balances::from([
            (BalanceType::Booked, czk(booked)),
            (BalanceType::Available, czk(booked + 10_000)),
        ])
    };
    let booking = Booking {
        transaction: "171812".parse().unwrap(),
        number: 1,
        date: "1993-01-11".parse().unwrap(),
        amount: czk(-90_000),
        operation: "remittance_to_another_bank".to_owned(),
        purpose: Some("household".to_owned()),
        counterparty_bank: Some("QR".to_owned()),
        counterparty_account: Some("62457513".to_owned()),
        order: None,
        bank_reference: None,
    };
    let later = Entry {
        fallback: Some("Úrok připsán".to_owned()),
        language: Some("cs".to_owned()),
        other: [(Key::Unsigned(99), Value::from("kept"))].into(),
        ..Entry::of_subject(
            id("later"),
            EntryKind::Other("interest.credited".to_owned()),
            "576".parse().unwrap(),
            sequence(4),
            TIME,
        )
    };
    vec![
        Entry::account_opened(
            id("opened"),
            account(),
            sequence(1),
            TIME,
            (&AccountKind::Current, "Household", czk(0).currency()),
            balances(0),
        ),
        Entry::holder_added(
            id("holder"),
            account(),
            sequence(2),
            TIME,
            &"692".parse().unwrap(),
            &Role::Authorised,
        ),
        Entry::booked(
            id("booked"),
            account(),
            sequence(3),
            TIME,
            booking,
            balances(-90_000),
        ),
        Entry::device_added(id("device"), TIME, device()),
        later,
    ]
}

/// What an order leaves: the outcome, of the customer, and the booked entry of the customer who ordered.
fn order_entries() -> [Entry; 2] {
    let sequence = |value| Sequence::new(value).unwrap();
    let order = "01a0c450-6fe8-74e2-9e25-541f3e5ed89d";
    let arguments = [
        ("intent", order),
        ("kind", "transfer"),
        ("bank_reference", "R-1"),
        ("date", "1993-01-11"),
    ];
    let arguments = arguments.map(|(name, text)| (Key::from(name), Value::from(text)));
    let mut booked = entries().swap_remove(2);
    let booking = booked.booking.as_mut().unwrap();
    booking.order = Some(order.to_owned());
    booking.bank_reference = Some("R-1".to_owned());
    let executed = Entry::of_customer(
        "fixture executed".parse().unwrap(),
        EntryKind::OrderExecuted,
        &"692".parse().unwrap(),
        sequence(2),
        TIME,
        arguments.into(),
    );
    [executed, booked]
}

/// An entry's map in the form of the acceptance vectors: integer keys as decimals.
fn show(value: &Value) -> Json {
    match value {
        Value::Unsigned(value) => json!(value),
        Value::Negative(_) => json!(value.as_i64().unwrap()),
        Value::Text(text) => json!(text),
        Value::Array(values) => values.iter().map(show).collect(),
        Value::Map(map) => Json::Object(map.iter().map(shown).collect::<JsonMap<_, _>>()),
        Value::Bool(value) => json!(value),
        Value::Null => Json::Null,
        Value::Bytes(_) => panic!("an entry has no byte strings"),
    }
}

fn shown((key, value): (&Key, &Value)) -> (String, Json) {
    let key = match key {
        Key::Unsigned(key) => key.to_string(),
        Key::Text(key) => key.clone(),
        key => panic!("an entry has no key {key:?}"),
    };
    (key, show(value))
}

fn entry_json(entry: &Entry) -> Json {
    let encoded = entry.encode();
    json!({"map": show(&decode(&encoded).unwrap()), "cbor": hex::encode(&encoded)})
}

fn messages() -> Vec<Message> {
    let message = |kind, expires, body| Message {
        number: number(24),
        kind,
        time: TIME,
        expires,
        body,
        signature: Bytes::from_static(&[0x51; 80]),
    };
    let body = || Body::Bytes(Bytes::from_static(&[0xb0; 24]));
    let expires = Some(TIME.plus_ms(1));
    vec![
        message(MessageKind::Entry, None, body()),
        message(MessageKind::Rekey, None, body()),
        message(MessageKind::Announcement, expires, body()),
        message(
            MessageKind::Entry,
            expires,
            Body::Hole(Hash::new([0xb1; 32])),
        ),
    ]
}

fn live() -> (Asked, Vec<Frame>, String) {
    let asked = Asked::new(vec![(CHANNEL, at(23)), (GLOBAL, at(0))]).unwrap();
    let generation = Generation::FIRST;
    let frames = vec![
        Frame::Message {
            channel: CHANNEL,
            generation,
            message: messages()[0].encode().into(),
        },
        Frame::Position {
            channel: CHANNEL,
            generation,
            number: number(24),
        },
        Frame::Ahead {
            channel: GLOBAL,
            generation,
            newest: number(0),
        },
        Frame::Trimmed {
            channel: GLOBAL,
            generation,
            oldest: number(7),
        },
        Frame::Generation {
            channel: GLOBAL,
            generation: generation.next(),
        },
        Frame::Expiring { seconds: 60 },
    ];
    let mut after = asked.clone();
    after.advance(&CHANNEL, at(24));
    let mut stream = KEEP_ALIVE.to_owned();
    for frame in &frames {
        frame.write(&after, &mut stream);
    }
    (asked, frames, stream)
}

fn pulls() -> Vec<PullAnswer> {
    let generation = Generation::FIRST;
    vec![
        PullAnswer::Messages {
            generation,
            newest: number(24),
            messages: vec![messages()[0].encode().into()],
        },
        PullAnswer::Ahead {
            generation,
            newest: number(24),
        },
        PullAnswer::Trimmed {
            generation,
            oldest: number(7),
        },
        PullAnswer::Generation { generation },
    ]
}

/// A body's JSON. It must parse back to the same body.
fn body<T: Serialize + DeserializeOwned>(body: &T) -> Json {
    let json = serde_json::to_value(body).unwrap();
    let read: T = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(serde_json::to_value(read).unwrap(), json);
    json
}

fn bodies() -> Json {
    let some = |byte| Base64UrlBytes(vec![byte; 4]);
    let (nonce, hash) = (Nonce::new([1; 16]), Hash::new([2; 32]));
    let (epoch, trust_version) = (Some(KeyEpoch::FIRST), Some(3));
    let signed = |byte, before: Option<Hash>| SignedSnapshot {
        id: SnapshotId::new([byte; 16]),
        snapshot: some(byte),
        message: before.map(|_| some(19)),
        before,
        parts: vec![some(20)],
    };
    let mut point = [5; 65];
    point[0] = 4;
    let key = PublicKey::new(point);
    json!({
        "problem": body(
            &Problem::new(ErrorCode::NumberNotNext)
                .with_detail("25 was expected")
                .with_newest(at(24), hash)
        ),
        "readiness": body(&Readiness { ready: true }),
        "trust": body(&TrustAnswer { trust: some(6), roots: vec![key], public_url: "https://bank.example".to_owned() }),
        "publish_ack": body(&PublishAck { position: at(24), durability: AckDurability::Fsync }),
        "challenge": body(&Challenge { nonce, ephemeral: key }),
        "enrolment_request": body(&EnrolmentRequest {
            session: some(7),
            approval: some(8),
            mac: some(9),
            code: "7K3M9QX2VB5TZD1H".to_owned(),
            attestation: Some(DeviceAttestation {
                format: "android_key".to_owned(),
                nonce,
                object: some(37),
            }),
        }),
        "enrolment_answer": body(&EnrolmentAnswer {
            device: device(),
            channel_token: "header.payload.signature".to_owned(),
            channels: vec![ChannelGiven {
                channel: CHANNEL,
                kind: ChannelKind::Customer,
                generation: Generation::FIRST,
            }],
            grant: some(10),
            trust: some(11),
            snapshot: signed(12, None),
            verdict: Some("hardware android_key strongbox".to_owned()),
        }),
        "checkpoint_request": body(&CheckpointRequest { nonce, epoch, trust_version }),
        "checkpoint_answer": body(&CheckpointAnswer {
            checkpoint: some(13),
            grant: None,
            trust: Some(some(14)),
        }),
        "snapshot_request": body(&SnapshotRequest { nonce, epoch, trust_version }),
        "snapshot_answer": body(&SnapshotAnswer {
            snapshot: signed(15, Some(hash)),
            grant: Some(some(16)),
            trust: None,
        }),
        "parts": body(&PartsAnswer { parts: vec![some(20), some(21)] }),
        "pages": body(&PagesAnswer { pages: vec![some(17), some(22)] }),
        "report": body(&Report {
            finding: Finding::Contradicted,
            reason: None,
            generation: Generation::FIRST,
            number: number(24),
            hash,
            time: TIME,
            signature: Some(some(18)),
        }),
        "post_transaction": body(&PostTransaction {
            transaction: "171812".parse().unwrap(),
            account: "576".parse().unwrap(),
            amount: czk(-90_000),
            operation: "remittance_to_another_bank".to_owned(),
            date: Some("1993-01-11".parse().unwrap()),
            purpose: None,
            counterparty_bank: None,
            counterparty_account: None,
        }),
        "posted_transaction": body(&PostedTransaction {
            transaction: "171812".parse().unwrap(),
            account: "576".parse().unwrap(),
            number: 1,
            sequence: Sequence::new(3).unwrap(),
            balance: Some(czk(-90_000)),
        }),
        "issued_code": body(&IssuedCode {
            customer: "692".parse().unwrap(),
            code: "7K3M9QX2VB5TZD1H".to_owned(),
            root: "0123456789ABCDEFGHJKMNPQRS".to_owned(),
            expires: TIME,
        }),
        "revoked": body(&Revoked { device: device(), revocation: 9 }),
    })
}

fn make() -> Json {
    let (asked, _, stream) = live();
    let event = Event {
        entry: entries().swap_remove(2),
        holders: vec![
            ("692".parse().unwrap(), Role::Owner),
            ("693".parse().unwrap(), Role::Authorised),
        ],
        incarnation: Some(Incarnation::new([0x41; 16])),
        ordered_by: None,
    };
    let [_, booked] = order_entries();
    let ordered_event = Event {
        entry: booked,
        ordered_by: Some("692".parse().unwrap()),
        ..event.clone()
    };
    let cloud_event = CloudEvent {
        id: event.entry.id.clone(),
        source: "/core-bank".to_owned(),
        subject: hex::encode(&[0x5b; 16]).parse().unwrap(),
        sequence: event.subject().unwrap().1,
        data: vec![0xfb, 0xff, 0xfe],
    };
    let grants = [[0x61; 8], [0x62; 8]].map(|grant| grant.to_vec()).to_vec();
    let rekey = Rekey {
        epoch: KeyEpoch::FIRST.next(),
        grants,
    };
    json!({
        "entries": entries().iter().map(entry_json).collect::<Vec<_>>(),
        "event": hex::encode(&event.encode()),
        "order_entries": order_entries().iter().map(entry_json).collect::<Vec<_>>(),
        "ordered_event": hex::encode(&ordered_event.encode()),
        "cloud_event": serde_json::from_slice::<Json>(&cloud_event.to_json().unwrap()).unwrap(),
        "messages": messages().iter().map(|message| hex::encode(&message.encode())).collect::<Vec<_>>(),
        "rekey": hex::encode(&rekey.encode().unwrap()),
        "live": {"after": asked.to_string(), "stream": stream},
        "pull": pulls()
            .iter()
            .map(|answer| json!({"json": answer, "cbor": hex::encode(&answer.to_cbor())}))
            .collect::<Vec<_>>(),
        "bodies": bodies(),
    })
}

#[test]
fn the_formats_have_not_changed() {
    let file = golden::check("protocol", |_| make());
    for (case, entry) in array(&file["entries"]).iter().zip(entries()) {
        assert_eq!(Entry::parse(&bytes(&case["cbor"])), Ok(entry));
    }
    let event = Event::parse(&bytes(&file["event"])).unwrap();
    assert_eq!(event.encode(), bytes(&file["event"]));
    assert_eq!(event.entry, entries()[2]);
    for (case, entry) in array(&file["order_entries"]).iter().zip(order_entries()) {
        assert_eq!(Entry::parse(&bytes(&case["cbor"])), Ok(entry));
    }
    let ordered = Event::parse(&bytes(&file["ordered_event"])).unwrap();
    assert_eq!(ordered.encode(), bytes(&file["ordered_event"]));
    assert_eq!(ordered.entry, order_entries()[1]);
    let cloud_event = CloudEvent::parse(file["cloud_event"].to_string().as_bytes()).unwrap();
    assert_eq!(cloud_event.id, event.entry.id);
    for (case, message) in array(&file["messages"]).iter().zip(messages()) {
        assert_eq!(Message::parse(bytes(case).into()), Ok(message));
    }
    let rekey = Rekey::parse(&bytes(&file["rekey"])).unwrap();
    assert_eq!(rekey.encode().unwrap(), bytes(&file["rekey"]));
    for (case, answer) in array(&file["pull"]).iter().zip(pulls()) {
        assert_eq!(
            PullAnswer::parse_cbor(&bytes(&case["cbor"])).as_ref(),
            Ok(&answer)
        );
        assert_eq!(
            serde_json::from_value::<PullAnswer>(case["json"].clone()).unwrap(),
            answer
        );
    }
    let asked: Asked = text(&file["live"]["after"]).parse().unwrap();
    let read = StreamParser::new(asked)
        .push(text(&file["live"]["stream"]).as_bytes())
        .unwrap();
    assert!(read.iter().all(|frame| frame.at.id() == "1.24,1.0"));
    let read: Vec<_> = read.into_iter().map(|frame| frame.frame).collect();
    assert_eq!(read, live().1);
}
