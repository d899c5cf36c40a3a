//! Payees, standing orders and pending orders: from snapshots and entries, shown without a network.

use crate::bank::{account, czk};
use crate::network::World;
use crate::orders::{shown, state, submit, sums, supplied, transfer};
use crate::phone::{Phone, Simulated, found, run, settled};
use client::store::{Batch, CommitDurability, Store as _};
use client::{Device, Discrepancy};
use order::{
    Creditor, Frequency, Order, OrderFields, OrderKind, Outcome, OutcomeKind, Schedule, Scheme,
};
use types::{IntentId, Time};

fn payee(account: &str) -> Order {
    Order::new(OrderFields {
        creditor: Some(Creditor::new(Scheme::Account, account)),
        own_name: Some(format!("the one with {account}")),
        ..OrderFields::new(OrderKind::PayeeAdd)
    })
    .unwrap()
}

fn standing(minor_units: i64) -> Order {
    Order::new(OrderFields {
        schedule: Some(Schedule {
            frequency: Frequency::Month,
            first: "2026-10-31".parse().unwrap(),
            last: None,
        }),
        kind: OrderKind::Standing,
        ..transfer(minor_units)
    })
    .unwrap()
}

/// The ids of payees, standing orders and pending orders that a device shows.
fn ids(device: &Device<Simulated>) -> (Vec<String>, Vec<String>, Vec<String>) {
    let shown = device.shown();
    let payees = shown.payees().unwrap().into_iter();
    let standing = shown.standing_orders().unwrap().into_iter();
    let pending = shown.pending_orders().unwrap().into_iter();
    (
        payees.map(|one| one.id.to_string()).collect(),
        standing.map(|one| one.id.to_string()).collect(),
        pending.map(|one| one.id.to_string()).collect(),
    )
}

/// Gives an order on another device of the customer, which the core bank pends.
pub(crate) fn pend_elsewhere(world: &World, fields: OrderFields) -> IntentId {
    let intent = IntentId::at(Time::from_ms(7), [7; 10]);
    let outcome = Outcome {
        kind: OutcomeKind::Pending,
        intent,
        order_kind: fields.kind,
        reason: None,
        bank_reference: Some("ref elsewhere".into()),
        date: "2026-12-01".parse().ok(),
        order: Some(Order::new(fields).unwrap()),
    };
    world.bank.borrow_mut().report_outcome(&outcome);
    intent
}

fn end_elsewhere(world: &World, intent: IntentId, kind: OutcomeKind) {
    let outcome = Outcome {
        kind,
        intent,
        order_kind: OrderKind::Transfer,
        reason: None,
        bank_reference: None,
        date: None,
        order: None,
    };
    world.bank.borrow_mut().report_outcome(&outcome);
}

fn strings<const N: usize>(ids: [&str; N]) -> Vec<String> {
    ids.map(str::to_owned).to_vec()
}

#[test]
fn they_come_from_the_snapshot_and_from_entries_and_stay_without_a_network() {
    let world = World::new();
    world.bank.borrow_mut().add_payee("p1", &payee("704"));
    world
        .bank
        .borrow_mut()
        .create_standing("s1", &standing(400));
    let phone = Phone::new(&world, 1);
    let mut device = phone.enrol();
    run(device.catch_up()).unwrap();
    assert_eq!(ids(&device), (strings(["p1"]), strings(["s1"]), vec![]));

    world.bank.borrow_mut().add_payee("p2", &payee("705"));
    world.bank.borrow_mut().remove_payee("p1");
    world
        .bank
        .borrow_mut()
        .create_standing("s2", &standing(500));
    world.bank.borrow_mut().end_standing("s1");
    let pending = pend_elsewhere(&world, transfer(700)).to_string();
    run(device.catch_up()).unwrap();
    let expected = (strings(["p2"]), strings(["s2"]), vec![pending]);
    assert_eq!(ids(&device), expected);
    assert!(found(&device).is_empty() && device.is_complete());
    drop(device);

    world.offline.set(true);
    let device = phone.open();
    assert_eq!(ids(&device), expected);
    let shown = device.shown();
    assert_eq!(shown.payees().unwrap()[0].order, Some(payee("705")));
    let orders = shown.pending_orders().unwrap();
    assert_eq!(orders[0].date, "2026-12-01".parse().ok());
    assert_eq!(orders[0].order.as_ref().unwrap().amount(), Some(czk(700)));
}

#[test]
fn what_they_need_to_be_removed_and_ended_is_copied() {
    let (world, _phone, mut device) = supplied();
    world.bank.borrow_mut().add_payee("p1", &payee("704"));
    world
        .bank
        .borrow_mut()
        .create_standing("s1", &standing(400));
    run(device.catch_up()).unwrap();
    let remove = device.shown().to_remove(&"p1".parse().unwrap()).unwrap();
    let end = device.shown().to_end(&"s1".parse().unwrap()).unwrap();
    for (fields, text) in [
        (remove, "Remove payee\nAccount: 704\nAbout: p1"),
        (
            end,
            "End standing order\nAmount: 4.00 CZK\nAccount: 704\nFrom: 576\nAbout: s1",
        ),
    ] {
        let intent = submit(&mut device, fields.unwrap());
        assert_eq!(shown(&device, intent).text(), text);
        assert!(!shown(&device, intent).amount_is_pending);
        run(device.send_orders()).unwrap();
        assert_eq!(state(&device, intent), "accepted");
    }
    assert_eq!(
        device.shown().allowance().unwrap().orders,
        20,
        "no vouchers"
    );
    assert!(
        device
            .shown()
            .to_end(&"s2".parse().unwrap())
            .unwrap()
            .is_none()
    );
}

/// The amount of an order that another device gave is pending until its booking, whichever entry comes first.
#[test]
fn orders_of_other_devices_are_pending_amounts_until_their_booking() {
    for booked_first in [false, true] {
        let (world, _phone, mut device) = supplied();
        world.bank.borrow_mut().open("577");
        world.bank.borrow_mut().post("577", 1);
        run(device.catch_up()).unwrap();
        let intent = pend_elsewhere(&world, transfer(700));
        run(device.catch_up()).unwrap();
        assert_eq!(sums(&device), (100_000, 700, 99_300));
        if booked_first {
            world.bank.borrow_mut().book_order("576", -700, intent);
            run(device.catch_up()).unwrap();
            assert_eq!(sums(&device), (99_300, 0, 99_300));
        }
        end_elsewhere(&world, intent, OutcomeKind::Executed);
        run(device.catch_up()).unwrap();
        assert_eq!(ids(&device).2, strings([]), "not pending any more");
        if !booked_first {
            assert_eq!(
                sums(&device),
                (100_000, 700, 99_300),
                "its booking is under way"
            );
            world.bank.borrow_mut().book_order("577", 700, intent);
            run(device.catch_up()).unwrap();
            assert_eq!(sums(&device).1, 700, "the other side of it");
            world.bank.borrow_mut().book_order("576", -700, intent);
            run(device.catch_up()).unwrap();
        }
        assert_eq!(sums(&device), (99_300, 0, 99_300));
    }
}

/// An account's events may arrive before the customer's: the booking of an order before the order.
#[test]
fn an_order_whose_booking_arrived_before_it_is_not_pending_once_it_is_executed() {
    for executed_first in [false, true] {
        let (world, _phone, mut device) = supplied();
        let intent = IntentId::at(Time::from_ms(7), [7; 10]);
        let newest = |world: &World| world.bank.borrow().accounts[&account("576")].sequence;
        let booked = newest(&world).next();
        let book = |world: &World| world.bank.borrow_mut().book_order("576", -700, intent);
        if !executed_first {
            book(&world);
        }
        assert_eq!(pend_elsewhere(&world, transfer(700)), intent);
        world.bank.borrow_mut().executed_elsewhere(intent, booked);
        run(device.catch_up()).unwrap();
        if executed_first {
            assert_eq!(sums(&device), (100_000, 700, 99_300), "not booked yet");
            book(&world);
            run(device.catch_up()).unwrap();
        }
        assert_eq!(sums(&device), (99_300, 0, 99_300));
        assert_eq!(newest(&world), booked);
        assert_eq!(ids(&device).2, strings([]));
    }
}

/// A snapshot replaces what the device has, and entries that it contains change nothing.
#[test]
fn a_snapshot_replaces_them() {
    let (world, phone, mut device) = supplied();
    world.bank.borrow_mut().add_payee("p1", &payee("704"));
    world
        .bank
        .borrow_mut()
        .create_standing("s1", &standing(400));
    let pending = pend_elsewhere(&world, transfer(700));
    run(device.catch_up()).unwrap();
    {
        // The broker loses what came next; the channel is restarted.
        let mut bank = world.bank.borrow_mut();
        bank.remove_payee("p1");
        bank.add_payee("p2", &payee("705"));
        bank.end_standing("s1");
        drop(bank);
        end_elsewhere(&world, pending, OutcomeKind::Executed);
        world.bank.borrow_mut().book_order("576", -700, pending);
        world.bank.borrow_mut().restart();
    }
    run(device.catch_up()).unwrap();
    let expected = (strings(["p2"]), strings([]), strings([]));
    assert_eq!(ids(&device), expected);
    assert_eq!(sums(&device), (99_300, 0, 99_300));
    drop(device);
    assert_eq!(ids(&phone.open()), expected);
}

/// An event about the customer is missing: a snapshot replaces its effect.
#[test]
fn a_gap_in_the_customers_events_is_noticed_and_filled() {
    let (world, _phone, mut device) = settled();
    world.bank.borrow_mut().add_payee("p1", &payee("704"));
    run(device.catch_up()).unwrap();
    let snapshots = world.requested("/snapshot");
    world.bank.borrow_mut().lose_payee("p1");
    world.bank.borrow_mut().add_payee("p2", &payee("705"));
    run(device.catch_up()).unwrap();
    assert_eq!(found(&device), [Discrepancy::SequenceGap]);
    assert!(device.discrepancies()[0].resolved && device.is_complete());
    assert!(world.requested("/snapshot") > snapshots);
    assert_eq!(ids(&device).0, strings(["p2"]));
}

/// A store of a version that had no arrangements: they are read with the next snapshot, and what came as entries of
/// unknown kinds is not needed.
#[test]
fn a_store_of_an_earlier_version_takes_a_snapshot() {
    let (world, phone, mut device) = settled();
    world.bank.borrow_mut().add_payee("p1", &payee("704"));
    world.bank.borrow_mut().post("576", 5);
    run(device.catch_up()).unwrap();
    drop(device);
    let mut batch = Batch::default();
    for (name, value) in phone.disk.rows() {
        if name.starts_with(b"s.arranged.") {
            batch.delete(name);
        } else if name == b"s.known" {
            let mut known = crate::rolled_back::open(&name, &value);
            known.truncate(11);
            batch.put(name.clone(), crate::rolled_back::seal(&name, known));
        }
    }
    let newest = run(phone.disk.revision()).unwrap();
    let step = (newest, newest.next([9; 8]));
    run(phone.disk.commit(step, batch, CommitDurability::Durable)).unwrap();

    world.offline.set(true);
    let device = phone.open();
    assert_eq!(ids(&device).0, strings([]));
    assert_eq!(crate::phone::balance(&device), 5, "readable before that");
    drop(device);
    world.offline.set(false);
    let mut device = phone.open();
    let snapshots = world.requested("/snapshot");
    run(device.catch_up()).unwrap();
    assert!(world.requested("/snapshot") > snapshots);
    assert_eq!(ids(&device).0, strings(["p1"]));
    assert!(device.is_complete() && found(&device).is_empty());
    let snapshots = world.requested("/snapshot");
    run(device.catch_up()).unwrap();
    assert_eq!(world.requested("/snapshot"), snapshots, "once");
}

/// An order in the outbox whose outcome was among the messages that a snapshot replaced.
#[test]
fn an_order_whose_outcome_was_passed_over_is_asked_about() {
    let (world, _phone, mut device) = supplied();
    let orders = [700, 800, 900].map(|amount| submit(&mut device, transfer(amount)));
    let waiting = {
        run(device.send_orders()).unwrap();
        world.offline.set(true);
        submit(&mut device, transfer(50))
    };
    world.offline.set(false);
    world.bank.borrow_mut().pend(orders[1], None);
    world.bank.borrow_mut().pend(orders[2], Some("2026-12-01"));
    run(device.catch_up()).unwrap();
    assert_eq!(sums(&device), (100_000, 2_450, 97_550));
    for (order, amount) in [(orders[0], -700), (orders[1], -800)] {
        world.bank.borrow_mut().execute(order);
        world.bank.borrow_mut().book_order("576", amount, order);
    }
    world.bank.borrow_mut().restart();
    run(device.catch_up()).unwrap();
    run(device.send_orders()).unwrap();
    let states = orders.map(|order| state(&device, order));
    assert_eq!(states, ["done", "done", "scheduled"]);
    assert_eq!(sums(&device), (98_500, 950, 97_550));
    world.bank.borrow_mut().execute_silently(waiting);
    run(device.send_orders()).unwrap();
    assert_eq!(state(&device, waiting), "done");
    assert_eq!(
        sums(&device).1,
        950,
        "it was sent later, so its booking will come"
    );
}

/// The snapshot contains the booking of an order that the device knew to be executed.
#[test]
fn an_amount_whose_booking_a_snapshot_contains_is_not_pending() {
    let (world, _phone, mut device) = supplied();
    let intent = submit(&mut device, transfer(700));
    run(device.send_orders()).unwrap();
    world.bank.borrow_mut().execute(intent);
    run(device.catch_up()).unwrap();
    assert_eq!(sums(&device), (100_000, 700, 99_300));
    world.bank.borrow_mut().book_order("576", -700, intent);
    world.bank.borrow_mut().restart();
    run(device.catch_up()).unwrap();
    assert_eq!(sums(&device), (99_300, 0, 99_300));
}
