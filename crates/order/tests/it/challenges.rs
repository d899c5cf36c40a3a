//! Answers to challenges: what they embed, which key signs, and what a passkey approves.

use crate::fixtures::{
    CHALLENGE, approve, challenge, credential, device_keys, intent, party, public,
};
use envelope::{Sign1, SoftwareKey};
use order::{Challenge, OrderError, SignedChallenge};
use protocol::ParseError;
use protocol::cbor::{self, Value};
use protocol::cbor_array;
use types::{ChallengeId, DeviceForm};

fn signed(key: &SoftwareKey, payload: &[u8]) -> SignedChallenge {
    SignedChallenge {
        signed: Sign1::sign_embedded(key, payload).unwrap(),
        assertion: None,
    }
}

#[test]
fn an_answer_names_customer_order_and_challenge() {
    let read = Challenge::parse(&challenge().encode()).unwrap();
    assert_eq!(read, challenge());
    assert_eq!(read.hash, intent().hash());
    let [session, approval] = device_keys();
    let answer = signed(&approval, &challenge().encode());
    assert_eq!(answer.challenge(), Ok(challenge()));
    let verify = |form| {
        let (session, approval) = (public("session"), public("approval"));
        answer.verify_signature(form, &session, &approval)
    };
    assert_eq!(verify(DeviceForm::App), Ok(()));
    let refused = verify(DeviceForm::Browser).unwrap_err();
    assert_eq!(refused.reason(), "unknown_key");
    let by_session = signed(&session, &challenge().encode());
    let refused =
        by_session.verify_signature(DeviceForm::App, &public("session"), &public("approval"));
    assert_eq!(refused.unwrap_err().reason(), "unknown_key");
}

#[test]
fn an_altered_answer_does_not_verify() {
    let [_, approval] = device_keys();
    let mut answer = signed(&approval, &challenge().encode());
    let at = answer.signed.len() - 70;
    answer.signed[at] ^= 1;
    let refused = answer.verify_signature(DeviceForm::App, &public("session"), &public("approval"));
    assert_eq!(refused.unwrap_err().reason(), "signature_invalid");
    let other = Challenge {
        challenge: ChallengeId::new([0xab; 16]),
        ..challenge()
    };
    assert_ne!(other.encode(), challenge().encode());
}

#[test]
fn what_is_not_an_answer_is_refused_for_its_reason() {
    let check = |value: Value, reason: &str| {
        let refused = Challenge::parse(&cbor::encode(&value)).unwrap_err();
        assert_eq!(refused.reason(), reason, "{value:?}");
    };
    let (id, hash) = (intent().intent, intent().hash());
    let statement = |purpose: &str, version: u64, id: Value, hash: Value, challenge: Value| {
        cbor_array![purpose, version, "692", id, hash, challenge]
    };
    let good = |purpose: &str, version| {
        statement(purpose, version, id.into(), hash.into(), CHALLENGE.into())
    };
    assert!(Challenge::parse(&cbor::encode(&good("passbook challenge", 1))).is_ok());
    check(good("passbook intent", 1), "another_purpose");
    check(good("passbook challenge", 2), "unknown_version");
    let of = |id, hash, challenge| statement("passbook challenge", 1, id, hash, challenge);
    check(
        of("29401".into(), hash.into(), CHALLENGE.into()),
        "not_a_uuid7",
    );
    let short = Value::from([7_u8; 15].as_slice());
    check(of(id.into(), hash.into(), short.clone()), "wrong_shape");
    check(of(id.into(), short, CHALLENGE.into()), "wrong_shape");
    check(of(id.into(), hash.into(), Value::Null), "wrong_shape");
    let longer = cbor_array!["passbook challenge", 1, "692", id, hash, CHALLENGE, 7];
    check(longer, "wrong_shape");
    let shorter = cbor_array!["passbook challenge", 1, "692", id, hash];
    check(shorter, "wrong_shape");
    // An intent does not pass as an answer, nor an answer as an intent.
    let refused = Challenge::parse(&intent().encode());
    assert_eq!(refused, Err(OrderError::Parse(ParseError::AnotherPurpose)));
    let refused = order::Intent::parse(&challenge().encode());
    assert_eq!(refused, Err(OrderError::Parse(ParseError::AnotherPurpose)));
}

/// A browser's answer needs an assertion over this very Sign1. The one that approved the intent approves nothing else.
#[test]
fn a_browser_approves_the_answer_with_a_passkey() {
    let [session, _] = device_keys();
    let mut answer = signed(&session, &challenge().encode());
    let customer = "692".parse().unwrap();
    let verify = |answer: &SignedChallenge, form| {
        answer.verify_assertion(form, &customer, &party(), |_| Some(credential()))
    };
    let missing = verify(&answer, DeviceForm::Browser).unwrap_err();
    assert_eq!(missing.reason(), "assertion_missing");
    let intent = Sign1::sign_embedded(&session, &intent().encode()).unwrap();
    answer.assertion = Some(approve(&intent));
    let replayed = verify(&answer, DeviceForm::Browser).unwrap_err();
    assert_eq!(replayed.reason(), "another_challenge");
    answer.assertion = Some(approve(&answer.signed));
    assert!(verify(&answer, DeviceForm::Browser).unwrap().is_some());
    let unexpected = verify(&answer, DeviceForm::App).unwrap_err();
    assert_eq!(unexpected.reason(), "assertion_not_expected");
}
