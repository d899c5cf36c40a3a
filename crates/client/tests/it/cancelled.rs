//! Operations that are dropped midway: nothing is lost, nothing is repeated.

use crate::bank::CUSTOMER;
use crate::network::World;
use crate::phone::{Phone, balance, found, numbers, run, run_for, settled, stay_live};

/// Drops catching up, or staying live, after every number of polls. The result must be as if nothing had been dropped.
fn check(streaming: bool) {
    let mut finished = false;
    for polls in 1.. {
        let (world, _phone, mut device) = settled();
        // There is a page already, so an entry added twice would show.
        world.bank.borrow_mut().post("576", 4);
        run(device.catch_up()).unwrap();
        world.bank.borrow_mut().post("576", 5);
        world.bank.borrow_mut().rekey();
        world.bank.borrow_mut().post("576", 6);
        world.pass(20 * 60 * 1000);
        let done = if streaming {
            let target = world.bank.borrow().position();
            run_for(
                polls,
                stay_live(&mut device, |shown, _| {
                    shown.position() == target && shown.is_complete()
                }),
            )
            .map(|(_, ended)| ended.unwrap())
        } else {
            run_for(polls, device.catch_up()).map(|entries| drop(entries.unwrap()))
        };
        finished = done.is_some();
        world.bank.borrow_mut().post("576", 7);
        run(device.catch_up()).unwrap();
        assert_eq!(
            (numbers(&device), balance(&device)),
            (vec![1, 2, 3, 4], 22),
            "dropped after {polls} polls"
        );
        assert!(device.is_complete());
        assert!(
            found(&device).is_empty(),
            "dropped after {polls} polls: {:?}",
            device.discrepancies()
        );
        if finished {
            assert!(polls > 5, "there was something to drop");
            break;
        }
    }
    assert!(finished);
}

#[test]
fn catching_up() {
    check(false);
}

#[test]
fn staying_live() {
    check(true);
}

#[test]
fn enrolling() {
    for polls in 1.. {
        let world = World::new();
        for amount in [5, 6] {
            world.bank.borrow_mut().book("576", amount);
        }
        let phone = Phone::new(&world, 1);
        let code = world.bank.borrow().printed_code().parse().unwrap();
        let keys = (phone.inbox_key(), phone.storage_key());
        let customer = CUSTOMER.parse().unwrap();
        let enrolling = client::Device::enrol(phone.ports(), keys, &customer, &code);
        let done = run_for(polls, enrolling).is_some();
        // Either the device is enrolled, or the enrolment is repeated; never as two devices.
        let opened = run(client::Device::open(
            phone.ports(),
            phone.inbox_key(),
            phone.storage_key(),
        ));
        let mut device = opened.unwrap_or_else(|_| phone.enrol());
        run(device.catch_up()).unwrap();
        assert_eq!(
            (numbers(&device), balance(&device)),
            (vec![1, 2], 11),
            "dropped after {polls} polls"
        );
        assert_eq!(world.bank.borrow().readers.len(), 1);
        if done {
            break;
        }
    }
}
