//! A channel that was restarted, because the bank or its broker lost messages that devices have.

use crate::phone::{balance, found, live, numbers, run, settled};
use client::{Change, Discrepancy, Judgement};

#[test]
fn a_new_generation_counts_when_a_checkpoint_confirms_it() {
    for streaming in [false, true] {
        let (world, _phone, mut device) = settled();
        for amount in [5, 6] {
            world.bank.borrow_mut().post("576", amount);
        }
        run(device.catch_up()).unwrap();
        world.bank.borrow_mut().book("576", 7);
        world.bank.borrow_mut().restart();
        world.bank.borrow_mut().post("576", 8);
        if streaming {
            let (changes, ended) = live(&mut device, |shown, _| {
                shown.is_complete() && shown.position().generation.get() == 2
            });
            ended.unwrap();
            assert!(
                changes.contains(&"checkpoint restarted".to_owned()),
                "{changes:?}"
            );
        } else {
            run(device.catch_up()).unwrap();
        }
        assert_eq!((numbers(&device), balance(&device)), (vec![1, 2, 3, 4], 26));
        assert!(found(&device).is_empty(), "{:?}", device.discrepancies());
        world.bank.borrow_mut().post("576", 1);
        run(device.catch_up()).unwrap();
        assert_eq!(balance(&device), 27);
    }
}

/// Restored copies drew the same epoch for two keys: the device gets a grant of the key that it lacks.
#[test]
fn a_snapshot_under_another_key_of_an_epoch_that_the_device_has_brings_the_key() {
    let (world, _phone, mut device) = settled();
    {
        let mut bank = world.bank.borrow_mut();
        let epoch = bank.epoch;
        bank.restart();
        bank.epoch = epoch;
        bank.keys.insert(epoch, types::MessageKey::new([78; 32]));
        bank.grants.clear();
        bank.post("576", 5);
    }
    run(device.catch_up()).unwrap();
    assert!(device.is_complete());
    assert_eq!((numbers(&device), balance(&device)), (vec![1], 5));
    assert!(found(&device).is_empty(), "{:?}", device.discrepancies());
}

#[test]
fn a_broker_cannot_restart_a_channel() {
    let (world, _phone, mut device) = settled();
    world.bank.borrow_mut().broker.generation = 2;
    run(device.catch_up()).unwrap();
    assert_eq!(found(&device)[0], Discrepancy::GenerationWithoutCheckpoint);
    assert_eq!(device.position().generation.get(), 1);
    world.bank.borrow_mut().broker.generation = 1;
    world.bank.borrow_mut().post("576", 5);
    run(device.catch_up()).unwrap();
    assert_eq!(balance(&device), 5);
}

#[test]
fn a_generation_never_goes_back() {
    let (world, _phone, mut device) = settled();
    let old = world.bank.borrow().broker.log.clone();
    world.bank.borrow_mut().restart();
    run(device.catch_up()).unwrap();
    {
        let mut bank = world.bank.borrow_mut();
        bank.broker.generation = 1;
        bank.broker.log = old;
    }
    let (_, ended) = live(&mut device, |_, change| {
        matches!(change, Change::Discrepancy(_))
    });
    ended.unwrap();
    assert_eq!(found(&device), [Discrepancy::GenerationGoesBack]);
    assert_eq!(device.position().generation.get(), 2);
}

/// The bank and its broker were restored from a copy older than the device. The device reports its head, and they
/// restart the channel.
#[test]
fn a_device_reports_messages_that_the_bank_lost() {
    let (world, _phone, mut device) = settled();
    let copy = (world.bank.borrow().head, world.bank.borrow().log.clone());
    for amount in [5, 6] {
        world.bank.borrow_mut().post("576", amount);
    }
    run(device.catch_up()).unwrap();
    {
        let mut bank = world.bank.borrow_mut();
        (bank.head, bank.log) = copy.clone();
        bank.broker.log = copy.1;
    }
    let answer = run(device.checkpoint());
    assert!(answer.is_err());
    assert_eq!(found(&device), [Discrepancy::Below]);
    assert_eq!(
        world.bank.borrow().reports[0].number.get(),
        3,
        "with the newest head that the bank signed"
    );
    world.bank.borrow_mut().restart();
    assert_eq!(
        run(device.checkpoint()).unwrap(),
        Some(Judgement::Restarted)
    );
    run(device.catch_up()).unwrap();
    assert_eq!((numbers(&device), balance(&device)), (vec![1, 2], 11));
    assert!(device.home().unwrap().discrepancy.is_none());
}

/// The same while live: the bank starts the next generation because of the report, and the device continues in it.
#[test]
fn a_reported_loss_is_repaired_while_live() {
    for streaming in [false, true] {
        let (world, _phone, mut device) = settled();
        let copy = (world.bank.borrow().head, world.bank.borrow().log.clone());
        for amount in [5, 6] {
            world.bank.borrow_mut().post("576", amount);
        }
        run(device.catch_up()).unwrap();
        {
            let mut bank = world.bank.borrow_mut();
            (bank.head, bank.log) = copy.clone();
            bank.broker.log = copy.1;
            bank.restart_on_report = true;
        }
        world.pass(20 * 60 * 1000);
        if streaming {
            let (changes, ended) = live(&mut device, |shown, _| {
                shown.is_complete() && shown.position().generation.get() == 2
            });
            ended.unwrap();
            assert!(
                changes.contains(&"discrepancy below".to_owned()),
                "{changes:?}"
            );
        } else {
            run(device.catch_up()).unwrap();
            assert!(device.is_complete());
        }
        assert_eq!(found(&device)[0], Discrepancy::Below);
        assert!(device.home().unwrap().discrepancy.is_none());
        world.bank.borrow_mut().post("576", 7);
        run(device.catch_up()).unwrap();
        assert_eq!((numbers(&device), balance(&device)), (vec![1, 2, 3], 18));
    }
}
