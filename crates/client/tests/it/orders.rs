//! Orders: from the review over signing and sending to the outcome, online and offline.

use crate::bank::{account, czk};
use crate::network::World;
use crate::phone::{Phone, Simulated, run, settled};
use client::{Device, Funds, Objection, OrderState, Refusal, Review, ShownOrder};
use order::{Creditor, Locale, OrderFields, OrderKind, Reason, Scheme};
use std::rc::Rc;
use types::{ErrorCode, IntentId};

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
    assert_eq!(
        device.home().unwrap().pending,
        [(account("576"), funds(&device))]
    );
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
    assert_eq!(device.home().unwrap().pending, []);
    assert!(!shown(&device, intent).amount_is_pending);
    assert_eq!(world.bank.borrow().orders.arrivals(intent), 1);
}

#[test]
fn an_order_without_a_network_waits_and_outlives_the_app() {
    let (world, phone, mut device) = supplied();
    world.offline.set(true);
    let intent = submit(&mut device, transfer(500));
    assert!(run(device.send_orders()).unwrap_err().is_unavailable());
    assert_eq!(
        state(&device, intent),
        "waiting_for_network",
        "surely not sent"
    );
    drop(device);

    let mut device = phone.open();
    assert_eq!(state(&device, intent), "waiting_for_network");
    assert_eq!(sums(&device), (100_000, 500, 99_500));
    assert_eq!(device.shown().allowance().unwrap().orders, 19);
    world.offline.set(false);
    run(device.send_orders()).unwrap();
    assert_eq!(state(&device, intent), "accepted");
    assert_eq!(
        world.approvals.get(),
        1 + 1,
        "the enrolment's and the order's"
    );
}

#[test]
fn a_scheduled_order_is_cancelled_in_time() {
    let (world, _phone, mut device) = supplied();
    let dated = OrderFields {
        execution_date: "2026-12-01".parse().ok(),
        ..transfer(700)
    };
    let intent = submit(&mut device, dated);
    run(device.send_orders()).unwrap();
    world.bank.borrow_mut().pend(intent, Some("2026-12-01"));
    run(device.catch_up()).unwrap();
    assert_eq!(state(&device, intent), "scheduled");
    assert_eq!(
        shown(&device, intent).state.text(Locale::En),
        "scheduled for 2026-12-01"
    );
    assert_eq!(sums(&device).1, 700);

    let fields = device.shown().to_cancel(&intent).unwrap().unwrap();
    let cancel = submit(&mut device, fields);
    assert_eq!(
        shown(&device, cancel).text(),
        format!("Cancel order\nAmount: 7.00 CZK\nAccount: 704\nFrom: 576\nAbout: {intent}")
    );
    assert_eq!(device.shown().allowance().unwrap().orders, 19, "no voucher");
    run(device.send_orders()).unwrap();
    world.bank.borrow_mut().cancel_order(intent);
    world.bank.borrow_mut().execute(cancel);
    run(device.catch_up()).unwrap();
    assert_eq!(state(&device, intent), "cancelled");
    assert_eq!(state(&device, cancel), "done");
    assert_eq!(sums(&device), (100_000, 0, 100_000));
    let again = device.shown().to_cancel(&intent).unwrap().unwrap();
    assert_eq!(review(&device, again).objections(), [Objection::TargetDone]);
}

#[test]
fn a_cancellation_that_comes_too_late_says_so_and_the_order_stays() {
    let (world, _phone, mut device) = supplied();
    let intent = submit(&mut device, transfer(700));
    run(device.send_orders()).unwrap();
    world.offline.set(true);
    world.bank.borrow_mut().execute(intent);
    let fields = device.shown().to_cancel(&intent).unwrap().unwrap();
    let cancel = submit(&mut device, fields);
    world.offline.set(false);
    run(device.send_orders()).unwrap();
    assert_eq!(state(&device, cancel), "refused");
    let text = shown(&device, cancel).state.text(Locale::En);
    assert!(
        text.starts_with("refused: It was too late to cancel"),
        "{text}"
    );
    run(device.catch_up()).unwrap();
    assert_eq!(state(&device, intent), "done");
}

/// A cancellation of an order that was never sent goes first, and keeps it from ever being accepted.
#[test]
fn an_order_that_was_never_sent_is_cancelled_before_it_is_sent() {
    let (world, _phone, mut device) = supplied();
    world.offline.set(true);
    let intent = submit(&mut device, transfer(700));
    let other = submit(&mut device, transfer(800));
    let fields = device.shown().to_cancel(&intent).unwrap().unwrap();
    let cancel = submit(&mut device, fields);
    world.offline.set(false);
    run(device.send_orders()).unwrap();
    assert_eq!(state(&device, cancel), "accepted");
    assert_eq!(state(&device, intent), "cancelled");
    assert_eq!(state(&device, other), "accepted");
    let bank = world.bank.borrow();
    assert!(!bank.orders.received.contains_key(&intent));
    let order: Vec<IntentId> = bank.orders.arrived.iter().map(|(id, _)| *id).collect();
    let at = |intent| order.iter().position(|id| *id == intent).unwrap();
    assert!(at(cancel) < at(intent));
    assert_eq!(sums(&device).1, 800);
}

#[test]
fn a_refusal_says_why_and_what_to_do_and_its_amount_is_pending_no_more() {
    let (world, _phone, mut device) = supplied();
    let at_the_core = submit(&mut device, transfer(700));
    run(device.send_orders()).unwrap();
    assert_eq!(sums(&device).1, 700);
    let reason = Reason::InsufficientFunds;
    world
        .bank
        .borrow_mut()
        .refuse_order(at_the_core, reason.clone());
    run(device.catch_up()).unwrap();
    let refused = OrderState::Refused(Refusal::Reason(reason.clone()));
    assert_eq!(shown(&device, at_the_core).state, refused);
    for (locale, refused_as) in [(Locale::En, "refused: "), (Locale::Th, "ปฏิเสธ: ")] {
        let expected = format!("{refused_as}{}", reason.text(locale));
        assert_eq!(refused.text(locale), expected);
    }
    assert_eq!(sums(&device).1, 0);

    for code in [
        ErrorCode::OrderLimitExceeded,
        ErrorCode::OrderDeclined,
        ErrorCode::DebitAccountForbidden,
        ErrorCode::VoucherSpent,
        ErrorCode::OrderIdUsed,
        ErrorCode::OrderDeviceRemoved,
    ] {
        world.bank.borrow_mut().orders.refuses = Some(code);
        let intent = submit(&mut device, transfer(700));
        run(device.send_orders()).unwrap();
        let refused = OrderState::Refused(Refusal::Code(code.number(), None));
        assert_eq!(shown(&device, intent).state, refused);
        assert_eq!(world.bank.borrow().orders.arrivals(intent), 1, "final");
        assert_eq!(sums(&device).1, 0);
    }
}

/// The bank returns what another bank did not take: the last event counts.
#[test]
fn a_returned_payment_is_refused_after_it_was_done() {
    let (world, _phone, mut device) = supplied();
    let intent = submit(&mut device, transfer(700));
    run(device.send_orders()).unwrap();
    world.bank.borrow_mut().execute(intent);
    world.bank.borrow_mut().book_order("576", -700, intent);
    run(device.catch_up()).unwrap();
    assert_eq!(state(&device, intent), "done");
    world
        .bank
        .borrow_mut()
        .refuse_order(intent, Reason::Returned);
    world.bank.borrow_mut().post("576", 700);
    run(device.catch_up()).unwrap();
    assert_eq!(state(&device, intent), "refused");
    assert_eq!(sums(&device), (100_000, 0, 100_000));
}

#[test]
fn an_order_that_was_never_sent_in_time_expires_and_is_never_sent() {
    let (world, _phone, mut device) = supplied();
    world.offline.set(true);
    let intent = submit(&mut device, transfer(700));
    let not_after = shown(&device, intent).not_after;
    assert_eq!(
        not_after,
        shown(&device, intent).created.plus_ms(24 * 3_600_000)
    );
    world.pass(24 * 3_600_000);
    let _ = run(device.send_orders());
    assert_eq!(
        state(&device, intent),
        "waiting_for_network",
        "its last moment"
    );
    world.pass(1);
    let _ = run(device.send_orders());
    assert_eq!(state(&device, intent), "expired");
    assert_eq!(sums(&device).1, 0);
    world.offline.set(false);
    run(device.send_orders()).unwrap();
    assert_eq!(world.bank.borrow().orders.arrivals(intent), 0);
}

#[test]
fn an_order_that_is_too_late_expires_without_a_request() {
    let (world, _phone, mut device) = supplied();
    let sent = submit(&mut device, transfer(500));
    run(device.send_orders()).unwrap();
    let intent = submit(&mut device, transfer(700));
    world.pass(24 * 3_600_000);
    run(device.expire_orders()).unwrap();
    assert_eq!(state(&device, intent), "waiting_for_network");
    world.pass(1);
    let requests = world.requests.borrow().len();
    run(device.expire_orders()).unwrap();
    assert_eq!(world.requests.borrow().len(), requests);
    assert_eq!(state(&device, intent), "expired");
    assert_eq!(state(&device, sent), "accepted");
    assert_eq!(sums(&device).1, 500);
}

/// Both sides of a transfer between own accounts name the order: only the debited one settles its amount.
#[test]
fn the_other_side_of_a_transfer_between_own_accounts_settles_nothing() {
    let (world, _phone, mut device) = supplied();
    world.bank.borrow_mut().open("577");
    world.bank.borrow_mut().post("577", 1);
    run(device.catch_up()).unwrap();
    let fields = OrderFields {
        creditor: Some(Creditor::new(Scheme::Account, "577")),
        ..transfer(700)
    };
    let intent = submit(&mut device, fields);
    run(device.send_orders()).unwrap();
    world.bank.borrow_mut().execute(intent);
    world.bank.borrow_mut().book_order("577", 700, intent);
    run(device.catch_up()).unwrap();
    assert_eq!(sums(&device), (100_000, 700, 99_300));
    world.bank.borrow_mut().book_order("576", -700, intent);
    run(device.catch_up()).unwrap();
    assert_eq!(sums(&device), (99_300, 0, 99_300));
}
