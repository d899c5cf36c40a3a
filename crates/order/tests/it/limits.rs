//! What counts against a voucher's limit.

use crate::accept::{array, bytes, number, text};
use crate::vectors::{World, assert_reasons, group, money, negative, order, posted};
use order::{
    Creditor, Frequency, LimitError, Order, OrderFields, OrderKind, Schedule, Scheme, check_limit,
    moved_by, worth,
};
use serde_json::Value as Json;
use types::{BusinessDate, Currency, Money, MoneyError, Rate, hex};

fn rate_of(world: &World<'_>, from: Currency, to: Currency) -> Option<Rate> {
    let rates = array(world.member("rates"));
    let is_asked = |rate: &&Json| rate["from"] == from.as_str() && rate["to"] == to.as_str();
    let rate = &rates.iter().find(is_asked)?["rate"];
    Some(Rate {
        coefficient: rate[0].as_i64().unwrap(),
        scale: u8::try_from(number(&rate[1])).unwrap(),
    })
}

/// Judges the posted order against the limit of its voucher. `None` if it has no voucher.
fn judge(input: &Json) -> Option<Result<(), LimitError>> {
    let world = World::of(input);
    let intent = posted(&input["request"]).unwrap().intent().unwrap();
    let voucher = &world.member("vouchers")[hex::encode(intent.voucher?.as_bytes())];
    let limit = money(&voucher["limit"]);
    let from = intent.order.amount().map(|amount| amount.currency());
    let rate = from.and_then(|from| rate_of(&world, from, limit.currency()));
    Some(check_limit(&intent.order, limit, rate))
}

#[test]
fn an_accepted_order_is_within_its_vouchers_limit() {
    let accepted = group("judged").iter();
    let accepted = accepted.filter(|case| case["answer"] == "accepted" && case["stored"] == false);
    let judged = accepted.filter_map(|case| Some((case, judge(&case["input"])?)));
    let mut count = 0;
    for (case, judged) in judged {
        assert_eq!(judged, Ok(()), "{}", case["what"]);
        count += 1;
    }
    assert!(count > 30, "{count}");
}

#[test]
fn an_order_over_its_vouchers_limit_is_refused_for_the_reason_that_the_vectors_name() {
    let reasons = ["over_voucher_limit", "no_rate"];
    let cases = negative("judge").into_iter();
    let refusals: Vec<_> = cases
        .filter(|case| reasons.contains(&text(&case["reason"])))
        .map(|case| {
            let refusal = judge(&case["input"]).unwrap().err();
            (case, refusal.map(|error| error.reason().to_owned()))
        })
        .collect();
    assert!(refusals.len() > 25, "{}", refusals.len());
    assert_reasons(refusals.into_iter());
}

fn date(text: &str) -> BusinessDate {
    text.parse().unwrap()
}

fn standing(frequency: Frequency, first: &str, last: Option<&str>, minor_units: i64) -> Order {
    Order::new(OrderFields {
        debit_account: Some("576".to_owned()),
        amount: Some(Money::new(minor_units, "CZK".parse().unwrap())),
        creditor: Some(Creditor::new(Scheme::Account, "704")),
        schedule: Some(Schedule {
            frequency,
            first: date(first),
            last: last.map(date),
        }),
        ..OrderFields::new(OrderKind::Standing)
    })
    .unwrap()
}

#[test]
fn a_standing_order_pays_on_the_last_day_of_a_month_that_is_too_short() {
    let schedule = Schedule {
        frequency: Frequency::Month,
        first: date("2027-12-31"),
        last: Some(date("2028-03-30")),
    };
    let days: Vec<_> = (0..6).map_while(|index| schedule.payment(index)).collect();
    let expected = ["2027-12-31", "2028-01-31", "2028-02-29"].map(date);
    assert_eq!(days, expected);
}

#[test]
fn a_standing_order_moves_twelve_payments_or_as_many_as_it_has() {
    let check = |frequency, last: Option<&str>, payments: i64| {
        let order = standing(frequency, "2026-10-31", last, 100);
        let moved = moved_by(&order).unwrap().unwrap();
        assert_eq!(moved.minor_units(), payments * 100, "{frequency} {last:?}");
    };
    check(Frequency::Week, None, 12);
    check(Frequency::Week, Some("2026-10-31"), 1);
    check(Frequency::Week, Some("2026-11-06"), 1);
    check(Frequency::Week, Some("2026-11-07"), 2);
    check(Frequency::Month, Some("2027-09-29"), 11);
    check(Frequency::Month, Some("2027-09-30"), 12);
    check(Frequency::Month, Some("2036-09-30"), 12);
    check(Frequency::Quarter, Some("2027-01-30"), 1);
    check(Frequency::Quarter, Some("2027-01-31"), 2);
    check(Frequency::Year, Some("2028-10-31"), 3);
    check(Frequency::Year, Some("9999-12-31"), 12);
}

#[test]
fn sums_beyond_64_bits_are_over_every_limit() {
    let order = standing(Frequency::Month, "2026-10-01", None, i64::MAX);
    assert_eq!(moved_by(&order), Err(MoneyError::Overflow));
    let limit = |code: &str| Money::new(i64::MAX, code.parse().unwrap());
    let rate = |coefficient, scale| Some(Rate { coefficient, scale });
    assert_eq!(
        check_limit(&order, limit("CZK"), None),
        Err(LimitError::Exceeded)
    );
    let judge = |rate| check_limit(&order, limit("EUR"), rate);
    assert_eq!(judge(rate(i64::MAX, 0)), Err(LimitError::Exceeded));
    assert_eq!(judge(rate(1, 1)), Err(LimitError::Exceeded));
    assert_eq!(judge(rate(1, 2)), Ok(()));
    assert_eq!(judge(rate(1, 255)), Ok(()));
    assert_eq!(judge(rate(-1, 0)), Err(LimitError::NoRate));
    assert_eq!(judge(rate(0, 0)), Err(LimitError::NoRate));
    assert_eq!(judge(None), Err(LimitError::NoRate));
}

#[test]
fn an_order_that_moves_no_money_is_within_any_limit() {
    let payee = group("orders").iter().map(|case| order(&case["cbor"]));
    let payee = payee.filter(|order| order.kind() == OrderKind::PayeeAdd);
    for order in payee {
        assert_eq!(moved_by(&order), Ok(None));
        let limit = Money::new(0, "THB".parse().unwrap());
        assert_eq!(check_limit(&order, limit, None), Ok(()));
    }
    assert!(!bytes(&group("orders")[0]["cbor"]).is_empty());
}

#[test]
fn an_amount_in_another_currency_is_rounded_up() {
    let check = |minor_units, code: &str, (coefficient, scale), expected| {
        let order = Order::new(OrderFields {
            debit_account: Some("576".to_owned()),
            amount: Some(Money::new(minor_units, code.parse().unwrap())),
            creditor: Some(Creditor::new(Scheme::Account, "704")),
            ..OrderFields::new(OrderKind::Transfer)
        });
        let rate = Some(Rate { coefficient, scale });
        let worth = worth(&order.unwrap(), "CZK".parse().unwrap(), rate);
        assert_eq!(worth, expected);
    };
    check(400, "EUR", (25, 0), Ok(Some(10_000)));
    check(1, "EUR", (24_735, 3), Ok(Some(25)));
    check(500, "JPY", (15, 2), Ok(Some(7_500)));
    check(1_250, "KWD", (80, 0), Ok(Some(10_000)));
    check(7, "CZK", (1, 0), Ok(Some(7)));
    check(i64::MAX, "EUR", (25, 0), Err(LimitError::Exceeded));
}
