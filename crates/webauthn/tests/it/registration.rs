//! Registrations that differ in one thing from one that is accepted.

use crate::software::{party, passkey};
use protocol::cbor::{Key, Map, Value, decode, encode};
use webauthn::{Attestation, Verdict};

const CHALLENGE: &[u8] = b"the challenge";

fn made() -> Attestation {
    passkey(7).register(CHALLENGE).unwrap()
}

/// The reason for which the registration is refused, if it is.
fn refusal(attestation: &Attestation) -> Option<&'static str> {
    let verified = attestation.verify(CHALLENGE, &party());
    verified.err().map(|error| error.reason())
}

fn with_object(change: impl FnOnce(&mut Map)) -> Attestation {
    let mut attestation = made();
    let Ok(Value::Map(mut members)) = decode(&attestation.attestation_object) else {
        panic!("a map");
    };
    change(&mut members);
    attestation.attestation_object = encode(&Value::Map(members));
    attestation
}

fn with_data(change: impl FnOnce(&mut Vec<u8>)) -> Option<&'static str> {
    refusal(&with_object(|members| {
        let Some(Value::Bytes(data)) = members.get_mut(&Key::from("authData")) else {
            panic!("bytes");
        };
        change(data);
    }))
}

#[test]
fn authenticator_data_is_judged_flag_by_flag() {
    assert_eq!(refusal(&made()), None);
    let check = |flags: u8, reason: Option<&str>| {
        assert_eq!(with_data(|data| data[32] = flags), reason, "{flags:x}");
    };
    check(0x44, Some("user_not_present"));
    check(0x41, Some("user_not_verified"));
    check(0x55, Some("backed_up_though_not_eligible"));
    check(0x4d, None);
    check(0x5d, None);
    check(0x05, Some("authenticator_data_invalid"));
    check(0xc5, Some("authenticator_data_invalid"));
    let bare = with_data(|data| {
        data[32] = 0x05;
        data.truncate(37);
    });
    assert_eq!(bare, Some("no_credential"));
    let extended = with_data(|data| {
        data[32] = 0xc5;
        data.extend([0xa0]);
    });
    assert_eq!(extended, None);
    assert_eq!(
        with_data(|data| data.push(0)),
        Some("authenticator_data_invalid")
    );
    assert_eq!(
        with_data(|data| data[0] ^= 1),
        Some("another_relying_party")
    );
}

#[test]
fn the_credential_has_an_id_and_a_key_of_an_allowed_algorithm() {
    let invalid = Some("authenticator_data_invalid");
    // The length of the id.
    assert_eq!(with_data(|data| data[53] = 0xff), invalid);
    let without_id = with_data(|data| {
        data[54] = 0;
        data.drain(55..71);
    });
    assert_eq!(without_id, invalid);
    let longest = |length: u16| {
        with_data(|data| {
            data.splice(53..55, length.to_be_bytes());
            data.splice(55..71, vec![1; usize::from(length)]);
        })
    };
    assert_eq!(longest(1023), None);
    assert_eq!(longest(1024), invalid);
    // The key begins at 71: its type is at 73, its algorithm at 75, its curve at 77.
    let key = |at: usize, value: u8| with_data(|data| data[at] = value);
    assert_eq!(key(73, 1), Some("credential_key_invalid"));
    assert_eq!(key(75, 0x27), Some("credential_key_invalid"));
    assert_eq!(key(75, 0x24), Some("algorithm_not_allowed"));
    assert_eq!(key(77, 2), Some("credential_key_invalid"));
    assert_eq!(with_data(|data| data.truncate(100)), invalid);
}

#[test]
fn the_attestation_object_is_one_map_of_three_members() {
    let invalid = Some("attestation_object_invalid");
    for name in ["fmt", "attStmt", "authData"] {
        let without = with_object(|members| {
            members.remove(&Key::from(name));
        });
        assert_eq!(refusal(&without), invalid, "{name}");
        let with_null = with_object(|members| {
            members.insert(Key::from(name), Value::Null);
        });
        assert_eq!(refusal(&with_null), invalid, "{name}");
    }
    for object in [b"".as_slice(), b"\xa0", b"\x80", b"\xff"] {
        let attestation = Attestation {
            attestation_object: object.to_vec(),
            ..made()
        };
        assert_eq!(refusal(&attestation), invalid);
    }
}

#[test]
fn an_attestation_is_valid_or_refused_and_never_taken_for_more_than_it_proves() {
    let with_statement = |format: &str, statement: Map| {
        with_object(|members| {
            members.insert(Key::from("fmt"), Value::from(format));
            members.insert(Key::from("attStmt"), Value::Map(statement));
        })
    };
    let member = |name: &str, value: Value| (Key::from(name), value);
    let invalid = Some("attestation_invalid");
    let none_with_statement = with_statement("none", [member("alg", Value::from(-7))].into());
    assert_eq!(refusal(&none_with_statement), invalid);
    assert_eq!(refusal(&with_statement("packed", Map::new())), invalid);
    let wrong = [
        member("alg", Value::from(-7)),
        member("sig", Value::from([1_u8; 70].as_slice())),
    ];
    assert_eq!(refusal(&with_statement("packed", wrong.into())), invalid);
    let certified = [member("x5c", Value::Array(vec![]))];
    for (format, statement) in [
        ("packed", certified.into()),
        ("tpm", Map::new()),
        ("x", Map::new()),
    ] {
        let attestation = with_statement(format, statement);
        let registered = attestation.verify(CHALLENGE, &party()).unwrap();
        assert_eq!(registered.verdict, Verdict::Unverified, "{format}");
    }
}
