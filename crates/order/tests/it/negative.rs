//! What one can refuse without knowing more: every such case of the acceptance vectors, for its own reason.

use crate::accept::{bytes, number, text};
use crate::vectors::{assert_reasons, negative, posted, time, trust};
use order::{Intent, Locale, Order, OrderError, Voucher, check_template, shown_text};
use serde_json::Value as Json;

fn run(operation: &str, attempt: impl Fn(&Json) -> Option<&'static str>) {
    let refused = |case: &'static Json| (case, attempt(&case["input"]).map(str::to_owned));
    assert_reasons(negative(operation).into_iter().map(refused));
}

fn reason_of<T>(result: Result<T, OrderError>) -> Option<&'static str> {
    result.err().map(|error| error.reason())
}

#[test]
fn orders_are_refused_for_their_own_reason() {
    run("parse_order", |input| {
        reason_of(Order::parse(&bytes(&input["order"])))
    });
}

#[test]
fn intents_are_refused_for_their_own_reason() {
    run("parse_intent", |input| {
        reason_of(Intent::parse(&bytes(&input["intent"])))
    });
}

#[test]
fn what_cannot_be_shown_is_refused_for_its_own_reason() {
    let show = |input: &Json| {
        let locale: Locale = text(&input["locale"]).parse()?;
        check_template(number(&input["template"]))?;
        Ok(shown_text(&Order::parse(&bytes(&input["order"]))?, locale))
    };
    run("shown_text", |input| reason_of(show(input)));
}

#[test]
fn vouchers_are_refused_for_their_own_reason() {
    let trust = trust();
    run("voucher", |input| {
        let customer = text(&input["customer"]).parse().unwrap();
        let device = text(&input["device"]).parse().unwrap();
        let bytes = bytes(&input["voucher"]);
        Voucher::verify(&bytes, &trust, &customer, device, time(&input["now"]))
            .err()
            .map(|error| error.reason())
    });
}

#[test]
fn malformed_posts_are_refused_for_their_own_reason() {
    let malformed = negative("judge");
    let malformed = malformed.into_iter();
    let malformed = malformed.filter(|case| case["check"] == "well_formed");
    let refusals: Vec<_> = malformed
        .map(|case| {
            let reason = match posted(&case["input"]["request"]) {
                Ok(signed) => reason_of(signed.intent()),
                Err(error) => Some(error.reason()),
            };
            (case, reason.map(str::to_owned))
        })
        .collect();
    assert!(refusals.len() > 20);
    assert_reasons(refusals.into_iter());
}
