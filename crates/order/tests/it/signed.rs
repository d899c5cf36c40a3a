//! Signed intents: which key signs, and what a passkey approves.

use crate::accept::{bytes, text};
use crate::vectors::{World, assert_reasons, group, key, negative, posted, relying_party};
use order::{BackupFlags, Intent, SignedIntent};
use serde_json::{Value as Json, json};
use types::{DeviceForm, base64url};

/// Gateway's checks of signature and assertion, and then of the shown text. The error is the check and its reason.
fn judge(input: &Json) -> Result<Option<BackupFlags>, (&'static str, &'static str)> {
    let world = World::of(input);
    let posted = posted(&input["request"]).map_err(|error| ("well_formed", error.reason()))?;
    let intent = posted
        .intent()
        .map_err(|error| ("well_formed", error.reason()))?;
    let (form, session, approval) = world.device();
    posted
        .verify_signature(form, &session, &approval)
        .map_err(|error| ("signature", error.reason()))?;
    let backup = posted
        .verify_assertion(form, &world.customer(), &relying_party(), |id| {
            world.credential(id)
        })
        .map_err(|error| ("assertion", error.reason()))?;
    if intent.text_matches() {
        Ok(backup)
    } else {
        Err(("shown", "another_shown_text"))
    }
}

#[test]
fn signed_intents_verify_under_the_key_of_their_form() {
    for case in group("signed") {
        let posted = posted(&case["request"]).unwrap();
        assert_eq!(posted.signed, bytes(&case["bytes"]));
        let intent = bytes(&case["intent"]);
        assert_eq!(posted.intent_bytes().as_ref(), Ok(&intent));
        assert_eq!(posted.intent(), Ok(Intent::parse(&intent).unwrap()));
        let (form, key) = (text(&case["form"]).parse().unwrap(), key(&case["key"]));
        let another = types::PublicKey::new([4; 65]);
        let verify = |posted: &SignedIntent, form| match form {
            DeviceForm::App => posted.verify_signature(form, &another, &key),
            DeviceForm::Browser => posted.verify_signature(form, &key, &another),
        };
        assert_eq!(verify(&posted, form), Ok(()));
        let swapped = match form {
            DeviceForm::App => posted.verify_signature(form, &key, &another),
            DeviceForm::Browser => posted.verify_signature(form, &another, &key),
        };
        assert_eq!(swapped.unwrap_err().reason(), "unknown_key");
        if form == DeviceForm::Browser {
            assert_eq!(
                base64url::encode(posted.challenge().as_bytes()),
                text(&case["challenge"])
            );
            let backup = judge(&json!({"request": case["request"], "world": {
                "token": {"customer": "692", "device": "browser"},
                "devices": {"browser": {"form": "browser", "session": case["key"], "approval": case["key"]}},
            }}));
            let flags = case["flags"].as_u64().unwrap();
            let flags = BackupFlags {
                eligible: flags & 8 != 0,
                backed_up: flags & 16 != 0,
            };
            assert_eq!(backup, Ok(Some(flags)));
        }
    }
}

#[test]
fn a_signature_of_another_length_is_refused_at_the_signature() {
    let case = &group("signed")[0];
    let mut posted = posted(&case["request"]).unwrap();
    let at = posted.signed.len() - 65;
    assert_eq!(posted.signed[at - 1..=at], [0x58, 64]);
    posted.signed.pop();
    posted.signed[at] = 63;
    assert!(posted.intent().is_ok());
    let key = key(&case["key"]);
    let refused = posted.verify_signature(DeviceForm::App, &key, &key);
    assert_eq!(refused.unwrap_err().reason(), "signature_invalid");
}

#[test]
fn what_gateway_accepts_is_signed_and_approved() {
    let mut browsers = 0;
    for case in group("judged") {
        if case["answer"] != "accepted" || case["stored"] == true {
            continue;
        }
        let backup = judge(&case["input"]).unwrap_or_else(|error| panic!("{case}: {error:?}"));
        let kept = backup.map_or(Json::Null, |backup| {
            browsers += 1;
            json!({"eligible": backup.eligible, "backed_up": backup.backed_up})
        });
        assert_eq!(kept, case["backup"], "{case}");
    }
    assert!(browsers > 10, "{browsers}");
}

#[test]
fn what_gateway_refuses_is_refused_by_the_check_and_for_the_reason_that_it_names() {
    let checks = ["signature", "assertion", "shown"];
    let cases: Vec<_> = negative("judge")
        .into_iter()
        .filter(|case| checks.contains(&text(&case["check"])))
        .collect();
    assert!(cases.len() > 100, "{}", cases.len());
    for case in &cases {
        let refused = judge(&case["input"]).map_err(|(check, _)| check);
        assert_eq!(refused, Err(text(&case["check"])), "{}", case["name"]);
    }
    let refusals = cases.into_iter().map(|case| {
        let refusal = judge(&case["input"]).err();
        (case, refusal.map(|(_, reason)| reason.to_owned()))
    });
    assert_reasons(refusals);
}

#[test]
fn what_gateway_refuses_later_is_signed_and_approved() {
    let later = ["created", "not_after", "voucher", "account", "target"];
    for case in negative("judge") {
        if later.contains(&text(&case["check"])) {
            let judged = judge(&case["input"]);
            assert!(judged.is_ok(), "{}: {judged:?}", case["name"]);
        }
    }
}
