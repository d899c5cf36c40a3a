//! Assertions that no vector has: client data, authenticator data and keys that differ in one thing.

use crate::accept::text;
use crate::vectors::{World, group, posted, relying_party};
use order::{Assertion, Credential, SignedIntent};
use serde_json::{Value as Json, json};
use types::DeviceForm;

/// A browser's signed intent by a passkey with this algorithm, and the passkey's credential.
fn signed_by(name: &str) -> (SignedIntent, Credential) {
    let credential = text(&crate::vectors::VECTORS["passkeys"][name]["credential"]);
    let case = group("signed")
        .iter()
        .find(|case| case["assertion"]["credential"] == credential)
        .unwrap();
    let posted = posted(&case["request"]).unwrap();
    let id = posted.assertion.as_ref().unwrap().credential.clone();
    let credential = World::of(&json!({"world": {}})).credential(&id).unwrap();
    (posted, credential)
}

/// The reason for which the bank refuses the assertion, if it does.
fn refusal(signed: &SignedIntent, credential: &Credential) -> Option<&'static str> {
    let customer = credential.customer.clone();
    signed
        .verify_assertion(DeviceForm::Browser, &customer, &relying_party(), |_| {
            Some(credential.clone())
        })
        .err()
        .map(|error| error.reason())
}

fn with(change: impl FnOnce(&mut Assertion)) -> Option<&'static str> {
    let (mut signed, credential) = signed_by("passkey");
    change(signed.assertion.as_mut().unwrap());
    refusal(&signed, &credential)
}

fn with_client_data(member: &str, value: Json) -> Option<&'static str> {
    with(|assertion| {
        let mut client_data: Json = serde_json::from_slice(&assertion.client_data_json).unwrap();
        client_data[member] = value;
        assertion.client_data_json = client_data.to_string().into_bytes();
    })
}

#[test]
fn client_data_is_judged_member_by_member() {
    assert_eq!(with(|_| {}), None);
    let check = |member, value, reason| assert_eq!(with_client_data(member, value), Some(reason));
    check("type", json!(["webauthn.get"]), "another_type");
    check("challenge", json!(null), "another_challenge");
    check("origin", json!({}), "another_origin");
    check("crossOrigin", json!(true), "cross_origin");
    check("crossOrigin", json!("false"), "client_data_invalid");
    check("crossOrigin", json!(0), "client_data_invalid");
    check("topOrigin", json!(null), "cross_origin");
    check("topOrigin", json!("https://bank.example"), "cross_origin");
    // What is not judged must still be what was signed.
    check("tokenBinding", json!({}), "signature_invalid");
}

#[test]
fn client_data_is_one_json_object() {
    let check = |json: &[u8]| {
        let refused = with(|assertion| assertion.client_data_json = json.to_vec());
        assert_eq!(refused, Some("client_data_invalid"));
    };
    check(b"");
    check(b"null");
    check(b"\"webauthn.get\"");
    check(b"{\"type\":\"webauthn.get\"} ,");
    check(b"{\"type\":\"\xff\"}");
}

#[test]
fn extensions_are_one_map() {
    let check = |flags: u8, extensions: &[u8], reason: &str| {
        let refused = with(|assertion| {
            assertion.authenticator_data[32] = flags;
            assertion.authenticator_data.extend(extensions);
        });
        assert_eq!(refused, Some(reason), "{flags:x} {extensions:?}");
    };
    // UP, UV and ED; an empty map is a map, and then the signature is over other data.
    check(0x85, &[0xa0], "signature_invalid");
    check(0x85, &[0x80], "authenticator_data_invalid");
    check(0x85, &[0xa0, 0x00], "authenticator_data_invalid");
    check(0x85, &[0xbf, 0xff], "authenticator_data_invalid");
    check(0x05, &[0xa0], "authenticator_data_invalid");
    check(0xc5, &[0xa0], "authenticator_data_invalid");
}

#[test]
fn a_key_has_the_members_of_its_algorithm() {
    let check = |name: &str, change: fn(&mut Vec<u8>), reason: &str| {
        let (signed, mut credential) = signed_by(name);
        assert_eq!(refusal(&signed, &credential), None, "{name}");
        change(&mut credential.key);
        assert_eq!(refusal(&signed, &credential), Some(reason), "{name}");
    };
    let invalid = "credential_key_invalid";
    for name in ["passkey", "security key", "computer"] {
        check(name, Vec::clear, invalid);
        check(name, |key| key.push(0), invalid);
        // The key's type, which is the value of its first member.
        check(name, |key| key[2] = 4, invalid);
    }
    // The curve, the value of the third member.
    check("passkey", |key| key[6] = 2, invalid);
    check("security key", |key| key[6] = 4, invalid);
    // The algorithm: RS256 becomes RS384, EdDSA becomes one that passkeys do not have.
    check("computer", |key| key[6] = 1, "algorithm_not_allowed");
    check("security key", |key| key[4] = 0x24, "algorithm_not_allowed");
    // Another key of the same form.
    check("security key", |key| key[20] ^= 1, "signature_invalid");
}
