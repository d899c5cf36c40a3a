//! A phone's clock that is wrong, or is corrected: no interval and no check depends on it.

use crate::network::World;
use crate::phone::{Phone, Simulated, found, live, numbers, run, settled};
use client::{Change, Device, Discrepancy};
use std::rc::Rc;
use std::sync::atomic::Ordering;

const MINUTE: u64 = 60_000;
const DAY: i64 = 24 * 3_600_000;
const YEAR: i64 = 365 * DAY;
/// How far the phones' clocks are off.
const OFF: [i64; 4] = [-DAY, YEAR, -10 * YEAR, DAY / 24];

fn set(world: &World, ahead_ms: i64) {
    world.phone_ahead_ms.store(ahead_ms, Ordering::Relaxed);
}

/// Stays live until that many checkpoints have arrived. Returns the minutes that this took.
fn live_for(world: &World, device: &mut Device<Simulated>, checkpoints: u32) -> u64 {
    let (began, mut came) = (world.now(), 0);
    let (_, ended) = live(device, |_, change| {
        came += u32::from(matches!(change, Change::Checkpoint(_)));
        came == checkpoints
    });
    ended.unwrap();
    world.now().ms_since(began) / MINUTE
}

fn assert_right(world: &Rc<World>, device: &Device<Simulated>) {
    assert!(device.is_complete());
    assert!(found(device).is_empty(), "{:?}", device.discrepancies());
    assert!(world.bank.borrow().reports.is_empty(), "nobody is accused");
    assert!(device.as_of() <= world.now(), "as of is the bank's time");
    assert!(world.now().ms_since(device.as_of()) <= 15 * MINUTE);
}

#[test]
fn a_corrected_clock_delays_no_checkpoint() {
    for off in OFF {
        let world = World::new();
        set(&world, off);
        let phone = Phone::new(&world, 1);
        let mut device = phone.enrol();
        run(device.catch_up()).unwrap();
        assert_right(&world, &device);
        set(&world, 0);
        assert_right(&world, &device);
        world.pass(MINUTE);
        let minutes = live_for(&world, &mut device, 2);
        assert!((27..=30).contains(&minutes), "{off}: {minutes} minutes");
        assert_right(&world, &device);

        // The same with a restart of the app in between.
        drop(device);
        let mut device = phone.open();
        let minutes = live_for(&world, &mut device, 1);
        assert!((13..=15).contains(&minutes), "{off}: {minutes} minutes");
        assert_right(&world, &device);
    }
}

#[test]
fn a_clock_that_becomes_wrong_changes_nothing() {
    for off in OFF {
        let (world, _phone, mut device) = settled();
        set(&world, off);
        assert_right(&world, &device);
        let minutes = live_for(&world, &mut device, 2);
        assert!((27..=30).contains(&minutes), "{off}: {minutes} minutes");
        world.bank.borrow_mut().post("576", 5);
        run(device.catch_up()).unwrap();
        assert_eq!(numbers(&device), [1]);
        assert_right(&world, &device);
    }
}

#[test]
fn a_clock_that_changes_under_way_changes_nothing() {
    let (world, _phone, mut device) = settled();
    let (began, mut came) = (world.now(), 0);
    let (_, ended) = live(&mut device, |shown, change| {
        set(&world, OFF[came % OFF.len()]);
        if matches!(change, Change::Checkpoint(_)) {
            came += 1;
            world.bank.borrow_mut().post("576", 1);
        }
        assert!(shown.is_complete() || matches!(change, Change::Live));
        came == 5
    });
    ended.unwrap();
    let minutes = world.now().ms_since(began) / MINUTE;
    assert!((60..=75).contains(&minutes), "{minutes} minutes");
    run(device.catch_up()).unwrap();
    assert_eq!(numbers(&device), [1, 2, 3, 4, 5]);
    assert_right(&world, &device);
}

#[test]
fn complete_lapses_whatever_the_clock_says() {
    for off in OFF {
        let (world, _phone, device) = settled();
        world.pass(15 * MINUTE);
        set(&world, off);
        assert!(device.is_complete(), "{off}");
        world.pass(1);
        assert!(
            !device.is_complete() && !device.home().unwrap().complete,
            "{off}"
        );
    }
}

#[test]
fn complete_outlives_the_app_for_a_quarter_of_an_hour_and_not_the_phone() {
    let (world, phone, device) = settled();
    let as_of = device.as_of();
    drop(device);
    world.offline.set(true);
    let check = |ahead_ms: i64, complete: bool| {
        set(&world, ahead_ms);
        let device = phone.open();
        assert_eq!(device.is_complete(), complete, "{ahead_ms} ms ahead");
        assert_eq!(device.home().unwrap().complete, complete);
        assert_eq!(device.as_of(), as_of);
    };
    world.pass(15 * MINUTE);
    OFF.into_iter().for_each(|off| check(off, true));
    world.pass(45 * MINUTE);
    // The phone's clock shows that no time has passed.
    check(-60 * MINUTE.cast_signed(), false);
    OFF.into_iter().for_each(|off| check(off, false));

    world.offline.set(false);
    run(phone.open().catch_up()).unwrap();
    assert!(phone.open().is_complete());
    world.boot.set(2);
    assert!(!phone.open().is_complete());
    let mut device = phone.open();
    assert_eq!(live_for(&world, &mut device, 1), 0);
    assert_right(&world, &device);
}

#[test]
fn a_broker_is_given_its_30_seconds_by_any_clock() {
    for off in OFF {
        let (world, _phone, mut device) = settled();
        world.bank.borrow_mut().post("576", 5);
        world.bank.borrow_mut().broker.log.truncate(1);
        world.bank.borrow_mut().broker.silent = true;
        world.pass(14 * MINUTE);
        let began = world.now();
        let (_, ended) = live(&mut device, |_, change| {
            if matches!(change, Change::Checkpoint(_)) {
                set(&world, off);
            }
            matches!(change, Change::Discrepancy(_))
        });
        ended.unwrap();
        assert_eq!(found(&device), [Discrepancy::Withheld], "{off}");
        let waited = world.now().ms_since(began);
        assert!((30_000..40_000).contains(&waited), "{off}: {waited} ms");
    }
}

#[test]
fn trimming_is_checked_against_the_banks_time() {
    for (off, days, withheld) in [
        (-90 * DAY, 60, false),
        (YEAR, 60, false),
        (YEAR, 3, true),
        (-DAY, 3, true),
    ] {
        for streaming in [false, true] {
            let (world, _phone, mut device) = settled();
            for amount in [5, 6] {
                world.bank.borrow_mut().post("576", amount);
            }
            world.bank.borrow_mut().broker.oldest = 3;
            world.pass(days * DAY.unsigned_abs());
            set(&world, off);
            if streaming {
                let (_, ended) = live(&mut device, |shown, _| {
                    shown.is_complete() && shown.position().number.get() == 3
                });
                ended.unwrap();
            } else {
                run(device.catch_up()).unwrap();
            }
            assert_eq!(numbers(&device), [1, 2]);
            let accused = found(&device).contains(&Discrepancy::Withheld);
            assert_eq!(
                accused, withheld,
                "{off}, {days} days, streaming {streaming}"
            );
        }
    }
}
