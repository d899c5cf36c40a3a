//! The effect of entries: balances, holders, unknown kinds, and bodies that are not entries.

use crate::bank::{account, czk, note};
use crate::network::World;
use crate::phone::{Phone, accounts, balance, entries, found, numbers, run, settled};
use client::Discrepancy;
use protocol::cbor::{self, Value};
use protocol::{Entry, EntryKind};
use types::{Sequence, SubjectId};

#[test]
fn an_unknown_kind_is_shown_and_its_balances_count_at_once() {
    let (world, phone, mut device) = settled();
    world.bank.borrow_mut().post("576", 5);
    let entry = {
        let bank = world.bank.borrow();
        let mut entry = Entry {
            subject: Some((SubjectId::from(&account("576")), Sequence::new(2).unwrap())),
            account: Some(account("576")),
            balances: [
                ("booked".parse().unwrap(), czk(105)),
                ("limit".parse().unwrap(), czk(9)),
            ]
            .into(),
            ..note(&bank, "interest 1")
        };
        entry.fallback = Some("Interest".into());
        entry
    };
    world
        .bank
        .borrow_mut()
        .accounts
        .get_mut(&account("576"))
        .unwrap()
        .sequence = Sequence::new(2).unwrap();
    world.bank.borrow_mut().tell(&entry);
    run(device.catch_up()).unwrap();
    assert_eq!(balance(&device), 105);
    let row = &accounts(&device)[0];
    assert_eq!(row.balances[&"limit".parse().unwrap()], czk(9));
    assert_eq!(
        device.home().unwrap().newest[0].fallback.as_deref(),
        Some("Interest")
    );
    assert!(found(&device).is_empty());
    drop(device);
    let entries = entries(&phone.open(), Some(&account("576")));
    assert_eq!(entries[1], entry, "stored as received");
}

#[test]
fn a_body_that_is_no_entry_is_stored_and_reported_and_stops_nothing() {
    let (world, _phone, mut device) = settled();
    world
        .bank
        .borrow_mut()
        .tell_bytes(&cbor::encode(&Value::from("no map")));
    world.bank.borrow_mut().post("576", 5);
    run(device.catch_up()).unwrap();
    assert_eq!(found(&device), [Discrepancy::BodyNotAnEntry]);
    assert_eq!(device.discrepancies()[0].at.number.get(), 2);
    assert_eq!((numbers(&device), balance(&device)), (vec![1], 5));
    assert!(device.is_complete());
    assert_eq!(world.bank.borrow().reports.len(), 1);
}

#[test]
fn a_body_sealed_for_another_position_does_not_open() {
    let (world, _phone, mut device) = settled();
    let entry = world.bank.borrow_mut().book("576", 5);
    {
        let mut bank = world.bank.borrow_mut();
        let message = bank.message(protocol::MessageKind::Entry, |bank, at| {
            let elsewhere = types::Position::new(at.generation, at.number.next());
            bank.seal(elsewhere, &entry.encode())
        });
        bank.publish(&message);
    }
    run(device.catch_up()).unwrap();
    assert_eq!(found(&device), [Discrepancy::BodyUnreadable]);
    assert!(device.discrepancies()[0].resolved && device.discrepancies()[0].reported);
    assert_eq!(
        (numbers(&device), balance(&device)),
        (vec![1], 5),
        "read from the bank itself"
    );
}

#[test]
fn a_gap_in_an_accounts_events_is_filled_from_the_bank() {
    let (world, _phone, mut device) = settled();
    world.bank.borrow_mut().post("576", 5);
    world.bank.borrow_mut().book("576", 6);
    world.bank.borrow_mut().post("576", 7);
    run(device.catch_up()).unwrap();
    assert_eq!(found(&device), [Discrepancy::SequenceGap]);
    assert_eq!((numbers(&device), balance(&device)), (vec![1, 2, 3], 18));
    assert!(device.is_complete());
}

#[test]
fn an_account_comes_and_goes_with_its_holder() {
    let (world, phone, mut device) = settled();
    let added = |world: &World, name: &str, customer: &str| {
        let mut bank = world.bank.borrow_mut();
        let time = bank.time();
        let held = bank.accounts.get_mut(&account(name)).unwrap();
        held.sequence = held.sequence.next();
        let id = format!("holder {name} {customer}").parse().unwrap();
        let (customer, role) = (customer.parse().unwrap(), "authorised".parse().unwrap());
        let entry = Entry::holder_added(id, account(name), held.sequence, time, &customer, &role);
        bank.tell(&entry);
    };
    world.bank.borrow_mut().open("77");
    world.bank.borrow_mut().book("77", 40);
    added(&world, "77", "1001");
    run(device.catch_up()).unwrap();
    let held = accounts(&device);
    assert_eq!(held.len(), 2);
    assert_eq!(held[1].state.as_ref().unwrap().name, "Account 77");
    assert_eq!(held[1].balances.values().next(), Some(&czk(40)));
    let of_it = entries(&device, Some(&account("77")));
    let kinds: Vec<_> = of_it.iter().map(|entry| entry.kind.as_str()).collect();
    assert_eq!(
        kinds,
        ["booked", "holder.added"],
        "history, then the event that added the holder"
    );
    assert!(device.is_complete());

    // The addition of another holder changes nothing here. The customer's own removal removes the account with its
    // entries.
    added(&world, "77", "2002");
    {
        let mut bank = world.bank.borrow_mut();
        let held = bank.accounts.remove(&account("77")).unwrap();
        let (id, customer) = ("removed".parse().unwrap(), "1001".parse().unwrap());
        let entry = Entry::holder_removed(
            id,
            account("77"),
            held.sequence.next(),
            bank.time(),
            &customer,
        );
        bank.tell(&entry);
    }
    run(device.catch_up()).unwrap();
    let check = |device: &client::Device<_>| {
        assert_eq!(accounts(device).len(), 1);
        assert!(entries(device, Some(&account("77"))).is_empty());
        let newest = device.home().unwrap().newest;
        assert_eq!(newest[0].kind, EntryKind::HolderRemoved);
        assert!(
            newest.iter().all(|entry| entry.booking.is_none()),
            "nothing of it is shown"
        );
        let general = entries(device, None);
        assert_eq!(general.last().unwrap().kind, EntryKind::HolderRemoved);
    };
    check(&device);
    drop(device);
    let mut device = phone.open();
    check(&device);
    world.bank.borrow_mut().post("576", 1);
    run(device.catch_up()).unwrap();
    assert_eq!(balance(&device), 1);
}

#[test]
fn a_customer_with_many_accounts_has_them_all() {
    let world = World::new();
    for number in 0..400 {
        world.bank.borrow_mut().open(&format!("many {number:03}"));
    }
    let phone = Phone::new(&world, 1);
    let mut device = phone.enrol();
    run(device.catch_up()).unwrap();
    assert_eq!(accounts(&device).len(), 401);
    drop(device);
    let device = phone.open();
    assert_eq!(accounts(&device).len(), 401);
    let first = run(client::Home::read(&phone.disk, &phone.storage_key()))
        .unwrap()
        .unwrap();
    assert!(
        first.accounts_total == 401 && first.accounts.len() > 50,
        "{}",
        first.accounts.len()
    );
}

#[test]
fn months_of_entries_stay_in_order() {
    let (world, phone, mut device) = settled();
    for amount in 1..=700 {
        world.bank.borrow_mut().post("576", amount);
    }
    run(device.catch_up()).unwrap();
    drop(device);
    let device = phone.open();
    assert_eq!(numbers(&device), (1..=700).collect::<Vec<_>>());
}

/// In a browser a read takes longer than everything else that is done for an entry.
#[test]
fn the_place_of_one_entry_tells_it_of_the_next_ones() {
    let (world, phone, mut device) = settled();
    for amount in 1..=700 {
        world.bank.borrow_mut().post("576", amount);
    }
    let before = phone.disk.reads.get();
    run(device.catch_up()).unwrap();
    assert_eq!(numbers(&device).len(), 700);
    let reads = phone.disk.reads.get() - before;
    assert!(reads < 70, "{reads} reads");
}
