//! The acceptance vectors of an independent implementation. The three crates of the formats share this module. Together
//! they run every group and every negative case.

use serde_json::Value as Json;
use std::path::Path;
use types::hex;

/// Which crate runs each group.
const GROUPS: &[(&str, &str)] = &[
    ("cbor", "protocol"),
    ("money", "protocol"),
    ("entries", "protocol"),
    ("live", "protocol"),
    ("keys", "envelope"),
    ("root_fingerprint", "envelope"),
    ("sign1", "envelope"),
    ("links", "envelope"),
    ("reading", "envelope"),
    ("chain", "envelope"),
    ("global_chain", "envelope"),
    ("sealed_entries", "envelope"),
    ("rekey", "envelope"),
    ("enrolment_grant", "envelope"),
    ("trust_list", "envelope"),
    ("device_statement", "envelope"),
    ("checkpoint", "envelope"),
    ("snapshot", "envelope"),
    ("enrolment", "envelope"),
    ("event", "envelope"),
    ("channel_token", "token"),
    ("dpop", "token"),
];

/// Which crate runs the negative cases of each operation.
const OPERATIONS: &[(&str, &str)] = &[
    ("decode", "protocol"),
    ("parse_entry", "protocol"),
    ("money_to_json", "protocol"),
    ("money_from_json", "protocol"),
    ("parse_message", "protocol"),
    ("parse_rekey", "protocol"),
    ("after", "protocol"),
    ("frame", "protocol"),
    ("verify_forwards", "envelope"),
    ("verify_backwards", "envelope"),
    ("open_entry", "envelope"),
    ("unpad", "envelope"),
    ("epochs", "envelope"),
    ("open_grant", "envelope"),
    ("open_rekey", "envelope"),
    ("trust_list", "envelope"),
    ("device_statement", "envelope"),
    ("checkpoint", "envelope"),
    ("snapshot", "envelope"),
    ("page", "envelope"),
    ("enrolment", "envelope"),
    ("event", "envelope"),
    ("channel_token", "token"),
    ("dpop", "token"),
];

/// The vectors of all formats of version 1.
pub(crate) fn vectors() -> Json {
    vectors_of("vectors.json")
}

/// Reads a file of the vectors.
pub(crate) fn vectors_of(name: &str) -> Json {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/accept");
    let bytes = std::fs::read(Path::new(folder).join(name)).expect("the file of vectors exists");
    serde_json::from_slice(&bytes).expect("the file of vectors is JSON")
}

/// Checks one group of the vectors.
pub(crate) type Check = fn(&Json);

/// Runs the positive groups of one crate, each with its own check, and makes sure that none is missing.
pub(crate) fn run_groups(name: &str, checks: &[(&str, Check)]) {
    let vectors = vectors();
    for group in vectors.as_object().expect("groups").keys() {
        let known = GROUPS.iter().any(|(known, _)| known == group);
        assert!(
            known || ["about", "negative"].contains(&group.as_str()),
            "nobody runs the group {group}"
        );
    }
    for (group, _) in GROUPS.iter().filter(|(_, owner)| *owner == name) {
        let check = checks.iter().find(|(checked, _)| checked == group);
        let (_, check) = check.unwrap_or_else(|| panic!("{name} does not run the group {group}"));
        assert!(
            !vectors[group].is_null(),
            "the vectors lack the group {group}"
        );
        check(&vectors);
    }
}

/// The reason of an input that a newer version refuses completely, before the check that the vector names.
pub(crate) const ANY_REASON: &str = "any";

/// Runs the negative cases of one crate. `attempt` returns the reason of the refusal, or `None` if the input was
/// accepted.
pub(crate) fn run_negative(
    name: &str,
    attempt: impl Fn(&Json, &str, &Json) -> Option<&'static str>,
) {
    let vectors = vectors();
    let cases = array(&vectors["negative"]);
    let (mut run, mut owned) = (0, 0);
    let mut wrong = Vec::new();
    for case in cases {
        let operation = text(&case["operation"]);
        let owner = OPERATIONS.iter().find(|(known, _)| *known == operation);
        let (_, owner) = owner.unwrap_or_else(|| panic!("nobody runs the operation {operation}"));
        if *owner != name {
            continue;
        }
        owned += 1;
        let refusal = attempt(&vectors, operation, &case["input"]);
        run += 1;
        if refusal != case["reason"].as_str() && refusal != Some(ANY_REASON) {
            wrong.push(format!(
                "{}: {refusal:?}, not {}",
                text(&case["name"]),
                case["reason"]
            ));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(
        owned > 0 && run == owned,
        "{run} of {owned} negative cases were run"
    );
}

pub(crate) fn text(json: &Json) -> &str {
    json.as_str()
        .unwrap_or_else(|| panic!("a text is needed, not {json}"))
}

pub(crate) fn bytes(json: &Json) -> Vec<u8> {
    hex::decode(text(json)).expect("hex")
}

pub(crate) fn number(json: &Json) -> u64 {
    json.as_u64()
        .unwrap_or_else(|| panic!("a number is needed, not {json}"))
}

pub(crate) fn array(json: &Json) -> &[Json] {
    json.as_array()
        .unwrap_or_else(|| panic!("an array is needed, not {json}"))
}

/// Converts JSON to CBOR. Decimal keys become integers.
#[allow(dead_code, reason = "the crate `token` has no maps")]
pub(crate) fn to_cbor(json: &Json) -> protocol::cbor::Value {
    use protocol::cbor::{Key, Value};
    match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(value) => match value.as_u64() {
            Some(value) => Value::Unsigned(value),
            None => Value::from(value.as_i64().expect("an integer")),
        },
        Json::String(text) => Value::Text(text.clone()),
        Json::Array(values) => Value::Array(values.iter().map(to_cbor).collect()),
        Json::Object(map) => Value::Map(
            map.iter()
                .map(|(key, value)| {
                    let key = key
                        .parse::<u64>()
                        .map_or_else(|_| Key::from(key.as_str()), Key::Unsigned);
                    (key, to_cbor(value))
                })
                .collect(),
        ),
    }
}

/// Joins the pieces of `[[hex, times], …]`.
#[allow(dead_code, reason = "this crate has no input in pieces")]
pub(crate) fn join(pieces: &Json) -> Vec<u8> {
    array(pieces)
        .iter()
        .flat_map(|piece| {
            let times = usize::try_from(number(&piece[1])).expect("a count");
            bytes(&piece[0]).repeat(times)
        })
        .collect()
}
