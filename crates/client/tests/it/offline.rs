//! Opening without a network, and the data on the disk.

use crate::bank::{account, czk};
use crate::network::World;
use crate::phone::{Phone, balance, entries, numbers, run, settled, shown};
use client::{Device, HOME_BYTES_MAX, Home, StorageKey, SyncError};

#[test]
fn the_home_page_opens_first_and_without_a_network() {
    let (world, phone, mut device) = settled();
    for amount in 1..=30 {
        world.bank.borrow_mut().post("576", amount);
    }
    run(device.catch_up()).unwrap();
    let (before, home) = (shown(&device), device.home().unwrap());
    drop(device);
    world.offline.set(true);
    let asked = world.requests.borrow().len();

    let first = run(Home::read(&phone.disk, &phone.storage_key()))
        .unwrap()
        .unwrap();
    assert_eq!(first.accounts, home.accounts);
    assert_eq!(first.newest.len(), 20);
    assert_eq!(first.newest, home.newest);
    assert!(!first.complete, "nothing has been asked yet");
    let device = phone.open();
    assert_eq!(shown(&device), before);
    assert_eq!(device.as_of(), home.as_of);
    assert_eq!(world.requests.borrow().len(), asked);
}

#[test]
fn complete_lapses_after_a_quarter_of_an_hour() {
    let (world, phone, device) = settled();
    assert!(device.is_complete());
    world.pass(15 * 60 * 1000);
    assert!(device.is_complete());
    world.pass(1);
    assert!(!device.is_complete());
    drop(device);
    assert!(!phone.open().is_complete());
}

#[test]
fn the_store_holds_nothing_in_the_clear() {
    let (world, phone, mut device) = settled();
    world.bank.borrow_mut().post("576", 1);
    run(device.catch_up()).unwrap();
    drop(device);
    let mut locked = phone.open_locked();
    world.bank.borrow_mut().post("576", 1);
    run(locked.catch_up()).unwrap();
    let secrets: [&[u8]; 6] = [
        b"576",
        b"purpose",
        b"1001",
        b"token-of",
        b"transfer_in",
        &[1; 16],
    ];
    for (name, value) in phone.disk.rows() {
        for secret in secrets {
            for part in [&name, &value] {
                assert!(
                    !part.windows(secret.len()).any(|window| window == secret),
                    "{}",
                    name.escape_ascii()
                );
            }
        }
        if name == b"s.home" {
            assert!(value.len() <= HOME_BYTES_MAX);
        }
    }
}

#[test]
fn only_the_right_keys_open_the_store() {
    let (_, phone, device) = settled();
    drop(device);
    let wrong = run(Device::open(
        phone.ports(),
        phone.inbox_key(),
        StorageKey::new(&[1; 32]),
    ));
    assert!(matches!(wrong, Err(SyncError::Sealed(_))));
    let mut locked = phone.open_locked();
    assert!(matches!(locked.home(), Err(SyncError::Locked)));
    run(locked.unlock(phone.storage_key())).unwrap();
    locked.home().unwrap();
    let nobody = Phone::new(&World::new(), 1);
    let opened = run(Device::open(
        nobody.ports(),
        nobody.inbox_key(),
        nobody.storage_key(),
    ));
    assert!(matches!(opened, Err(SyncError::NotEnrolled)));
    assert!(
        run(Home::read(&nobody.disk, &nobody.storage_key()))
            .unwrap()
            .is_none()
    );
}

#[test]
fn a_locked_phone_receives_and_an_unlocked_one_projects() {
    let (world, phone, device) = settled();
    drop(device);
    let mut locked = phone.open_locked();
    for amount in [5, 6, 7] {
        world.bank.borrow_mut().post("576", amount);
    }
    assert!(
        run(locked.catch_up()).unwrap().is_empty(),
        "nothing can be opened yet"
    );
    assert_eq!(locked.position(), world.bank.borrow().position());
    drop(locked);
    world.offline.set(true);
    let home = run(Home::read(&phone.disk, &phone.storage_key()))
        .unwrap()
        .unwrap();
    assert_eq!(home.accounts[0].balances.values().next(), Some(&czk(0)));
    let device = phone.open();
    assert_eq!((numbers(&device), balance(&device)), (vec![1, 2, 3], 18));
    assert!(device.is_complete());
    let first = entries(&device, Some(&account("576")));
    assert_eq!(first[0].booking.as_ref().unwrap().amount, czk(5));
}

#[test]
fn a_power_cut_at_any_commit_loses_nothing_for_good() {
    let (world, phone, device) = settled();
    drop(device);
    // Received while locked, projected when unlocked, received and projected at once, and a new key in between.
    for step in 0..6 {
        for amount in 1..=3 {
            world.bank.borrow_mut().post("576", amount + step * 10);
        }
        match step % 3 {
            0 => drop(run(phone.open_locked().catch_up()).unwrap()),
            1 => drop(run(phone.open().catch_up()).unwrap()),
            _ => {
                world.bank.borrow_mut().rekey();
                drop(run(phone.open().catch_up()).unwrap());
            }
        }
    }
    let expected = shown(&phone.open());
    let commits = phone.disk.commits.borrow().len();
    let enrolled = phone
        .disk
        .commits
        .borrow()
        .iter()
        .position(|(batch, _)| batch.clone().into_changes().len() > 3)
        .unwrap()
        + 1;
    assert!(
        phone.disk.durable() > enrolled,
        "a new key is on the disk before anything continues"
    );
    for kept in enrolled..=commits {
        let after = Phone {
            world: world.clone(),
            disk: phone.disk.after(kept),
            ..Phone::new(&world, 1)
        };
        let mut device = after.open();
        run(device.catch_up()).unwrap();
        assert_eq!(
            shown(&device),
            expected,
            "after {kept} of {commits} commits"
        );
        assert!(device.is_complete());
    }
}
