//! Message keys: rekeys, invalid grants, and a revoked device.

use crate::network::World;
use crate::phone::{Phone, balance, entries, found, live, numbers, run, settled};
use client::{Change, Discrepancy, Ended, Judgement};
use std::rc::Rc;

#[test]
fn a_new_key_opens_later_messages() {
    let (world, phone, mut device) = settled();
    for amount in [5, 6] {
        world.bank.borrow_mut().post("576", amount);
        world.bank.borrow_mut().rekey();
    }
    world.bank.borrow_mut().post("576", 7);
    run(device.catch_up()).unwrap();
    assert_eq!((numbers(&device), balance(&device)), (vec![1, 2, 3], 18));
    assert!(found(&device).is_empty());
    drop(device);
    world.bank.borrow_mut().post("576", 1);
    let mut device = phone.open();
    run(device.catch_up()).unwrap();
    assert_eq!(balance(&device), 19, "the key was stored");
}

/// A rekey whose grant for this device is invalid: it is named, and the bank's own answer contains the valid one.
fn check(expected: Discrepancy, tamper: impl Fn(&mut crate::bank::Bank) -> Vec<u8>) {
    let (world, _phone, mut device) = settled();
    {
        let mut bank = world.bank.borrow_mut();
        let wrong = tamper(&mut bank);
        let message = bank.rekey_message(|grants| *grants = vec![wrong]);
        bank.publish(&message);
        bank.grants.clear();
        bank.post("576", 5);
    }
    run(device.catch_up()).unwrap();
    assert_eq!(found(&device), [expected]);
    assert!(
        device.discrepancies()[0].resolved,
        "{:?}",
        device.discrepancies()
    );
    assert_eq!((numbers(&device), balance(&device)), (vec![1], 5));
    run(device.catch_up()).unwrap();
    assert!(device.discrepancies()[0].reported);
    assert!(device.is_complete());
}

#[test]
fn a_forged_grant() {
    check(Discrepancy::ForgedGrant, |bank| {
        let device = *bank.readers.keys().next().unwrap();
        let (epoch, first) = (bank.epoch.next(), bank.head.number.next().next());
        bank.keys.insert(epoch, types::MessageKey::new([66; 32]));
        let own = std::mem::replace(
            &mut bank.grant_key,
            envelope::SoftwareKey::from_bytes(&[70; 32]).unwrap(),
        );
        let forged = bank.grant_for(device, epoch, first);
        bank.grant_key = own;
        forged
    });
}

#[test]
fn a_replayed_grant() {
    // The grant of the epoch before, signed by the bank.
    check(Discrepancy::ReplayedGrant, |bank| {
        let device = *bank.readers.keys().next().unwrap();
        bank.grants[&(device, bank.epoch)].clone()
    });
    // A grant of the right epoch for another scope.
    check(Discrepancy::ReplayedGrant, |bank| {
        let device = *bank.readers.keys().next().unwrap();
        let (epoch, other) = (bank.epoch.next(), bank.head.number.next());
        bank.keys.insert(epoch, types::MessageKey::new([66; 32]));
        bank.grant_for(device, epoch, other)
    });
}

fn two_devices() -> (
    Rc<World>,
    [Phone; 2],
    [client::Device<crate::phone::Simulated>; 2],
) {
    let (world, phone, mut device) = settled();
    world.bank.borrow_mut().renew_code();
    let tablet = Phone::new(&world, 2);
    let mut second = tablet.enrol();
    run(device.catch_up()).unwrap();
    run(second.catch_up()).unwrap();
    (world, [phone, tablet], [device, second])
}

#[test]
fn a_device_is_seen_by_the_others() {
    let (_, _, [device, second]) = two_devices();
    let kinds = |device| {
        let entries = entries(device, None);
        entries
            .into_iter()
            .map(|entry| entry.kind.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(kinds(&device), ["device.added"]);
    assert!(
        kinds(&second).is_empty(),
        "it was added before its snapshot"
    );
    let general = entries(&device, None);
    assert_eq!(
        general[0].argument("device"),
        Some(second.id().to_string().as_str())
    );
}

/// A thief has the stolen phone, its keys and an accomplice at the broker who still delivers messages.
#[test]
fn a_revoked_device_reads_nothing_new() {
    let (world, [_, tablet], [mut device, mut stolen]) = two_devices();
    world.bank.borrow_mut().post("576", 5);
    run(stolen.catch_up()).unwrap();
    world.bank.borrow_mut().revoke(stolen.id());
    world.bank.borrow_mut().post("576", 6);

    let (_, ended) = live(&mut stolen, |_, _| false);
    assert_eq!(ended.unwrap_err().ended(), Some(Ended::DeviceRevoked));
    // The accomplice accepts its token again.
    world
        .bank
        .borrow_mut()
        .readers
        .get_mut(&stolen.id())
        .unwrap()
        .removed = false;
    world.bank.borrow_mut().gateway_down = true;
    let (changes, ended) = live(&mut stolen, |shown, change| {
        matches!(change, Change::Live) && !shown.discrepancies().is_empty()
    });
    ended.unwrap();
    assert_eq!(found(&stolen), [Discrepancy::Revoked], "{changes:?}");
    let home = stolen.home().unwrap();
    assert!(home.left_out);
    assert_eq!(home.discrepancy.unwrap().what.as_str(), "revoked");
    assert_eq!(
        (numbers(&stolen), balance(&stolen)),
        (vec![1], 5),
        "nothing new"
    );
    // Not after a restart either, nor from its store.
    drop(stolen);
    let stolen = tablet.open();
    assert_eq!((numbers(&stolen), balance(&stolen)), (vec![1], 5));
    assert!(stolen.home().unwrap().left_out);
    assert!(!stolen.is_complete());

    // The other device continues, and sees the removal.
    world.bank.borrow_mut().gateway_down = false;
    run(device.catch_up()).unwrap();
    assert_eq!((numbers(&device), balance(&device)), (vec![1, 2], 11));
    let general = entries(&device, None);
    assert_eq!(general.last().unwrap().kind.as_str(), "device.removed");
}

/// A device that was excluded by mistake gets its key with the next answer, and waiting messages are projected.
#[test]
fn messages_that_wait_for_a_key_are_projected_when_it_arrives() {
    let (world, _phone, mut device) = settled();
    {
        let mut bank = world.bank.borrow_mut();
        let message = bank.rekey_message(Vec::clear);
        bank.publish(&message);
        bank.grants.clear();
        for amount in [5, 6] {
            bank.post("576", amount);
        }
    }
    let (changes, ended) = live(&mut device, |_, change| {
        matches!(change, Change::Checkpoint(Judgement::Complete))
    });
    ended.unwrap();
    assert_eq!(balance(&device), 11, "{changes:?}");
    assert_eq!(found(&device), [Discrepancy::Revoked]);
    assert!(device.home().unwrap().discrepancy.is_none() && !device.home().unwrap().left_out);
}

/// Messages that wait for a key are not shown, and the shown position and time do not include them.
#[test]
fn as_of_is_the_time_of_the_shown_state() {
    let (world, phone, mut device) = settled();
    world.bank.borrow_mut().post("576", 5);
    let shown = (world.bank.borrow().position().number.get() + 1, world.now());
    world.pass(1_000);
    {
        let mut bank = world.bank.borrow_mut();
        let message = bank.rekey_message(Vec::clear);
        bank.publish(&message);
        bank.gateway_down = true;
    }
    let rekeyed = (shown.0, world.now());
    world.pass(1_000);
    world.bank.borrow_mut().post("576", 6);
    assert!(run(device.catch_up()).is_err());
    let check = |device: &client::Device<_>| {
        let home = device.home().unwrap();
        assert_eq!((home.position.number.get(), home.as_of), rekeyed);
        assert_eq!(
            (device.position(), device.as_of()),
            (home.position, home.as_of)
        );
        assert_eq!(numbers(device), [1]);
    };
    check(&device);
    drop(device);
    let first = run(client::Home::read(&phone.disk, &phone.storage_key()));
    let first = first.unwrap().unwrap();
    assert_eq!((first.position.number.get(), first.as_of), rekeyed);
    let mut device = phone.open();
    check(&device);
    world.bank.borrow_mut().gateway_down = false;
    run(device.catch_up()).unwrap();
    assert_eq!(device.position(), world.bank.borrow().position());
    assert_eq!(
        (device.as_of(), numbers(&device)),
        (world.now(), vec![1, 2])
    );
}
