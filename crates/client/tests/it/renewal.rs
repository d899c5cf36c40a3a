//! A device renews its channel token by itself, by the bank's time and never by its own clock.

use crate::network::World;
use crate::phone::{Phone, balance, found, live, run};
use client::{Change, Ended};
use std::rc::Rc;
use std::sync::atomic::Ordering;
use types::ErrorCode;

const MINUTE: u64 = 60_000;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * 60 * MINUTE;

fn world(life_ms: u64) -> (Rc<World>, Phone) {
    let world = World::new();
    world.bank.borrow_mut().token_life_ms = Some(life_ms);
    let phone = Phone::new(&world, 1);
    (world, phone)
}

#[test]
fn a_live_device_outlives_its_token_many_times() {
    for (life_ms, times) in [(4 * MINUTE, 20), (4 * HOUR, 5)] {
        for ahead_ms in [0, -(DAY.cast_signed()), (365 * DAY).cast_signed()] {
            let (world, phone) = world(life_ms);
            world.phone_ahead_ms.store(ahead_ms, Ordering::Relaxed);
            let mut device = phone.enrol();
            let end = world.now().plus_ms(times * life_ms);
            let (changes, ended) = live(&mut device, |_, _| world.now() >= end);
            ended.unwrap();
            assert!(!changes.contains(&"offline".to_owned()), "{changes:?}");
            let renewed = world.renewals().len();
            let wanted = usize::try_from(2 * times).unwrap();
            assert!(
                (wanted - 2..=wanted + 2).contains(&renewed),
                "{renewed} renewals"
            );
            world.bank.borrow_mut().post("576", 5);
            run(device.catch_up()).unwrap();
            assert_eq!((balance(&device), found(&device)), (5, vec![]));
        }
    }
}

#[test]
fn a_device_that_only_catches_up_renews_too_and_keeps_the_new_one() {
    let (world, phone) = world(30 * DAY);
    let mut device = phone.enrol();
    run(device.catch_up()).unwrap();
    assert_eq!(world.requested("/v1/token"), 0);
    for _ in 0..10 {
        world.pass(16 * DAY);
        drop(device);
        device = phone.open();
        // The bank's time is known only after its first statement. The token is renewed the next time.
        run(device.catch_up()).unwrap();
        run(device.catch_up()).unwrap();
        assert!(device.is_complete());
    }
    let renewed = world.renewals().len();
    assert!((9..=11).contains(&renewed), "{renewed} renewals");
}

#[test]
fn a_bank_that_does_not_renew_now_is_asked_again_before_the_end() {
    let (world, phone) = world(16 * MINUTE);
    let mut device = phone.enrol();
    run(device.catch_up()).unwrap();
    world.fails_to_renew.set(3);
    let end = world.now().plus_ms(40 * MINUTE);
    let (_, ended) = live(&mut device, |_, _| world.now() >= end);
    ended.unwrap();
    assert_eq!(world.fails_to_renew.get(), 0);
    let asked = world.renewals();
    let pauses: Vec<u64> = asked
        .windows(2)
        .map(|pair| pair[1].ms_since(pair[0]))
        .collect();
    assert!(
        pauses[..3]
            .iter()
            .all(|pause| (MINUTE..2 * MINUTE).contains(pause)),
        "{pauses:?}"
    );
}

#[test]
fn at_the_end_of_an_enrolment_renewal_is_not_repeated_and_ends_by_name() {
    let (world, phone) = world(30 * HOUR);
    let end = world.now().plus_ms(50 * HOUR);
    world.bank.borrow_mut().enrolment_ends = end.ms();
    let mut device = phone.enrol();
    let (_, ended) = live(&mut device, |_, _| false);
    assert_eq!(ended.unwrap_err().ended(), Some(Ended::TokenExpired));
    assert!(world.now() >= end);
    let asked = world.renewals();
    assert!(asked.len() <= 4, "{asked:?}");
    assert!(device.home().is_ok(), "stored data stays readable");
}

#[test]
fn a_device_that_was_revoked_is_not_renewed_and_ends_by_name() {
    let (world, phone) = world(30 * DAY);
    let mut device = phone.enrol();
    let id = device.id();
    world.bank.borrow_mut().revoke(id);
    world.pass(20 * DAY);
    let (_, ended) = live(&mut device, |_, change| matches!(change, Change::Live));
    assert_eq!(ended.unwrap_err().ended(), Some(Ended::DeviceRevoked));
    world.bank.borrow_mut().refuse = Some(ErrorCode::DeviceRevoked);
    assert!(run(device.catch_up()).is_err());
}

/// The broker announces that a token expires soon. It is then renewed, however little this device knows about the time.
#[test]
fn a_stream_that_announces_the_tokens_expiry_causes_its_renewal() {
    let (world, phone) = world(30 * DAY);
    let mut device = phone.enrol();
    let asked = protocol::live::Asked::new(vec![(device.channel(), device.position())]);
    let mut text = String::new();
    protocol::live::Frame::Expiring { seconds: 600 }.write(&asked.unwrap(), &mut text);
    world.said.borrow_mut().push_back(text);
    let (changes, ended) = live(&mut device, |_, _| world.requested("/v1/token") > 0);
    ended.unwrap();
    assert!(changes.len() < 10, "{changes:?}");
}
