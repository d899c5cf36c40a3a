//! What became of an order, and why.

use crate::vectors::{group, order};
use order::{Locale, Outcome, OutcomeKind, Reason};
use protocol::EntryKind;
use protocol::cbor::{Key, Map, Value};
use std::collections::BTreeSet;
use types::{DeviceId, IntentId, Time, text};

fn outcome(kind: OutcomeKind) -> Outcome {
    let order = order(&group("orders")[0]["cbor"]);
    Outcome {
        kind,
        intent: IntentId::at(Time::from_ms(1_790_000_000_000), [1; 10]),
        order_kind: order.kind(),
        reason: (kind == OutcomeKind::Refused).then_some(Reason::InsufficientFunds),
        bank_reference: (kind == OutcomeKind::Executed).then(|| "TX-1".to_owned()),
        date: (kind != OutcomeKind::Refused).then(|| "2026-10-01".parse().unwrap()),
        order: (kind == OutcomeKind::Pending).then_some(order),
    }
}

fn kind_of(outcome: &Outcome) -> EntryKind {
    outcome.kind.as_str().parse().unwrap()
}

#[test]
fn outcomes_come_back_from_their_arguments() {
    for kind in OutcomeKind::ALL {
        let outcome = outcome(*kind);
        let arguments = outcome.arguments();
        let read = Outcome::from_entry(&kind_of(&outcome), &arguments);
        assert_eq!(read, Some(Ok(outcome)));
    }
}

#[test]
fn arguments_of_later_versions_are_ignored() {
    let outcome = outcome(OutcomeKind::Executed);
    let mut arguments = outcome.arguments();
    arguments.insert(Key::from("fee"), Value::from(100));
    let read = Outcome::from_entry(&kind_of(&outcome), &arguments);
    assert_eq!(read, Some(Ok(outcome)));
}

#[test]
fn entries_of_other_kinds_are_no_outcomes() {
    for kind in ["booked", "payee.added", "standing.created", "order.other"] {
        assert_eq!(
            Outcome::from_entry(&kind.parse().unwrap(), &Map::new()),
            None
        );
    }
}

#[test]
fn outcomes_without_what_they_need_are_refused() {
    let check = |kind: OutcomeKind, name: &str| {
        let outcome = outcome(kind);
        let mut arguments = outcome.arguments();
        assert!(arguments.remove(&Key::from(name)).is_some(), "{name}");
        let read = Outcome::from_entry(&kind_of(&outcome), &arguments).unwrap();
        assert_eq!(read.unwrap_err().reason(), "key_missing", "{kind}: {name}");
    };
    for kind in OutcomeKind::ALL {
        check(*kind, "intent");
        check(*kind, "kind");
    }
    check(OutcomeKind::Pending, "order");
    check(OutcomeKind::Refused, "reason");
}

#[test]
fn malformed_arguments_are_refused() {
    let check = |name: &str, value: Value, reason: &str| {
        let outcome = outcome(OutcomeKind::Pending);
        let mut arguments = outcome.arguments();
        arguments.insert(Key::from(name), value);
        let read = Outcome::from_entry(&kind_of(&outcome), &arguments).unwrap();
        assert_eq!(read.unwrap_err().reason(), reason, "{name}");
    };
    let device = DeviceId::at(Time::from_ms(0), [0xab; 10]).to_string();
    check(
        "intent",
        device.to_uppercase().as_str().into(),
        "wrong_shape",
    );
    check("kind", "loan.apply".into(), "unknown_kind");
    check("kind", 1.into(), "wrong_shape");
    check("reason", "Insufficient funds".into(), "wrong_shape");
    check("bank_reference", 1.into(), "wrong_shape");
    check("date", "2026-02-30".into(), "wrong_shape");
    check("order", Value::Map(Map::new()), "field_missing");
}

#[test]
fn reasons_have_a_word_and_a_text_in_every_language() {
    let (mut words, mut texts) = (BTreeSet::new(), BTreeSet::new());
    for reason in Reason::KNOWN {
        assert_eq!(reason.as_str().parse().as_ref(), Ok(reason));
        assert!(words.insert(reason.as_str()));
        for locale in Locale::ALL {
            let said = reason.text(*locale);
            assert_eq!(text::check(said), Ok(()), "{reason}");
            assert!(texts.insert(said), "{reason}: another reason says the same");
            assert_eq!(said.is_ascii(), *locale == Locale::En, "{reason}");
        }
    }
    let later: Reason = "sanctioned_2027".parse().unwrap();
    assert_eq!(later, Reason::Other("sanctioned_2027".to_owned()));
    assert_ne!(later.text(Locale::En), later.text(Locale::Th));
    for bad in ["", "Too late", "too-late", "TOO_LATE", &"x".repeat(65)] {
        assert!(bad.parse::<Reason>().is_err(), "{bad}");
    }
}
