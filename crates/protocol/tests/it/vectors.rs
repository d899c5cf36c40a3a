//! The acceptance vectors of the codecs.

use crate::accept::{array, bytes, join, number, run_groups, run_negative, text, to_cbor};
use bytes::Bytes;
use protocol::cbor::{self, FromValue as _, Value};
use protocol::live::{Asked, Frame, StreamParser};
use protocol::{Entry, Message, Rekey};
use serde_json::Value as Json;
use types::{ChannelId, Generation, Money, Position};

#[test]
fn every_group_has_the_expected_bytes() {
    run_groups(
        "protocol",
        &[
            ("cbor", check_cbor),
            ("money", check_money),
            ("entries", check_entries),
            ("live", check_live),
        ],
    );
}

fn check_cbor(vectors: &Json) {
    for case in array(&vectors["cbor"]) {
        let value = to_cbor(&case["json"]);
        assert_eq!(cbor::encode(&value), bytes(&case["cbor"]), "{case}");
        assert_eq!(cbor::decode(&bytes(&case["cbor"])), Ok(value), "{case}");
    }
}

fn check_money(vectors: &Json) {
    for case in array(&vectors["money"]) {
        let encoded = bytes(&case["cbor"]);
        let money = Money::from_value(cbor::decode(&encoded).unwrap()).unwrap();
        assert_eq!(cbor::encode(&Value::from(money)), encoded);
        if case["json"].is_null() {
            assert!(serde_json::to_value(money).is_err(), "{case}");
        } else {
            assert_eq!(serde_json::to_value(money).unwrap(), case["json"]);
            assert_eq!(
                serde_json::from_value::<Money>(case["json"].clone()).unwrap(),
                money
            );
        }
    }
}

fn check_entries(vectors: &Json) {
    for case in array(&vectors["entries"]) {
        let encoded = bytes(&case["cbor"]);
        assert_eq!(cbor::encode(&to_cbor(&case["map"])), encoded, "{case}");
        let entry = Entry::parse(&encoded).unwrap();
        assert_eq!(entry.encode(), encoded, "{case}");
        assert_eq!(entry.kind.as_str(), text(&case["map"]["1"]));
        assert_eq!(entry.booking.is_some(), !case["map"]["20"].is_null());
    }
}

fn check_live(vectors: &Json) {
    let live = &vectors["live"];
    let asked: Asked = text(&live["after"]).parse().unwrap();
    assert_eq!(asked.to_string(), text(&live["after"]));
    let expected = array(&live["asked"]).iter().map(|asked| {
        let generation = Generation::new(number(&asked["generation"])).unwrap();
        let number = number(&asked["number"]).try_into().unwrap();
        (
            channel(&asked["channel"]),
            Position::new(generation, number),
        )
    });
    assert_eq!(asked.positions(), expected.collect::<Vec<_>>());

    // The parser must return the same frames however the network splits the stream.
    let stream = text(&live["stream"]).as_bytes();
    for piece in [1, 2, 3, 7, 64, stream.len()] {
        let mut parser = StreamParser::new(asked.clone());
        let mut frames = Vec::new();
        for bytes in stream.chunks(piece) {
            frames.extend(parser.push(bytes).unwrap());
        }
        assert_eq!(frames.len(), array(&live["frames"]).len());
        for (frame, expected) in frames.iter().zip(array(&live["frames"])) {
            assert_eq!(frame.frame.event(), text(&expected["event"]));
            assert_eq!(frame.at.id(), text(&expected["id"]));
            check_frame(&frame.frame, expected);
            let mut written = String::new();
            frame.frame.write(&frame.at, &mut written);
            let line = format!("\ndata: {}\n\n", text(&expected["data"]));
            assert!(written.ends_with(&line), "{written}");
        }
    }
}

fn check_frame(frame: &Frame, expected: &Json) {
    if let Frame::Message {
        channel: of,
        generation,
        message,
    } = frame
    {
        assert_eq!(*of, channel(&expected["channel"]));
        assert_eq!(generation.get(), number(&expected["generation"]));
        assert_eq!(message.as_ref(), bytes(&expected["message"]));
    } else {
        let data: Json = serde_json::from_str(text(&expected["data"])).unwrap();
        assert_eq!(data, expected["json"]);
    }
}

fn channel(json: &Json) -> ChannelId {
    ChannelId::try_from(bytes(json).as_slice()).unwrap()
}

#[test]
fn every_negative_case_is_refused_with_its_reason() {
    run_negative("protocol", |_, operation, input| attempt(operation, input));
}

fn attempt(operation: &str, input: &Json) -> Option<&'static str> {
    match operation {
        "decode" => cbor::decode(&bytes(&input["cbor"]))
            .err()
            .map(|error| error.reason()),
        "parse_entry" => Entry::parse(&bytes(&input["entry"]))
            .err()
            .map(|error| error.reason()),
        "parse_message" => {
            let message = if input["message"].is_null() {
                join(&input["message_pieces"])
            } else {
                bytes(&input["message"])
            };
            Message::parse(Bytes::from(message))
                .err()
                .map(|error| error.reason())
        }
        "parse_rekey" => Rekey::parse(&join(&input["body_pieces"]))
            .err()
            .map(|error| error.reason()),
        "money_to_json" => {
            let money = Money::from_value(cbor::decode(&bytes(&input["money"])).unwrap()).unwrap();
            money_out_of_range(serde_json::to_string(&money).err()?)
        }
        "money_from_json" => {
            money_out_of_range(serde_json::from_str::<Money>(text(&input["json"])).err()?)
        }
        "after" => text(&input["after"])
            .parse::<Asked>()
            .err()
            .map(|error| error.reason()),
        "frame" => {
            let mut parser = StreamParser::new(text(&input["after"]).parse().unwrap());
            parser
                .push(text(&input["stream"]).as_bytes())
                .err()
                .map(|error| error.reason())
        }
        operation => panic!("{operation} does not belong to this crate"),
    }
}

fn money_out_of_range(refused: serde_json::Error) -> Option<&'static str> {
    let beyond = types::MoneyError::BeyondJson.to_string();
    refused
        .to_string()
        .contains(&beyond)
        .then_some("money_out_of_range")
}
