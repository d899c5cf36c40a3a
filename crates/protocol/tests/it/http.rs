//! The bodies of the HTTP API.

use bytes::Bytes;
use protocol::http::{
    CheckpointRequest, EnrolmentRequest, PostTransaction, Problem, PullAnswer, Report,
};
use serde_json::json;
use types::{ERROR_CODES, ErrorCode, Generation, Hash, Number, Position};

#[test]
fn a_problem_names_its_code_in_three_ways() {
    for code in ERROR_CODES {
        let problem = Problem::new(*code).with_detail("detail");
        assert_eq!(problem.error_code(), Some(*code));
        assert_eq!(problem.status, code.status());
        assert!(problem.problem_type.ends_with(code.slug()));
        let json = serde_json::to_vec(&problem).unwrap();
        assert_eq!(serde_json::from_slice::<Problem>(&json).unwrap(), problem);
    }
    let newest = Position::START;
    let problem = Problem::new(ErrorCode::NumberNotNext).with_newest(newest, Hash::ZERO);
    let json = serde_json::to_value(&problem).unwrap();
    assert_eq!(json["title"], "Number not next");
    assert_eq!(json["newest"], json!({"generation": 1, "number": 0}));
    assert_eq!(json["hash"], "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    assert!(json.get("detail").is_none());
}

#[test]
fn a_pull_answer_is_the_same_in_json_and_cbor() {
    let generation = Generation::FIRST;
    let number = Number::new(7).unwrap();
    let answers = [
        (
            PullAnswer::Messages {
                generation,
                newest: number,
                messages: vec![Bytes::from_static(b"\xfb\xff")],
            },
            json!({"state": "messages", "generation": 1, "newest": 7, "messages": ["-_8"]}),
        ),
        (
            PullAnswer::Ahead {
                generation,
                newest: number,
            },
            json!({"state": "ahead", "generation": 1, "newest": 7}),
        ),
        (
            PullAnswer::Trimmed {
                generation,
                oldest: number,
            },
            json!({"state": "trimmed", "generation": 1, "oldest": 7}),
        ),
        (
            PullAnswer::Generation { generation },
            json!({"state": "generation", "generation": 1}),
        ),
    ];
    for (answer, json) in answers {
        assert_eq!(serde_json::to_value(&answer).unwrap(), json);
        assert_eq!(serde_json::from_value::<PullAnswer>(json).unwrap(), answer);
        assert_eq!(PullAnswer::parse_cbor(&answer.to_cbor()), Ok(answer));
    }
    let unknown = protocol::cbor::encode(&protocol::cbor_array![1, "later", 1]);
    assert!(PullAnswer::parse_cbor(&unknown).is_err());
}

#[test]
fn a_server_refuses_unknown_fields() {
    fn check<T: serde::de::DeserializeOwned>(mut body: serde_json::Value) {
        assert!(serde_json::from_value::<T>(body.clone()).is_ok(), "{body}");
        body["more"] = json!(1);
        assert!(serde_json::from_value::<T>(body.clone()).is_err(), "{body}");
    }
    let nonce = "AAAAAAAAAAAAAAAAAAAAAA";
    let hash = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    check::<CheckpointRequest>(json!({"nonce": nonce, "epoch": 1}));
    check::<EnrolmentRequest>(
        json!({"session": "AA", "approval": "AA", "mac": "AA", "code": "7K3M9QX2VB5TZD1H"}),
    );
    check::<Report>(
        json!({"finding": "withheld", "generation": 1, "number": 0, "hash": hash, "time": 0}),
    );
    check::<PostTransaction>(json!({
        "transaction": "1", "account": "576", "operation": "cash_deposit",
        "amount": {"minor_units": 1, "currency": "CZK"},
    }));
}

#[test]
fn bytes_in_json_have_one_form() {
    let read = |text: &str| serde_json::from_value::<protocol::Base64UrlBytes>(json!(text));
    assert_eq!(read("-_8").unwrap().as_ref(), [0xfb, 0xff]);
    for refused in ["-_8=", "+/8", "-_9", "-_8\n"] {
        assert!(read(refused).is_err(), "{refused}");
    }
}

#[test]
fn secrets_are_not_printed() {
    let request: EnrolmentRequest = serde_json::from_value(
        json!({"session": "AA", "approval": "AA", "mac": "AA", "code": "7K3M9QX2VB5TZD1H"}),
    )
    .unwrap();
    assert!(!format!("{request:?}").contains("7K3M"));
}
