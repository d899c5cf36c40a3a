//! Orders: from the review over signing and sending to the outcome, online and offline.

use crate::bank::{account, czk};
use crate::network::World;
use crate::phone::{Phone, Simulated, run, settled};
use client::{Device, Funds, OrderState, Review, ShownOrder};
use order::{Creditor, Locale, OrderFields, OrderKind, Scheme};
use std::rc::Rc;
use types::IntentId;

/// The fields of a transfer from account 576.
pub(crate) fn transfer(minor_units: i64) -> OrderFields {
    OrderFields {
        debit_account: Some("576".into()),
        amount: Some(czk(minor_units)),
        creditor: Some(Creditor::new(Scheme::Account, "704")),
        ..OrderFields::new(OrderKind::Transfer)
    }
}

/// A world with one device that has vouchers and 1,000.00 CZK.
pub(crate) fn supplied() -> (Rc<World>, Phone, Device<Simulated>) {
    let (world, phone, mut device) = settled();
    world.bank.borrow_mut().post("576", 100_000);
    run(device.catch_up()).unwrap();
    run(device.send_orders()).unwrap();
    assert_eq!(device.shown().allowance().unwrap().orders, 20);
    (world, phone, device)
}

pub(crate) fn review(device: &Device<Simulated>, fields: OrderFields) -> Review {
    device.compose(fields, Locale::En).unwrap()
}

/// Reviews and submits an order.
pub(crate) fn submit(device: &mut Device<Simulated>, fields: OrderFields) -> IntentId {
    let review = review(device, fields);
    assert!(review.can_be_signed(), "{:?}", review.objections());
    run(device.submit(&review)).unwrap().intent
}

pub(crate) fn shown(device: &Device<Simulated>, intent: IntentId) -> ShownOrder {
    device.shown().order(&intent).unwrap().unwrap()
}

pub(crate) fn state(device: &Device<Simulated>, intent: IntentId) -> &'static str {
    shown(device, intent).state.as_str()
}

pub(crate) fn funds(device: &Device<Simulated>) -> Funds {
    device.shown().funds(&account("576")).unwrap().unwrap()
}

/// The booked balance, the pending amounts, and what is expected, in minor units.
pub(crate) fn sums(device: &Device<Simulated>) -> (i64, i64, i64) {
    let funds = funds(device);
    (
        funds.booked.minor_units(),
        funds.pending.minor_units(),
        funds.expected.minor_units(),
    )
}

#[test]
fn an_order_is_reviewed_signed_sent_executed_and_booked() {
    let (world, _phone, mut device) = supplied();
    let review = review(&device, transfer(12_345));
    assert_eq!(
        review.text(),
        "Transfer\nAmount: 123.45 CZK\nAccount: 704\nFrom: 576\nOn: at once"
    );
    assert!(device.shown().orders().unwrap().is_empty(), "nothing yet");
    let order = run(device.submit(&review)).unwrap();
    assert_eq!(order.state, OrderState::WaitingForNetwork);
    let intent = order.intent;
    assert_eq!(sums(&device), (100_000, 12_345, 87_655));
    assert_eq!(device.shown().allowance().unwrap().orders, 19);

    run(device.send_orders()).unwrap();
    assert_eq!(world.bank.borrow().only_order(), intent);
    assert_eq!(state(&device, intent), "accepted");

    world.bank.borrow_mut().execute(intent);
    run(device.catch_up()).unwrap();
    let done = shown(&device, intent);
    let bank_reference = Some(format!("ref {intent}"));
    let date = "2026-09-22".parse().ok();
    let state = OrderState::Done {
        date,
        bank_reference,
    };
    assert_eq!(done.state, state);
    assert!(done.amount_is_pending, "until the booking has arrived");
    assert_eq!(sums(&device), (100_000, 12_345, 87_655));

    world.bank.borrow_mut().post("576", -500);
    run(device.catch_up()).unwrap();
    assert_eq!(sums(&device), (99_500, 12_345, 87_155), "another booking");

    world.bank.borrow_mut().book_order("576", -12_345, intent);
    run(device.catch_up()).unwrap();
    assert_eq!(sums(&device), (87_155, 0, 87_155));
    assert!(!shown(&device, intent).amount_is_pending);
    assert_eq!(world.bank.borrow().orders.arrivals(intent), 1);
}
