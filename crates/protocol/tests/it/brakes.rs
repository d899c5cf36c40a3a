//! `fixtures/brakes.json`: the entries and the bodies of the customer's own brakes, made again byte for byte.

use crate::accept::{array, bytes};
use crate::golden;
use protocol::cbor::{Key, Value};
use protocol::http::{KindLimits, OrderLimits, OwnBrake, SetBrake};
use protocol::{BrakeChange, BrakeStep, Entry};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};
use types::{Currency, DeviceId, Money, Time, hex};

const TIME: Time = Time::from_ms(1_790_000_000_000);

fn czk(minor_units: i64) -> Money {
    Money::new(minor_units, Currency::CZK)
}

fn changes() -> [BrakeChange; 4] {
    let change = |brake: &str, step, limit: Option<i64>, from| BrakeChange {
        brake: brake.to_owned(),
        step,
        limit: limit.map(czk),
        from,
        device: DeviceId::at(TIME, [0xd1; 10]),
    };
    let from = Some(TIME.plus_ms(43_200_000));
    [
        change("day", BrakeStep::Set, Some(50_000), None),
        change("day", BrakeStep::Loosens, Some(90_000), from),
        change("day", BrakeStep::Kept, None, None),
        change("account:576", BrakeStep::Loosens, None, from),
    ]
}

fn entries() -> [Entry; 4] {
    let entry = |change| Entry::of_brake("brake.changed/1".parse().unwrap(), TIME, change);
    changes().each_ref().map(entry)
}

/// The bank raised the limit of the day.
fn raised() -> Entry {
    let until = TIME.plus_ms(86_400_000);
    let id = "limit.raised/1".parse().unwrap();
    Entry::limit_raised(id, TIME, (czk(50_000_000), until))
}

fn body<T: Serialize + DeserializeOwned + PartialEq>(body: &T) -> Json {
    let json = serde_json::to_value(body).unwrap();
    let read: T = serde_json::from_value(json.clone()).unwrap();
    assert!(read == *body, "{json}");
    json
}

fn bodies() -> Json {
    let freeze = |brake: &str| SetBrake {
        brake: brake.to_owned(),
        limit: None,
        ends: false,
    };
    let own = |brake: &str| OwnBrake {
        brake: brake.to_owned(),
        limit: None,
        banks: None,
        since: TIME,
        loosens: None,
        then: None,
    };
    json!({
        "freeze": body(&freeze("account:576")),
        "limit": body(&SetBrake { limit: Some(czk(50_000)), ..freeze("day") }),
        "end": body(&SetBrake { ends: true, ..freeze("new_payees") }),
        "limits": body(&OrderLimits {
            day: czk(50_000),
            day_left: czk(20_000),
            new_payee: czk(5_000_000),
            new_device_left: None,
            new_device_until: None,
            cooling_off_ms: 43_200_000,
            kinds: vec![KindLimits {
                kind: "transfer".to_owned(),
                order: Some(czk(10_000)),
                day: None,
                day_left: None,
            }],
            approve_again_above: None,
            login_above: None,
            brakes: vec![
                own("account:576"),
                OwnBrake {
                    limit: Some(czk(50_000)),
                    banks: Some(czk(20_000_000)),
                    loosens: Some(TIME.plus_ms(43_200_000)),
                    then: Some(czk(90_000)),
                    ..own("day")
                },
                OwnBrake {
                    limit: Some(czk(10_000)),
                    loosens: Some(TIME.plus_ms(43_200_000)),
                    ..own("transfer.order")
                },
            ],
        }),
    })
}

#[test]
fn the_formats_have_not_changed() {
    let file = golden::check("brakes", |_| {
        let entries = entries().map(|entry| hex::encode(&entry.encode()));
        let raised = hex::encode(&raised().encode());
        json!({ "entries": entries, "raised": raised, "bodies": bodies() })
    });
    assert_eq!(Entry::parse(&bytes(&file["raised"])).unwrap(), raised());
    for ((case, entry), change) in array(&file["entries"]).iter().zip(entries()).zip(changes()) {
        let read = Entry::parse(&bytes(case)).unwrap();
        assert_eq!(read, entry);
        assert_eq!(BrakeChange::of_arguments(&read.arguments), Some(change));
    }
}

#[test]
fn a_change_of_a_later_version_is_not_misread() {
    let [change, ..] = changes();
    let whole = change.arguments();
    for (name, value) in [
        ("change", "bent"),
        ("limit", "5"),
        ("from", "now"),
        ("device", "1"),
    ] {
        let mut other = whole.clone();
        other.insert(Key::from(name), Value::from(value));
        assert_eq!(BrakeChange::of_arguments(&other), None, "{name}");
    }
    for name in ["brake", "change", "device"] {
        let mut other = whole.clone();
        other.remove(&Key::from(name));
        assert_eq!(BrakeChange::of_arguments(&other), None, "{name}");
    }
}

#[test]
fn a_request_has_no_other_members() {
    for other in [
        r#"{"brake": "day", "frozen": true}"#,
        r#"{"limit": {"minor_units": 1, "currency": "CZK"}}"#,
        r#"{"brake": "day", "ends": 1}"#,
    ] {
        assert!(serde_json::from_str::<SetBrake>(other).is_err(), "{other}");
    }
}
