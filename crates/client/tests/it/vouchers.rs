//! Vouchers, and the bank's time in what they sign for.

use crate::bank::{CUSTOMER, czk};
use crate::network::World;
use crate::orders::{shown, state, submit, supplied, transfer};
use crate::phone::{live, run, settled};
use client::{Change, Objection};
use order::{Locale, Voucher};
use std::sync::atomic::Ordering;
use types::{ErrorCode, Time, VoucherId};

const HOUR: u64 = 3_600_000;

#[test]
fn a_live_owner_fetches_vouchers_and_tops_them_up() {
    let (world, _phone, mut device) = settled();
    assert_eq!(device.shown().allowance().unwrap().orders, 0);
    let (_, ended) = live(&mut device, |shown, _| {
        shown.allowance().unwrap().orders == 20
    });
    ended.unwrap();
    assert_eq!(world.requested("/v1/vouchers"), 1);
    let allowance = device.shown().allowance().unwrap();
    assert_eq!(allowance.each_max, [czk(500_000)]);
    assert_eq!(allowance.total, [czk(10_000_000)]);
    let expires = world.now().plus_ms(72 * HOUR);
    assert!(allowance.expires.unwrap() <= expires);

    // 61 hours later they do not last for another half day, and the bank has not made new ones yet.
    world.pass(61 * HOUR);
    assert_eq!(device.shown().allowance().unwrap().orders, 20);
    let (_, ended) = live(&mut device, |_, _| world.requested("/v1/vouchers") > 1);
    ended.unwrap();
    world.pass(12 * HOUR);
    assert_eq!(device.shown().allowance().unwrap().orders, 0, "expired");
    let review = device.compose(transfer(700), Locale::En).unwrap();
    assert_eq!(
        review.objections(),
        [Objection::NewPayee, Objection::NoVoucher]
    );
    let (_, ended) = live(&mut device, |shown, _| {
        shown.allowance().unwrap().orders == 20
    });
    ended.unwrap();
}

/// The bank counts a voucher as alive until the order arrives: the device does not use it again.
#[test]
fn a_voucher_that_an_unsent_order_spent_is_not_used_again() {
    let (world, _phone, mut device) = supplied();
    world.offline.set(true);
    let orders = [700, 800].map(|amount| submit(&mut device, transfer(amount)));
    world.offline.set(false);
    world.bank.borrow_mut().orders.unanswerable = Some(czk(700));
    let _ = run(device.send_orders());
    assert_eq!(device.shown().allowance().unwrap().orders, 18);
    let (_, ended) = live(&mut device, |_, change| matches!(change, Change::Live));
    ended.unwrap();
    world.bank.borrow_mut().orders.unanswerable = None;
    run(device.send_orders()).unwrap();
    for order in orders {
        assert_eq!(state(&device, order), "accepted");
    }
}

#[test]
fn only_vouchers_that_the_bank_signed_for_this_device_count() {
    let (world, _phone, mut device) = settled();
    let (own, now) = (device.id(), world.now());
    let voucher = Voucher {
        voucher: VoucherId::new([9; 16]),
        customer: CUSTOMER.parse().unwrap(),
        device: own,
        limit: czk(1),
        issued: now,
        expires: now.plus_ms(HOUR),
    };
    let stranger = envelope::SoftwareKey::from_bytes(&[77; 32]).unwrap();
    let key = envelope::SoftwareKey::from_bytes(&[5; 32]).unwrap();
    let forged = voucher.sign(&stranger).unwrap();
    let foreign = Voucher {
        customer: "1002".parse().unwrap(),
        ..voucher.clone()
    };
    let elsewhere = Voucher {
        device: types::DeviceId::at(Time::from_ms(1), [1; 10]),
        ..voucher.clone()
    };
    let expired = Voucher {
        issued: now.minus_ms(2),
        expires: now.minus_ms(1),
        ..voucher.clone()
    };
    let mut given = vec![forged, b"no Sign1".to_vec()];
    given.extend([&foreign, &elsewhere, &expired, &voucher].map(|one| one.sign(&key).unwrap()));
    world.bank.borrow_mut().orders.gives = Some(given);
    run(device.send_orders()).unwrap();
    let allowance = device.shown().allowance().unwrap();
    assert_eq!((allowance.orders, allowance.total), (1, vec![czk(1)]));
}

/// The smallest sufficient limit is spent, and an order is good no longer than its voucher.
#[test]
fn the_smallest_sufficient_voucher_is_spent() {
    let (world, _phone, mut device) = settled();
    let now = world.now();
    let key = envelope::SoftwareKey::from_bytes(&[5; 32]).unwrap();
    let given = [(100, 50), (1_000, 50), (1_000, 60), (9_000, 5)].map(|(limit, hours)| {
        let voucher = Voucher {
            voucher: VoucherId::new([hours; 16]),
            customer: CUSTOMER.parse().unwrap(),
            device: device.id(),
            limit: czk(limit),
            issued: now,
            expires: now.plus_ms(u64::from(hours) * HOUR),
        };
        voucher.sign(&key).unwrap()
    });
    world.bank.borrow_mut().orders.gives = Some(given.to_vec());
    run(device.send_orders()).unwrap();
    world.offline.set(true);
    let day = 24 * HOUR;
    let good_for = |device: &mut client::Device<crate::phone::Simulated>, amount| {
        let intent = submit(device, transfer(amount));
        let order = shown(device, intent);
        order.not_after.ms_since(order.created)
    };
    assert_eq!(good_for(&mut device, 500), day);
    assert_eq!(device.shown().allowance().unwrap().total, [czk(10_100)]);
    assert_eq!(good_for(&mut device, 2_000), 5 * HOUR);
    assert_eq!(device.shown().allowance().unwrap().total, [czk(1_100)]);
}

/// The time of an order is the bank's, as the newest nonce taught it: online, and later without a network.
#[test]
fn a_wrong_clock_delays_and_expires_no_order() {
    for ahead_ms in [-86_400_000_i64, 365 * 86_400_000] {
        let (world, phone, mut device) = settled();
        world.phone_ahead_ms.store(ahead_ms, Ordering::Relaxed);
        run(device.send_orders()).unwrap();
        assert_eq!(device.shown().allowance().unwrap().orders, 20, "{ahead_ms}");
        let close = |time: Time, world: &World| {
            let apart = time.ms_since(world.now()) + world.now().ms_since(time);
            assert!(apart < 1_000, "{ahead_ms}: {apart} ms");
        };
        let intent = submit(&mut device, transfer(700));
        close(shown(&device, intent).created, &world);
        drop(device);

        world.offline.set(true);
        world.pass(5 * HOUR);
        let mut device = phone.open();
        assert_eq!(device.shown().allowance().unwrap().orders, 19);
        let later = submit(&mut device, transfer(800));
        close(shown(&device, later).created, &world);
        world.offline.set(false);
        run(device.send_orders()).unwrap();
        assert_eq!(state(&device, intent), "accepted");
        assert_eq!(state(&device, later), "accepted");
    }
}

/// A device that never heard the bank's time signs by its own, and hears that its clock is wrong.
#[test]
fn a_refusal_for_the_clock_says_so() {
    let (world, _phone, mut device) = supplied();
    world.bank.borrow_mut().orders.refuses = Some(ErrorCode::OrderCreatedAhead);
    let intent = submit(&mut device, transfer(700));
    run(device.send_orders()).unwrap();
    let text = shown(&device, intent).state.text(Locale::En);
    assert!(
        text.starts_with("refused: The clock of this device is wrong"),
        "{text}"
    );
}

#[test]
fn a_bank_without_orders_is_asked_for_vouchers_rarely() {
    let (world, _phone, mut device) = settled();
    world.bank.borrow_mut().orders.gives = Some(Vec::new());
    let began = world.now();
    let (_, ended) = live(&mut device, |_, _| world.now().ms_since(began) > 10 * HOUR);
    ended.unwrap();
    let asked = world.requested("/v1/vouchers");
    assert!((5..25).contains(&asked), "{asked} times in ten hours");
}
