//! CloudEvents as structured JSON.

use protocol::{BlindSubject, CloudEvent};
use serde_json::{Value as Json, json};
use types::Sequence;

fn attributes() -> Json {
    json!({
        "specversion": "1.0",
        "id": "01a0c450-6fe8-74e2-9e25-541f3e5ed89d",
        "source": "/core-bank",
        "type": "passbook.event",
        "subject": "94a3fce2912fdc7ec90969f887e7df0e",
        "sequence": "00000000000000000001",
        "data_base64": "+/8=",
    })
}

#[test]
fn it_round_trips() {
    let event = CloudEvent {
        id: "01a0c450-6fe8-74e2-9e25-541f3e5ed89d".parse().unwrap(),
        source: "/core-bank".to_owned(),
        subject: "94a3fce2912fdc7ec90969f887e7df0e"
            .parse::<BlindSubject>()
            .unwrap(),
        sequence: Sequence::FIRST,
        data: vec![0xfb, 0xff],
    };
    let json = event.to_json().unwrap();
    assert_eq!(serde_json::from_slice::<Json>(&json).unwrap(), attributes());
    assert_eq!(CloudEvent::parse(&json).unwrap(), event);
}

fn check(attribute: &str, value: Json, reason: &str) {
    let mut json = attributes();
    json[attribute] = value;
    let refused = CloudEvent::parse(json.to_string().as_bytes()).unwrap_err();
    assert_eq!(refused.reason(), reason, "{attribute}");
}

#[test]
fn an_attribute_in_another_form_is_refused() {
    check("specversion", json!("0.3"), "wrong_shape");
    check("id", json!(""), "wrong_shape");
    check("source", json!(""), "wrong_shape");
    check("type", json!("booked"), "another_type");
    check(
        "subject",
        json!("94A3FCE2912FDC7EC90969F887E7DF0E"),
        "wrong_shape",
    );
    check("subject", json!("94a3"), "wrong_shape");
    check("sequence", json!("1"), "wrong_shape");
    check("sequence", json!("00000000000000000000"), "wrong_shape");
    check("sequence", json!("+0000000000000000001"), "wrong_shape");
    check("data_base64", json!("-_8"), "wrong_shape");
    check("data_base64", json!("+/8"), "wrong_shape");
    check("data_base64", json!("+/9="), "wrong_shape");
    assert_eq!(CloudEvent::parse(b"{").unwrap_err().reason(), "wrong_shape");
}

#[test]
fn other_attributes_are_ignored() {
    let mut json = attributes();
    json["traceparent"] = json!("00-1-1-00");
    assert!(CloudEvent::parse(json.to_string().as_bytes()).is_ok());
}
