//! Snapshots and history: how a device goes on without the broker, and what it does not believe.

use crate::phone::{Phone, balance, found, live, numbers, run, settled};
use client::{Change, Discrepancy, SyncError};

/// The least that the bank keeps a customer's messages with the broker for.
const RETENTION_MS: u64 = 30 * 24 * 60 * 60 * 1000;

#[test]
fn the_broker_is_not_needed() {
    let (world, phone, mut device) = settled();
    world.bank.borrow_mut().broker.down = true;
    for amount in 1..=250 {
        world.bank.borrow_mut().post("576", amount);
    }
    run(device.catch_up()).unwrap();
    assert!(device.is_complete());
    assert_eq!(
        (numbers(&device).len(), balance(&device)),
        (250, 250 * 251 / 2)
    );
    assert!(
        found(&device).is_empty(),
        "a broker that is down has done nothing wrong"
    );
    // Back again, the broker goes on from there.
    world.bank.borrow_mut().broker.down = false;
    world.bank.borrow_mut().post("576", 1);
    let mut device = phone.open();
    run(device.catch_up()).unwrap();
    assert_eq!(numbers(&device), (1..=251).collect::<Vec<_>>());
    assert!(found(&device).is_empty(), "{:?}", device.discrepancies());
}

#[test]
fn a_trimmed_position_goes_on_from_a_snapshot() {
    for streaming in [false, true] {
        let (world, _phone, mut device) = settled();
        world.pass(RETENTION_MS);
        for amount in 1..=10 {
            world.bank.borrow_mut().post("576", amount);
        }
        world.bank.borrow_mut().broker.oldest = 8;
        if streaming {
            let (changes, ended) = live(&mut device, |shown, _| {
                shown.is_complete() && shown.position().number.get() == 11
            });
            ended.unwrap();
            assert!(changes.contains(&"mended".to_owned()), "{changes:?}");
        } else {
            run(device.catch_up()).unwrap();
        }
        assert_eq!(
            (numbers(&device), balance(&device)),
            ((1..=10).collect(), 55)
        );
        assert!(found(&device).is_empty(), "{:?}", device.discrepancies());
        world.bank.borrow_mut().post("576", 1);
        run(device.catch_up()).unwrap();
        assert_eq!(balance(&device), 56);
    }
}

/// What the bank's word keeps with the broker for longer is withheld, whatever the broker calls it.
#[test]
fn what_is_too_young_to_be_trimmed_is_named() {
    for streaming in [false, true] {
        let (world, _phone, mut device) = settled();
        world.pass(RETENTION_MS - 60_000);
        for amount in 1..=10 {
            world.bank.borrow_mut().post("576", amount);
        }
        world.bank.borrow_mut().broker.oldest = 8;
        if streaming {
            let (_, ended) = live(&mut device, |shown, _| {
                shown.is_complete() && shown.position().number.get() == 11
            });
            ended.unwrap();
        } else {
            run(device.catch_up()).unwrap();
        }
        assert_eq!(found(&device), [Discrepancy::Withheld]);
        let named = &device.discrepancies()[0];
        assert_eq!(
            (named.reason.as_str(), named.reported, named.resolved),
            ("trimmed_too_young", true, true)
        );
        assert_eq!(world.bank.borrow().reported(), ["trimmed_too_young"]);
        assert_eq!(balance(&device), 55);
    }
}

#[test]
fn only_the_pages_that_are_missing_are_fetched() {
    let (world, _phone, mut device) = settled();
    for amount in 1..=500 {
        world.bank.borrow_mut().post("576", amount);
    }
    run(device.catch_up()).unwrap();
    assert_eq!(world.requested("/pages"), 0, "the broker gave it all");
    world.pass(RETENTION_MS);
    for amount in 1..=50 {
        world.bank.borrow_mut().post("576", amount);
    }
    world.bank.borrow_mut().broker.oldest = 540;
    run(device.catch_up()).unwrap();
    assert_eq!(numbers(&device), (1..=550).collect::<Vec<_>>());
    assert_eq!(
        world.requested("/pages"),
        1,
        "the first two pages are there"
    );
}

/// A page that is not the one that the snapshot names is not shown; a fresh snapshot is asked for before it is named.
#[test]
fn an_altered_page() {
    let (world, phone, device) = settled();
    drop(device);
    for amount in 1..=450 {
        world.bank.borrow_mut().book("576", amount);
    }
    world.bank.borrow_mut().renew_code();
    let other = Phone::new(&world, 2);
    let mut device = other.enrol();
    // The newest page in the place of every other: sealed by the bank, and opens nowhere else.
    let mut newest = None;
    world.bank.borrow_mut().tamper_page = Some(Box::new(move |answer| {
        *answer = newest.get_or_insert_with(|| answer.clone()).clone();
    }));
    run(device.catch_up()).unwrap();
    assert!(
        found(&device).contains(&Discrepancy::AlteredPage),
        "{:?}",
        found(&device)
    );
    assert!(!device.is_complete(), "its history is not whole");
    let shown = numbers(&device);
    assert!(shown.iter().all(|number| *number > 400), "{shown:?}");
    world.bank.borrow_mut().tamper_page = None;
    run(device.catch_up()).unwrap();
    assert_eq!(numbers(&device), (1..=450).collect::<Vec<_>>());
    assert!(device.is_complete() && device.home().unwrap().discrepancy.is_none());
    drop(phone);
}

/// Two snapshots at one number may have different last pages: that is no lie.
#[test]
fn a_page_of_a_later_snapshot_is_fetched_again_before_it_is_named() {
    let (world, phone, device) = settled();
    drop((phone, device));
    for amount in 1..=5 {
        world.bank.borrow_mut().book("576", amount);
    }
    world.bank.borrow_mut().renew_code();
    let mut device = Phone::new(&world, 2).enrol();
    world.bank.borrow_mut().book("576", 6);
    run(device.catch_up()).unwrap();
    assert_eq!(numbers(&device), [1, 2, 3, 4, 5, 6]);
    assert!(found(&device).is_empty(), "{:?}", device.discrepancies());
}

#[test]
fn what_a_snapshot_has_counted_is_kept_and_not_counted_again() {
    let (world, _phone, mut device) = settled();
    // The books are ahead of the channel: the snapshot has entries that come as messages only later.
    let entries: Vec<_> = [5, 6]
        .map(|amount| world.bank.borrow_mut().book("576", amount))
        .into();
    world.bank.borrow_mut().renew_code();
    let mut second = Phone::new(&world, 2).enrol();
    assert_eq!(balance(&second), 11);
    for entry in &entries {
        world.bank.borrow_mut().tell(entry);
    }
    for device in [&mut device, &mut second] {
        run(device.catch_up()).unwrap();
        assert_eq!((numbers(device), balance(device)), (vec![1, 2], 11));
        assert!(found(device).is_empty());
        let home = device.home().unwrap();
        let booked = home
            .newest
            .iter()
            .filter(|entry| entry.booking.is_some())
            .count();
        assert_eq!(booked, 2, "each is shown once");
    }
}

#[test]
fn a_forged_snapshot_changes_nothing() {
    let (world, _phone, mut device) = settled();
    world.bank.borrow_mut().post("576", 5);
    world.bank.borrow_mut().broker.down = true;
    let old = world.bank.borrow_mut().snapshot_bytes();
    let check = |device: &mut client::Device<_>, reason: &str| {
        run(device.catch_up()).unwrap();
        let newest = device.discrepancies().last().unwrap();
        assert_eq!(
            (newest.what, newest.reason.as_str()),
            (Discrepancy::ForgedSnapshot, reason)
        );
        assert!(!device.is_complete());
        assert_eq!(balance(device), 0);
    };
    world.bank.borrow_mut().tamper_snapshot = Some(Box::new(|answer| {
        *answer.snapshot.0.last_mut().unwrap() ^= 1
    }));
    check(&mut device, "signature_invalid");
    // An old one, signed by the bank, after a checkpoint that is newer.
    world.pass(1);
    world.bank.borrow_mut().tamper_snapshot =
        Some(Box::new(move |answer| answer.snapshot = old.clone().into()));
    check(&mut device, "snapshot_time_goes_back");
    world.bank.borrow_mut().tamper_snapshot = None;
    run(device.catch_up()).unwrap();
    assert_eq!((balance(&device), device.is_complete()), (5, true));
}

#[test]
fn without_broker_and_bank_nothing_is_claimed() {
    let (world, _phone, mut device) = settled();
    world.offline.set(true);
    assert!(matches!(
        run(device.catch_up()),
        Err(SyncError::Transport(_))
    ));
    world.offline.set(false);
    world.bank.borrow_mut().gateway_down = true;
    world.bank.borrow_mut().post("576", 5);
    // The broker alone keeps a device live.
    let (_, ended) = live(&mut device, |_, change| {
        matches!(change, Change::Entries(_))
    });
    ended.unwrap();
    assert_eq!(balance(&device), 5);
}

/// A core bank that was restored knows less than its own entries told: what they said stays until it says otherwise.
#[test]
fn a_snapshot_does_not_take_back_what_later_entries_told() {
    let (world, _phone, mut device) = settled();
    for amount in [5, 6] {
        world.bank.borrow_mut().post("576", amount);
    }
    run(device.catch_up()).unwrap();
    {
        let mut bank = world.bank.borrow_mut();
        let held = bank.accounts.get_mut(&"576".parse().unwrap()).unwrap();
        held.sequence = held
            .sequence
            .get()
            .checked_sub(1)
            .unwrap()
            .try_into()
            .unwrap();
        held.booked.pop();
        held.state.balances = held.booked[0].balances.clone();
        held.state.name = "Renamed".into();
        bank.clock
            .fetch_add(RETENTION_MS, std::sync::atomic::Ordering::Relaxed);
        let note = crate::bank::note(&bank, "note 1");
        bank.tell(&note);
        bank.broker.oldest = 5;
    }
    run(device.catch_up()).unwrap();
    assert_eq!((numbers(&device), balance(&device)), (vec![1, 2], 11));
    assert_eq!(
        device.accounts().unwrap()[0].state.as_ref().unwrap().name,
        "Renamed"
    );
}

/// The bank numbers no message below a statement that it has made: one that is older than the snapshot is not taken.
#[test]
fn a_message_older_than_the_snapshot_is_not_taken() {
    let (world, _phone, _first) = settled();
    world.bank.borrow_mut().renew_code();
    world.pass(5_000);
    let mut device = Phone::new(&world, 2).enrol();
    let clock = world.bank.borrow().clock.clone();
    let enrolled = world.now();
    // A bank that forgot its own statement and whose clock was set back.
    world.bank.borrow_mut().head.time = enrolled.minus_ms(1_000);
    clock.fetch_sub(1_000, std::sync::atomic::Ordering::Relaxed);
    world.bank.borrow_mut().post("576", 5);
    clock.fetch_add(1_000, std::sync::atomic::Ordering::Relaxed);
    run(device.catch_up()).unwrap();
    assert_eq!(found(&device), [Discrepancy::TimeGoesBack]);
}
