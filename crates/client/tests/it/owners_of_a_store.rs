//! A store has one owner at a time: a second one is refused or waits, and an owner that lost its lease overwrites
//! nothing.

use crate::network::yields;
use crate::phone::{balance, found, live, numbers, run, settled};
use client::store::StoreError;
use client::{Device, SyncError};
use futures_util::future::join;

fn is_stale<T>(done: &Result<T, SyncError>) -> bool {
    matches!(done, Err(SyncError::Store(StoreError::Stale)))
}

#[test]
fn a_second_owner_is_refused_by_name() {
    let (_world, phone, device) = settled();
    let refused = run(Device::open_locked(phone.ports(), phone.inbox_key()));
    let in_use = matches!(refused, Err(SyncError::Store(StoreError::InUse)));
    assert!(in_use, "it is in use");
    drop(device);
    phone.open();
}

#[test]
fn a_receiver_waits_for_the_app_and_the_app_shows_its_messages() {
    let (world, phone, device) = settled();
    world.bank.borrow_mut().post("576", 5);
    let waiting = Device::open_locked_when_free(phone.ports(), phone.inbox_key());
    let app = async {
        yields(50).await;
        drop(device);
    };
    let (receiver, ()) = run(join(waiting, app));
    let mut receiver = receiver.unwrap();
    run(receiver.catch_up()).unwrap();
    assert_eq!(receiver.position().number.get(), 2);
    assert!(matches!(receiver.home(), Err(SyncError::Locked)));
    drop(receiver);
    let mut device = phone.open();
    assert_eq!((numbers(&device), balance(&device)), (vec![1], 5));
    run(device.catch_up()).unwrap();
    assert_eq!(found(&device), []);
}

#[test]
fn an_owner_that_lost_its_lease_is_refused_by_name_and_overwrites_nothing() {
    for streaming in [false, true] {
        let (world, phone, mut overtaken) = settled();
        phone.disk.steal_lease();
        let mut newer = phone.open();
        world.bank.borrow_mut().post("576", 5);
        run(newer.catch_up()).unwrap();
        let kept = phone.disk.rows();

        world.bank.borrow_mut().post("576", 6);
        let refused = match streaming {
            true => live(&mut overtaken, |_, _| false).1,
            false => run(overtaken.catch_up()).map(drop),
        };
        assert!(is_stale(&refused), "{refused:?}");
        let again = run(overtaken.catch_up());
        assert!(is_stale(&again), "it stays refused: {again:?}");
        assert_eq!(phone.disk.rows(), kept, "nothing was overwritten");
        drop(overtaken);

        run(newer.catch_up()).unwrap();
        assert_eq!((numbers(&newer), balance(&newer)), (vec![1, 2], 11));
        assert_eq!(found(&newer), []);
    }
}

/// A commit whose end was not seen does not count as another owner's.
#[test]
fn a_failed_commit_is_repeated_from_the_stores_state() {
    let (world, phone, mut device) = settled();
    world.bank.borrow_mut().post("576", 5);
    phone.disk.fails.set(true);
    let failed = run(device.catch_up());
    let by_name = matches!(&failed, Err(SyncError::Store(StoreError::Failed(_))));
    assert!(by_name, "{failed:?}");
    phone.disk.fails.set(false);
    run(device.catch_up()).unwrap();
    assert_eq!((numbers(&device), balance(&device)), (vec![1], 5));
    assert_eq!(found(&device), []);
}
