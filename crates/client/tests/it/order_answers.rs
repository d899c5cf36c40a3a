//! Lost answers, crashes, full disks: an order is sent again with the same bytes, signed once, and never lost.

use crate::network::World;
use crate::orders::{review, shown, state, submit, sums, supplied, transfer};
use crate::phone::{Phone, Simulated, run, run_for};
use client::store::StoreError;
use client::{Device, Ended, OrderState, Refusal, SyncError};
use std::collections::BTreeMap;
use std::rc::Rc;
use types::{ErrorCode, IntentId};

/// Every order arrived with the same bytes each time.
fn assert_same_bytes(world: &World) {
    let mut first: BTreeMap<IntentId, Vec<u8>> = BTreeMap::new();
    for (intent, bytes) in &world.bank.borrow().orders.arrived {
        let first = first.entry(*intent).or_insert_with(|| bytes.clone());
        assert_eq!(first, bytes);
    }
}

/// A device that has just been answered, so that it sends without asking first.
fn in_touch(world: &World, device: &mut Device<Simulated>) {
    let first = submit(device, transfer(1));
    run(device.send_orders()).unwrap();
    world.bank.borrow_mut().execute(first);
    world.bank.borrow_mut().book_order("576", -1, first);
    run(device.catch_up()).unwrap();
}

#[test]
fn a_lost_answer_is_unknown_until_the_bank_has_said_it() {
    for arrived in [false, true] {
        let (world, phone, mut device) = supplied();
        in_touch(&world, &mut device);
        let intent = submit(&mut device, transfer(700));
        // The probe is answered; the answer to the order is lost, or the order does not arrive.
        let lost = run_for(100, async {
            world.bank.borrow_mut().orders.unanswerable =
                (!arrived).then_some(crate::bank::czk(700));
            lose_the_answer_to_the_order(&world, &mut device).await
        });
        assert!(lost.unwrap().unwrap_err().is_unavailable());
        assert_eq!(state(&device, intent), "unknown_asking");
        assert_eq!(sums(&device).1, 700, "it counts until it is known");
        drop(device);
        world.bank.borrow_mut().orders.unanswerable = None;

        let mut device = phone.open();
        assert_eq!(
            state(&device, intent),
            "unknown_asking",
            "after a restart, too"
        );
        run(device.send_orders()).unwrap();
        assert_eq!(state(&device, intent), "accepted");
        let again = if arrived { 1 } else { 2 };
        assert_eq!(world.bank.borrow().orders.arrivals(intent), again);
        assert_same_bytes(&world);
    }
}

/// gateway refused the order, and its answer was lost: the device asks, and says the same as if it had been told.
#[test]
fn a_refusal_whose_answer_was_lost_is_said_in_the_same_words() {
    for (code, expected) in [
        (
            ErrorCode::OrderLimitExceeded,
            OrderState::Refused(Refusal::Code(8018, None)),
        ),
        (ErrorCode::OrderExpired, OrderState::Expired),
        (ErrorCode::OrderCancelledBefore, OrderState::Cancelled),
    ] {
        let (world, _phone, mut device) = supplied();
        in_touch(&world, &mut device);
        world.bank.borrow_mut().orders.refuses = Some(code);
        let intent = submit(&mut device, transfer(700));
        run_for(100, lose_the_answer_to_the_order(&world, &mut device))
            .unwrap()
            .unwrap_err();
        assert_eq!(state(&device, intent), "unknown_asking");
        run(device.send_orders()).unwrap();
        let shown = device.shown().order(&intent).unwrap().unwrap();
        assert_eq!(shown.state, expected);
    }
}

/// Loses the answer to the first request that sends an order.
async fn lose_the_answer_to_the_order(
    world: &Rc<World>,
    device: &mut Device<Simulated>,
) -> Result<(), SyncError> {
    *world.loses_answers_to.borrow_mut() = "POST /v1/orders".into();
    let sent = device.send_orders().await;
    world.loses_answers_to.borrow_mut().clear();
    sent
}

/// The outcome arrives before the answer to the order, or instead of it.
#[test]
fn an_entry_settles_an_order_whose_answer_was_lost() {
    let (world, _phone, mut device) = supplied();
    let intent = submit(&mut device, transfer(700));
    run(lose_the_answer_to_the_order(&world, &mut device)).unwrap_err();
    assert_eq!(state(&device, intent), "unknown_asking");
    world.bank.borrow_mut().book_order("576", -700, intent);
    run(device.catch_up()).unwrap();
    assert_eq!(state(&device, intent), "unknown_asking");
    assert_eq!(sums(&device), (99_300, 0, 99_300), "booked first");
    world.bank.borrow_mut().execute(intent);
    run(device.catch_up()).unwrap();
    assert_eq!(state(&device, intent), "done");
    run(device.send_orders()).unwrap();
    assert_eq!(world.bank.borrow().orders.arrivals(intent), 1);
}

#[test]
fn an_answer_settles_an_order_whose_entry_is_late_and_its_amount_waits_for_the_booking() {
    let (world, _phone, mut device) = supplied();
    let intent = submit(&mut device, transfer(700));
    run(device.send_orders()).unwrap();
    world.bank.borrow_mut().execute_silently(intent);
    run(device.send_orders()).unwrap();
    assert_eq!(state(&device, intent), "done");
    assert_eq!(sums(&device), (100_000, 700, 99_300));
    world.bank.borrow_mut().book_order("576", -700, intent);
    run(device.catch_up()).unwrap();
    assert_eq!(sums(&device), (99_300, 0, 99_300));
}

/// An order on its way that the gateway lost is sent again.
#[test]
fn an_order_that_the_bank_lost_is_sent_again() {
    let (world, _phone, mut device) = supplied();
    let intent = submit(&mut device, transfer(700));
    run(device.send_orders()).unwrap();
    world.bank.borrow_mut().forget_orders();
    run(device.send_orders()).unwrap();
    assert_eq!(state(&device, intent), "accepted");
    assert_eq!(world.bank.borrow().orders.arrivals(intent), 2);
    assert_same_bytes(&world);
}

/// An order that makes the bank fail holds up no other.
#[test]
fn orders_do_not_wait_for_each_other() {
    let (world, _phone, mut device) = supplied();
    in_touch(&world, &mut device);
    world.bank.borrow_mut().orders.unanswerable = Some(crate::bank::czk(1_000));
    let all: Vec<IntentId> = (0..18)
        .map(|index| submit(&mut device, transfer(1_000 + index)))
        .collect();
    let failed = run(device.send_orders()).unwrap_err();
    assert!(failed.is_unavailable());
    let mut sends = 0;
    while all[1..]
        .iter()
        .any(|one| state(&device, *one) != "accepted")
    {
        run(device.send_orders()).unwrap_err();
        sends += 1;
        assert!(sends < 5, "they wait");
    }
    assert_eq!(state(&device, all[0]), "unknown_asking");
    world.bank.borrow_mut().orders.unanswerable = None;
    run(device.send_orders()).unwrap();
    assert_eq!(state(&device, all[0]), "accepted");
    assert_same_bytes(&world);
}

#[test]
fn an_order_submitted_twice_is_signed_once() {
    let (world, phone, mut device) = supplied();
    let review = review(&device, transfer(700));
    let approvals = world.approvals.get();
    let first = run(device.submit(&review)).unwrap();
    let again = run(device.submit(&review)).unwrap();
    assert_eq!(first, again);
    drop(device);
    let mut device = phone.open();
    run(device.send_orders()).unwrap();
    let later = run(device.submit(&review)).unwrap();
    assert_eq!(later.state, OrderState::Accepted);
    assert_eq!(world.approvals.get(), approvals + 1);
    assert_eq!(device.shown().orders().unwrap().len(), 1);
    assert_eq!(device.shown().allowance().unwrap().orders, 19);
}

#[test]
fn a_person_who_declines_ordered_nothing() {
    let (world, _phone, mut device) = supplied();
    let review = review(&device, transfer(700));
    world.declines.set(true);
    let declined = run(device.submit(&review));
    assert!(matches!(declined, Err(SyncError::Keys(_))), "{declined:?}");
    assert!(device.shown().orders().unwrap().is_empty());
    assert_eq!(device.shown().allowance().unwrap().orders, 20);
    world.declines.set(false);
    run(device.submit(&review)).unwrap();
}

#[test]
fn a_full_disk_stores_no_order_and_spends_no_voucher() {
    let (world, phone, mut device) = supplied();
    let review = review(&device, transfer(700));
    phone.disk.fails.set(true);
    let failed = run(device.submit(&review));
    let by_name = matches!(failed, Err(SyncError::Store(StoreError::Failed(_))));
    assert!(by_name, "{failed:?}");
    phone.disk.fails.set(false);
    run(device.catch_up()).unwrap();
    assert!(device.shown().orders().unwrap().is_empty());
    assert_eq!(device.shown().allowance().unwrap().orders, 20);
    let intent = run(device.submit(&review)).unwrap().intent;

    // Nothing is sent that cannot be marked as sent.
    phone.disk.fails.set(true);
    let failed = run(device.send_orders());
    let by_name = matches!(failed, Err(SyncError::Store(StoreError::Failed(_))));
    assert!(by_name, "{failed:?}");
    assert_eq!(world.bank.borrow().orders.arrivals(intent), 0);
    phone.disk.fails.set(false);
    run(device.send_orders()).unwrap();
    assert_eq!(state(&device, intent), "accepted");
}

/// What must hold whenever the app or the phone ended: each order is in the outbox with its voucher spent, or neither;
/// it reaches the bank once, with the same bytes; and another start finishes it.
fn assert_finishes(world: &Rc<World>, phone: &Phone, when: &str) -> usize {
    let mut device = phone.open();
    let orders = device.shown().orders().unwrap();
    let left = device.shown().allowance().unwrap().orders;
    assert_eq!(left + orders.len(), 20, "{when}");
    let approvals = world.approvals.get();
    run(device.send_orders()).unwrap();
    assert_eq!(world.approvals.get(), approvals, "{when}: signed again");
    assert_same_bytes(world);
    for order in &orders {
        assert_eq!(state(&device, order.intent), "accepted", "{when}");
        assert_eq!(shown(&device, order.intent).created, order.created);
    }
    let received: Vec<IntentId> = world
        .bank
        .borrow()
        .orders
        .received
        .keys()
        .copied()
        .collect();
    let mut own: Vec<IntentId> = orders.iter().map(|order| order.intent).collect();
    own.sort();
    assert_eq!(received, own, "{when}: what the bank has is in the outbox");
    orders.len()
}

#[test]
fn wherever_the_app_ends_an_order_is_stored_whole_and_sent_once() {
    let (mut none, mut both) = (0, 0);
    for polls in 1.. {
        let (world, phone, mut device) = supplied();
        let reviews = [700, 800].map(|amount| review(&device, transfer(amount)));
        let done = run_for(polls, async {
            for review in &reviews {
                device.submit(review).await.unwrap();
            }
            device.send_orders().await.unwrap();
        });
        drop(device);
        let orders = assert_finishes(&world, &phone, &format!("after {polls} polls"));
        none += usize::from(orders == 0);
        both += usize::from(orders == 2);
        if done.is_some() {
            assert_eq!(orders, 2);
            break;
        }
    }
    assert!(none > 2 && both > 5, "{none} {both}");
}

#[test]
fn a_power_failure_loses_no_order_that_was_submitted() {
    let commits = {
        let (_world, phone, mut device) = supplied();
        let before = phone.disk.commits.borrow().len();
        submit(&mut device, transfer(700));
        run(device.send_orders()).unwrap();
        let after = phone.disk.commits.borrow().len();
        assert!(after >= before + 3, "stored, marked, answered");
        before..=after
    };
    for kept in commits.clone() {
        let (world, phone, mut device) = supplied();
        let intent = submit(&mut device, transfer(700));
        assert_eq!(phone.disk.durable(), commits.start() + 1);
        run(device.send_orders()).unwrap();
        drop(device);
        let kept = kept.max(phone.disk.durable());
        let phone = Phone {
            disk: phone.disk.after(kept),
            ..phone
        };
        assert_eq!(
            assert_finishes(&world, &phone, &format!("{kept} commits")),
            1
        );
        assert_eq!(world.bank.borrow().only_order(), intent);
    }
}

/// The orders of a device that was removed are refused, but one that may have arrived stays unknown.
#[test]
fn a_removed_device_sends_nothing_more() {
    for (refusal, ended, why) in [
        (
            ErrorCode::DeviceRevoked,
            Ended::DeviceRevoked,
            ErrorCode::OrderDeviceRemoved,
        ),
        (
            ErrorCode::CustomerStopped,
            Ended::CustomerStopped,
            ErrorCode::OrdersStopped,
        ),
    ] {
        let (world, _phone, mut device) = supplied();
        let lost = submit(&mut device, transfer(700));
        run(lose_the_answer_to_the_order(&world, &mut device)).unwrap_err();
        let queued = submit(&mut device, transfer(800));
        world.bank.borrow_mut().refuse = Some(refusal);
        let refused = run(device.send_orders()).unwrap_err();
        assert_eq!(refused.ended(), Some(ended));
        let why = Refusal::Code(why.number(), None);
        assert_eq!(shown(&device, queued).state, OrderState::Refused(why));
        assert_eq!(state(&device, lost), "unknown_asking");
        assert_eq!(world.bank.borrow().orders.arrivals(queued), 0);
    }
}
