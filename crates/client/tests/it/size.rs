//! Customers of any size: snapshots in many answers, long histories, and commits that stay small.

use crate::bank::account;
use crate::network::World;
use crate::phone::{Phone, accounts, entries, found, numbers, run, run_for, settled};
use client::store::Change;

/// The largest commit of a phone in bytes and in changes.
fn largest_commit(phone: &Phone) -> (usize, usize) {
    let commits = phone.disk.commits.borrow();
    let length = |change: &Change| match change {
        Change::Put(key, value) => key.len() + value.len(),
        Change::Delete(key) => key.len(),
    };
    let sizes = commits.iter().map(|(batch, _)| {
        let changes = batch.clone().into_changes();
        (changes.iter().map(length).sum(), changes.len())
    });
    sizes.fold((0, 0), |(bytes, count), (more, changes): (usize, usize)| {
        (bytes.max(more), count.max(changes))
    })
}

#[test]
fn a_customer_with_very_many_accounts_and_payees_is_read_in_parts() {
    let world = World::new();
    {
        let mut bank = world.bank.borrow_mut();
        bank.payees = 1_000;
        bank.answer_bytes_max = 32 * 1024;
        (0..1_000).for_each(|number| bank.open(&format!("many {number:05}")));
        bank.book("many 00500", 7);
    }
    let phone = Phone::new(&world, 1);
    let mut device = phone.enrol();
    run(device.catch_up()).unwrap();
    assert!(device.is_complete() && found(&device).is_empty());
    assert!(world.requested("/parts?") > 2, "in more than one answer");
    assert_eq!(accounts(&device).len(), 1_001);
    let home = device.home().unwrap();
    assert_eq!(home.accounts_total, 1_001);
    assert!(home.accounts.len() < 400, "a part of the whole");
    assert_eq!(entries(&device, Some(&account("many 00500"))).len(), 1);
    let (bytes, changes) = largest_commit(&phone);
    assert!(
        bytes < 128 * 1024 && changes < 400,
        "{bytes} bytes, {changes} changes"
    );
    drop(device);
    assert_eq!(accounts(&phone.open()).len(), 1_001);
}

#[test]
fn a_long_history_is_read_in_commits_that_stay_small() {
    let world = World::new();
    world.bank.borrow_mut().answer_bytes_max = 64 * 1024;
    for amount in 1..=3_000 {
        world.bank.borrow_mut().book("576", amount);
    }
    let phone = Phone::new(&world, 1);
    let mut device = phone.enrol();
    run(device.catch_up()).unwrap();
    assert!(device.is_complete());
    assert_eq!(numbers(&device), (1..=3_000).collect::<Vec<_>>());
    let (bytes, changes) = largest_commit(&phone);
    assert!(
        bytes < 256 * 1024 && changes < 700,
        "{bytes} bytes, {changes} changes"
    );
    // A new entry costs no more than before.
    phone.disk.commits.borrow_mut().clear();
    world.bank.borrow_mut().post("576", 1);
    run(device.catch_up()).unwrap();
    let (bytes, changes) = largest_commit(&phone);
    assert!(
        bytes < 16 * 1024 && changes < 12,
        "{bytes} bytes, {changes} changes"
    );
}

/// Wherever the app is ended, the next start continues. If the snapshot is no longer available, another is taken.
#[test]
fn a_snapshot_in_progress_continues_after_a_restart() {
    for forgotten in [false, true] {
        let (world, phone, device) = settled();
        drop(device);
        {
            let mut bank = world.bank.borrow_mut();
            bank.answer_bytes_max = 1;
            (0..350).for_each(|number| bank.open(&format!("many {number:05}")));
            for amount in 1..=900 {
                bank.book("576", amount);
            }
            bank.restart();
        }
        let mut polls = 10;
        let mut starts = 0;
        loop {
            starts += 1;
            let mut device = phone.open();
            let done = run_for(polls, device.catch_up());
            if done.is_some() && device.is_complete() {
                assert_eq!(accounts(&device).len(), 351);
                assert_eq!(numbers(&device), (1..=900).collect::<Vec<_>>());
                assert!(found(&device).is_empty(), "{:?}", device.discrepancies());
                break;
            }
            drop(done);
            drop(device);
            if forgotten {
                world.bank.borrow_mut().snapshots.clear();
            }
            // Each start makes some progress.
            polls += 4;
            assert!(starts < 200, "it did not finish");
        }
        assert!(starts > 2, "it was interrupted");
    }
}

/// The same at full size, with the largest permitted answers.
#[test]
#[ignore = "takes minutes in a debug build"]
fn ten_thousand_accounts_and_payees_and_a_hundred_thousand_entries() {
    let world = World::new();
    {
        let mut bank = world.bank.borrow_mut();
        bank.payees = 10_000;
        (0..10_000).for_each(|number| bank.open(&format!("many {number:05}")));
        (0..100_000).for_each(|_| drop(bank.book("576", 1)));
    }
    let phone = Phone::new(&world, 1);
    let mut device = phone.enrol();
    run(device.catch_up()).unwrap();
    assert!(device.is_complete() && found(&device).is_empty());
    assert_eq!(accounts(&device).len(), 10_001);
    assert_eq!(numbers(&device).len(), 100_000);
    let (bytes, changes) = largest_commit(&phone);
    assert!(
        bytes < 2 * 1024 * 1024 && changes < 10_000,
        "{bytes} bytes, {changes} changes"
    );
    drop(device);
    let mut device = phone.open();
    phone.disk.commits.borrow_mut().clear();
    world.bank.borrow_mut().post("many 05000", 1);
    run(device.catch_up()).unwrap();
    assert!(device.is_complete());
    let (bytes, _) = largest_commit(&phone);
    assert!(bytes < 20 * 1024, "{bytes} bytes for one entry");
}
