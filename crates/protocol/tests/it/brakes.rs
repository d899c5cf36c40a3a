//! `fixtures/brakes.json`: the bodies of the customer's own brakes, made again byte for byte.

use crate::golden;
use protocol::http::{KindLimits, OrderLimits, OwnBrake, SetBrake};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};
use types::{Currency, Money, Time};

const TIME: Time = Time::from_ms(1_790_000_000_000);

fn czk(minor_units: i64) -> Money {
    Money::new(minor_units, Currency::CZK)
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
    golden::check("brakes", |_| json!({ "bodies": bodies() }));
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
