//! After the core bank was restored from an older copy, a device shows the same as a newly enrolled one.

use crate::bank::account;
use crate::network::World;
use crate::phone::{Phone, balance, entries, found, listed, numbers, run, settled, shown};
use client::{Device, Discrepancy, EntryState};
use std::rc::Rc;

type Simulated = crate::phone::Simulated;

/// What a device that enrols now shows of account 576: balance, and the ids of the counting entries.
fn as_newly_enrolled(world: &Rc<World>) -> (i64, Vec<String>) {
    world.bank.borrow_mut().renew_code();
    let mut device = Phone::new(world, 77).enrol();
    run(device.catch_up()).unwrap();
    assert!(device.is_complete());
    (balance(&device), ids(&device, EntryState::Current))
}

fn ids(device: &Device<Simulated>, state: EntryState) -> Vec<String> {
    let listed = listed(device, Some(&account("576"))).into_iter();
    let of = listed.filter(|listed| listed.state == state);
    of.map(|listed| listed.entry.id.to_string()).collect()
}

#[test]
fn a_device_shows_the_restored_books_and_marks_withdrawn_entries() {
    let (world, phone, mut device) = settled();
    world.bank.borrow_mut().post("576", 100);
    let copy = world.bank.borrow().copy_books();
    for amount in [100, 200, 300] {
        world.bank.borrow_mut().post("576", amount);
    }
    run(device.catch_up()).unwrap();
    assert_eq!((balance(&device), numbers(&device).len()), (700, 4));

    world.bank.borrow_mut().restore_books(&copy);
    world.bank.borrow_mut().restart();
    run(device.catch_up()).unwrap();
    assert!(device.is_complete(), "{:?}", device.discrepancies());
    assert_eq!((balance(&device), numbers(&device)), (100, vec![1]));
    let lost = ["event 576 2", "event 576 3", "event 576 4"];
    assert_eq!(ids(&device, EntryState::Withdrawn), lost);
    // Other entries get their sequences.
    for amount in [1, 2, 3, 4] {
        world.bank.borrow_mut().post("576", amount);
    }
    run(device.catch_up()).unwrap();
    assert_eq!((balance(&device), device.is_complete()), (110, true));
    assert_eq!(
        as_newly_enrolled(&world),
        (110, ids(&device, EntryState::Current))
    );
    assert_eq!(ids(&device, EntryState::Withdrawn), lost);
    assert!(found(&device).is_empty(), "{:?}", device.discrepancies());
    // The same after a restart of the app.
    drop(device);
    let device = phone.open();
    assert_eq!(balance(&device), 110);
    assert_eq!(ids(&device, EntryState::Withdrawn), lost);
    let home = device.home().unwrap();
    let booked = home.newest.iter().filter(|entry| entry.booking.is_some());
    let mut shown: Vec<_> = booked.map(|entry| entry.id.to_string()).collect();
    shown.reverse();
    assert_eq!(
        shown,
        ids(&device, EntryState::Current),
        "and on the home page"
    );
}

/// The repeated bookings have the earlier ids, with other numbers in the books.
#[test]
fn an_entry_with_another_number_in_the_new_books_is_not_withdrawn() {
    let (world, _phone, mut device) = settled();
    let copy = world.bank.borrow().copy_books();
    for amount in [100, 200] {
        world.bank.borrow_mut().post("576", amount);
    }
    run(device.catch_up()).unwrap();
    {
        let mut bank = world.bank.borrow_mut();
        bank.restore_books(&copy);
        bank.restart();
        bank.book("576", 5);
        let mut again = bank.book("576", 100);
        again.id = "event 576 1".parse().unwrap();
        let held = bank.accounts.get_mut(&account("576")).unwrap();
        *held.booked.last_mut().unwrap() = again;
    }
    run(device.catch_up()).unwrap();
    assert_eq!(balance(&device), 105);
    assert_eq!(ids(&device, EntryState::Withdrawn), ["event 576 2"]);
    assert_eq!(
        as_newly_enrolled(&world),
        (105, ids(&device, EntryState::Current))
    );
}

#[test]
fn an_account_that_the_new_books_lack_is_kept_for_its_withdrawn_entries() {
    let (world, _phone, mut device) = settled();
    let copy = world.bank.borrow().copy_books();
    world.bank.borrow_mut().open("77");
    world.bank.borrow_mut().post("77", 40);
    run(device.catch_up()).unwrap();
    assert_eq!(crate::phone::accounts(&device).len(), 2);
    world.bank.borrow_mut().restore_books(&copy);
    world.bank.borrow_mut().restart();
    run(device.catch_up()).unwrap();
    assert!(device.is_complete());
    assert_eq!(crate::phone::accounts(&device).len(), 1);
    let former = device.former_accounts(None).unwrap();
    assert_eq!(former[0].account, account("77"));
    let listed = listed(&device, Some(&account("77")));
    let states: Vec<_> = listed.iter().map(|listed| listed.state).collect();
    assert_eq!(states, [EntryState::Withdrawn]);
    assert_eq!(device.home().unwrap().accounts_total, 1);
}

#[test]
fn entries_of_notification_stay_and_in_the_same_books_nothing_is_withdrawn() {
    let (world, _phone, mut device) = settled();
    for amount in [5, 6] {
        world.bank.borrow_mut().post("576", amount);
    }
    {
        let mut bank = world.bank.borrow_mut();
        let note = crate::bank::note(&bank, "note 1");
        bank.tell(&note);
    }
    run(device.catch_up()).unwrap();
    let before = shown(&device);
    world.bank.borrow_mut().restart();
    run(device.catch_up()).unwrap();
    assert!(device.is_complete());
    assert_eq!(shown(&device), before);
    let copy = world.bank.borrow().copy_books();
    world.bank.borrow_mut().restore_books(&copy);
    world.bank.borrow_mut().restart();
    run(device.catch_up()).unwrap();
    assert_eq!(shown(&device), before, "other books that have it all");
    assert!(
        !entries(&device, None).is_empty(),
        "its own device was added"
    );
}

/// The books were restored by hand without a new incarnation. The device names the discrepancy and adopts nothing.
#[test]
fn restored_books_in_the_same_incarnation_are_named() {
    for restarted in [false, true] {
        let (world, _phone, mut device) = settled();
        let copy = world.bank.borrow().copy_books();
        for amount in [5, 6] {
            world.bank.borrow_mut().post("576", amount);
        }
        run(device.catch_up()).unwrap();
        {
            let mut bank = world.bank.borrow_mut();
            let incarnation = bank.incarnation;
            bank.restore_books(&copy);
            bank.incarnation = incarnation;
            if restarted {
                bank.restart();
            } else {
                bank.broker.down = true;
                let note = crate::bank::note(&bank, "note 1");
                bank.tell(&note);
            }
        }
        let _ = run(device.catch_up());
        assert!(
            found(&device).contains(&Discrepancy::BooksWentBack),
            "{:?}",
            device.discrepancies()
        );
        assert!(!device.is_complete());
        assert_eq!((numbers(&device), balance(&device)), (vec![1, 2], 11));
        let reported = world.bank.borrow().reported();
        assert!(
            reported.contains(&"items_behind_the_number".to_owned()),
            "{reported:?}"
        );
        // An operator made the missing incarnation, and restarted the channel.
        world.bank.borrow_mut().restore_books(&copy);
        world.bank.borrow_mut().restart();
        world.bank.borrow_mut().broker.down = false;
        run(device.catch_up()).unwrap();
        assert_eq!((numbers(&device), balance(&device)), (vec![], 0));
        assert!(device.is_complete(), "{:?}", device.discrepancies());
        assert_eq!(ids(&device, EntryState::Withdrawn).len(), 2);
    }
}
