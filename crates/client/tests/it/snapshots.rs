//! Snapshots and history: how a device continues without the broker, and what it does not trust.

use crate::phone::{Phone, balance, found, live, numbers, run, settled};
use client::{Change, Discrepancy, SyncError};
use types::Hash;

/// The bank's minimum retention of a customer's messages at the broker.
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
        "a broker that is down is not a discrepancy"
    );
    // When the broker is back, the device continues from there.
    world.bank.borrow_mut().broker.down = false;
    world.bank.borrow_mut().post("576", 1);
    drop(device);
    let mut device = phone.open();
    run(device.catch_up()).unwrap();
    assert_eq!(numbers(&device), (1..=251).collect::<Vec<_>>());
    assert!(found(&device).is_empty(), "{:?}", device.discrepancies());
}

#[test]
fn a_trimmed_position_continues_from_a_snapshot() {
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

/// Messages within the bank's minimum retention are withheld, whatever the broker calls it.
#[test]
fn messages_too_young_to_be_trimmed_are_named() {
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
    assert_eq!(
        world.requested("/pages"),
        0,
        "the broker delivered everything"
    );
    world.pass(RETENTION_MS);
    for amount in 1..=50 {
        world.bank.borrow_mut().post("576", amount);
    }
    world.bank.borrow_mut().broker.oldest = 540;
    run(device.catch_up()).unwrap();
    assert_eq!(numbers(&device), (1..=550).collect::<Vec<_>>());
    assert_eq!(world.requested("/pages"), 1);
    assert_eq!(
        world.requested("&from=3"),
        1,
        "the first two pages are stored"
    );
}

/// A page that differs from the one in the snapshot is not shown. A new snapshot is requested before the discrepancy is
/// named.
#[test]
fn an_altered_page() {
    let (world, phone, device) = settled();
    drop((phone, device));
    for amount in 1..=450 {
        world.bank.borrow_mut().book("576", amount);
    }
    world.bank.borrow_mut().renew_code();
    let mut device = Phone::new(&world, 2).enrol();
    world.bank.borrow_mut().answer_bytes_max = 1;
    // The first page instead of every other: sealed by the bank, but valid only as the first.
    let mut first = None;
    world.bank.borrow_mut().tamper_page = Some(Box::new(move |answer| {
        *answer = first.get_or_insert_with(|| answer.clone()).clone();
    }));
    run(device.catch_up()).unwrap();
    assert!(
        found(&device).contains(&Discrepancy::AlteredPage),
        "{:?}",
        found(&device)
    );
    assert!(!device.is_complete(), "its history is not complete");
    assert_eq!(numbers(&device), (1..=200).collect::<Vec<_>>());
    world.bank.borrow_mut().tamper_page = None;
    run(device.catch_up()).unwrap();
    assert_eq!(numbers(&device), (1..=450).collect::<Vec<_>>());
    assert!(device.is_complete() && device.home().unwrap().discrepancy.is_none());
}

/// A broker that withholds messages after a snapshot's head can be reported: the snapshot contained the signature of
/// that head.
#[test]
fn the_head_of_a_snapshot_can_be_reported() {
    let (world, _phone, _first) = settled();
    for amount in [5, 6] {
        world.bank.borrow_mut().post("576", amount);
    }
    world.bank.borrow_mut().renew_code();
    let mut device = Phone::new(&world, 2).enrol();
    run(device.catch_up()).unwrap();
    let head = world.bank.borrow().head;
    assert_eq!(device.position(), head.position());
    world.bank.borrow_mut().broker.log.truncate(1);
    world.bank.borrow_mut().head.number = types::Number::FIRST;
    assert!(run(device.checkpoint()).is_err(), "below");
    let report = world.bank.borrow().reports[0].clone();
    let signature = report.signature.expect("the snapshot contained it");
    let trust = world.bank.borrow().trust.clone();
    let reported = envelope::Head {
        time: report.time,
        ..head
    };
    let kind = protocol::ChannelKind::Customer;
    assert_eq!(reported.verify(signature.as_ref(), kind, &trust), Ok(()));
    assert_eq!((report.number, report.hash), (head.number, head.hash));
}

/// A snapshot that is no longer available is not a discrepancy: another is taken.
#[test]
fn pages_that_are_no_longer_available_are_read_from_another_snapshot() {
    let (world, phone, device) = settled();
    drop((phone, device));
    for amount in 1..=5 {
        world.bank.borrow_mut().book("576", amount);
    }
    world.bank.borrow_mut().renew_code();
    let mut device = Phone::new(&world, 2).enrol();
    world.bank.borrow_mut().snapshots.clear();
    world.bank.borrow_mut().book("576", 6);
    run(device.catch_up()).unwrap();
    assert_eq!(numbers(&device), [1, 2, 3, 4, 5, 6]);
    assert!(found(&device).is_empty(), "{:?}", device.discrepancies());
}

#[test]
fn entries_that_a_snapshot_includes_are_stored_and_not_counted_again() {
    let (world, _phone, mut device) = settled();
    // The books are ahead of the channel: the snapshot includes entries that arrive as messages only later.
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
    let old = world.bank.borrow_mut().signed_snapshot(None);
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
        *answer.snapshot.snapshot.0.last_mut().unwrap() ^= 1
    }));
    check(&mut device, "signature_invalid");
    // An old one, signed by the bank: it answers another nonce.
    world.bank.borrow_mut().tamper_snapshot =
        Some(Box::new(move |answer| answer.snapshot = old.clone()));
    check(&mut device, "stale_nonce");
    // The proof of its head is that of another message, or missing.
    world.bank.borrow_mut().tamper_snapshot = Some(Box::new(|answer| {
        answer.snapshot.before = Some(Hash::ZERO);
    }));
    check(&mut device, "chain_broken");
    world.bank.borrow_mut().tamper_snapshot = Some(Box::new(|answer| {
        (answer.snapshot.before, answer.snapshot.message) = (None, None);
    }));
    check(&mut device, "message_misplaced");
    // A part is that of another snapshot, or is missing.
    world.bank.borrow_mut().tamper_snapshot = Some(Box::new(|answer| {
        *answer.snapshot.parts[0].0.last_mut().unwrap() ^= 1;
    }));
    check(&mut device, "does_not_open");
    world.bank.borrow_mut().tamper_snapshot = Some(Box::new(|answer| {
        answer.snapshot.parts.clear();
    }));
    check(&mut device, "part_missing");
    world.bank.borrow_mut().tamper_snapshot = None;
    run(device.catch_up()).unwrap();
    assert_eq!((balance(&device), device.is_complete()), (5, true));
}

#[test]
fn without_broker_and_bank_the_passbook_is_not_complete() {
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

/// The bank numbers no message with a time before its own statement: a message that is older than the snapshot is
/// refused.
#[test]
fn a_message_older_than_the_snapshot_is_refused() {
    let (world, _phone, _first) = settled();
    world.bank.borrow_mut().renew_code();
    world.pass(5_000);
    let mut device = Phone::new(&world, 2).enrol();
    let clock = world.bank.borrow().clock.clone();
    let enrolled = world.now();
    // A bank that lost its own statement and whose clock was set back.
    world.bank.borrow_mut().head.time = enrolled.minus_ms(1_000);
    clock.fetch_sub(1_000, std::sync::atomic::Ordering::Relaxed);
    world.bank.borrow_mut().post("576", 5);
    clock.fetch_add(1_000, std::sync::atomic::Ordering::Relaxed);
    run(device.catch_up()).unwrap();
    assert_eq!(found(&device), [Discrepancy::TimeGoesBack]);
}
