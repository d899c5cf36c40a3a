//! The customer's own brakes: set by a device, stored, and said before an order is signed.

use crate::bank::{account, czk};
use crate::network::World;
use crate::orders::{submit, transfer};
use crate::owner::owned;
use crate::phone::{Phone, Simulated, live, run, settled};
use client::{Change, Changes, Device, Objection, Reception, SyncError};
use order::{Creditor, Locale, OrderFields, Scheme};
use protocol::http::{KindLimits, OrderLimits, OwnBrake, SetBrake};
use protocol::{BrakeChange, BrakeStep, Entry};
use std::rc::Rc;
use types::{DeviceId, ErrorCode, Money, Time};

const HOUR: u64 = 3_600_000;

fn limits(brakes: Vec<OwnBrake>) -> OrderLimits {
    OrderLimits {
        day: czk(5_000),
        day_left: czk(5_000),
        new_payee: czk(900_000),
        new_device_left: None,
        new_device_until: None,
        cooling_off_ms: 12 * HOUR,
        kinds: Vec::new(),
        approve_again_above: None,
        login_above: None,
        brakes,
    }
}

fn own(brake: &str, since: Time) -> OwnBrake {
    OwnBrake {
        brake: brake.to_owned(),
        limit: None,
        banks: None,
        since,
        loosens: None,
        then: None,
    }
}

fn freeze(brake: &str) -> SetBrake {
    SetBrake {
        brake: brake.to_owned(),
        limit: None,
        ends: false,
    }
}

/// A device with money on two accounts and vouchers, and a bank with those limits.
fn braked(stated: OrderLimits) -> (Rc<World>, Phone, Device<Simulated>) {
    let (world, phone, mut device) = settled();
    for account in ["576", "577"] {
        world.bank.borrow_mut().open(account);
        world.bank.borrow_mut().post(account, 100_000);
    }
    run(device.catch_up()).unwrap();
    world.bank.borrow_mut().orders.limits = Some(stated);
    run(device.send_orders()).unwrap();
    (world, phone, device)
}

/// What is said of an order, but that the payee is not in the list.
fn said(device: &Device<Simulated>, fields: OrderFields) -> Vec<Objection> {
    let review = device.compose(fields, Locale::En).unwrap();
    assert!(review.can_be_signed(), "the bank decides");
    let said = review.objections().iter();
    let said = said.filter(|one| **one != Objection::NewPayee).cloned();
    said.collect()
}

fn to(creditor: &str, amount: i64) -> OrderFields {
    OrderFields {
        creditor: Some(Creditor::new(Scheme::Account, creditor)),
        ..transfer(amount)
    }
}

#[test]
fn a_frozen_account_is_said_before_signing_until_the_freeze_is_over() {
    let (world, phone, mut device) = braked(limits(Vec::new()));
    assert_eq!(said(&device, transfer(1)), []);
    let set = run(device.set_brake(&freeze("account:576"))).unwrap();
    assert_eq!(device.shown().limits().unwrap(), Some(set));
    let frozen = |loosens| [Objection::AccountFrozen(account("576"), loosens)];
    assert_eq!(said(&device, transfer(1)), frozen(None));
    assert_eq!(said(&device, to("577", 1)), frozen(None), "an own account");
    let other = OrderFields {
        debit_account: Some("577".into()),
        ..transfer(1)
    };
    assert_eq!(said(&device, other), []);
    let end = SetBrake {
        ends: true,
        ..freeze("account:576")
    };
    let set = run(device.set_brake(&end)).unwrap();
    let loosens = set.brakes[0].loosens;
    assert!(loosens.is_some());
    // It is stored, and needs no network.
    drop(device);
    world.offline.set(true);
    let device = phone.open();
    world.pass(12 * HOUR - 1_000);
    assert_eq!(said(&device, transfer(1)), frozen(loosens));
    assert_eq!(frozen(loosens)[0].loosens(), loosens);
    world.pass(1_000);
    assert_eq!(said(&device, transfer(1)), []);
    assert_eq!(
        world.bank.borrow().orders.brakes,
        [freeze("account:576"), end]
    );
}

#[test]
fn a_new_payee_is_said_while_new_payees_are_frozen() {
    let (world, _phone, mut device) = braked(limits(Vec::new()));
    submit(&mut device, to("704", 1));
    world.pass(HOUR);
    submit(&mut device, to("705", 1));
    run(device.send_orders()).unwrap();
    world.pass(11 * HOUR);
    run(device.set_brake(&freeze("new_payees"))).unwrap();
    for _ in 0..2 {
        assert_eq!(
            said(&device, to("704", 1)),
            [],
            "known when the freeze began"
        );
        assert_eq!(said(&device, to("577", 1)), [], "an own account");
        for new in ["705", "706"] {
            assert_eq!(
                said(&device, to(new, 1)),
                [Objection::NewPayeesFrozen(None)]
            );
        }
        world.pass(6 * HOUR);
    }
}

/// Limits that the customer set are named as theirs, and a raise counts from its time on.
#[test]
fn an_own_limit_is_named_as_the_customers() {
    let (world, _phone, mut device) = braked(limits(Vec::new()));
    let now = world.now();
    let limit = |brake: &str, (limit, banks): (i64, Option<i64>), then: Option<i64>| OwnBrake {
        limit: Some(czk(limit)),
        banks: banks.map(czk),
        loosens: Some(now.plus_ms(6 * HOUR)),
        then: then.map(czk),
        ..own(brake, now)
    };
    let kind = KindLimits {
        kind: "transfer".to_owned(),
        order: Some(czk(3_000)),
        day: Some(czk(4_000)),
        day_left: Some(czk(3_500)),
    };
    let stated = OrderLimits {
        kinds: vec![kind],
        day_left: czk(4_500),
        ..limits(vec![
            limit("day", (5_000, Some(9_000)), Some(7_000)),
            limit("transfer.order", (3_000, None), None),
            limit("transfer.day", (4_000, Some(4_000)), None),
        ])
    };
    world.bank.borrow_mut().orders.limits = Some(stated.clone());
    assert_eq!(run(device.ask_for_limits()).unwrap(), stated);
    let raised = Some(now.plus_ms(6 * HOUR));
    let own = |left: i64| Objection::AboveOwnLimit(czk(left), raised);
    // The limit of the kind's day is the bank's as well.
    let kinds_day = |left: i64| Objection::AboveKindDay(czk(left));
    assert_eq!(said(&device, transfer(3_001)), [own(3_000)]);
    assert_eq!(
        said(&device, transfer(4_501)),
        [own(3_000), kinds_day(3_500), own(4_500)]
    );
    world.pass(6 * HOUR);
    assert_eq!(said(&device, transfer(3_001)), []);
    assert_eq!(said(&device, transfer(6_500)), [kinds_day(3_500)]);
    assert_eq!(
        said(&device, transfer(6_501)),
        [kinds_day(3_500), Objection::AboveOwnLimit(czk(6_500), None)]
    );
}

#[test]
fn a_live_owner_sets_a_brake_and_a_locked_one_too() {
    let (world, phone, mut device) = braked(limits(Vec::new()));
    let shown = owned(
        &mut device,
        Reception::Live,
        async |handle, _: &mut Changes| {
            let set = handle.set_brake(freeze("new_payees")).await.unwrap();
            let shown = handle.shown().await.unwrap().limits().unwrap();
            assert_eq!(shown.as_ref(), Some(&set));
            assert_eq!(handle.ask_for_limits().await.unwrap(), set);
            handle.lock().await.unwrap();
            handle.set_brake(freeze("account:576")).await.unwrap();
            handle.unlock(phone.storage_key()).await.unwrap();
            handle.shown().await.unwrap().limits().unwrap()
        },
    );
    assert_eq!(shown.unwrap().brakes.len(), 1, "heard while it was locked");
    let limits = run(device.ask_for_limits()).unwrap();
    assert_eq!(limits.brakes.len(), 2);
    let refused = SetBrake {
        limit: Some(Money::new(1, "CZK".parse().unwrap())),
        ..freeze("day")
    };
    let refused = run(device.set_brake(&refused)).unwrap_err();
    assert!(refused.is_code(ErrorCode::BrakeInvalid), "{refused}");
    assert_eq!(device.shown().limits().unwrap(), Some(limits));
    world.offline.set(true);
    let away = run(device.set_brake(&freeze("day"))).unwrap_err();
    assert!(matches!(away, SyncError::Transport(_)), "{away}");
}

/// Another device changes a brake: its entry comes to this one, which then asks for the limits once.
fn changed_elsewhere(world: &World, id: &str) -> OrderLimits {
    let mut bank = world.bank.borrow_mut();
    let set = bank.brake(freeze("account:576")).unwrap();
    let change = BrakeChange {
        brake: "account:576".to_owned(),
        step: BrakeStep::Set,
        limit: None,
        from: None,
        device: DeviceId::at(bank.time(), [7; 10]),
    };
    let id = format!("brake.changed/{id}").parse().unwrap();
    let entry = Entry::of_brake(id, bank.time(), &change);
    bank.tell(&entry);
    set
}

#[test]
fn limits_are_old_when_the_bank_has_raised_one() {
    let (world, _phone, mut device) = braked(limits(Vec::new()));
    assert!(!device.shown().are_limits_old().unwrap());
    {
        let mut bank = world.bank.borrow_mut();
        let until = bank.time().plus_ms(HOUR);
        let id = "limit.raised/1".parse().unwrap();
        let entry = Entry::limit_raised(id, bank.time(), (czk(900_000), until));
        bank.tell(&entry);
    }
    run(device.catch_up()).unwrap();
    assert!(device.shown().are_limits_old().unwrap());
}

#[test]
fn a_live_owner_asks_for_the_limits_after_a_change_on_another_device() {
    let (world, phone, mut device) = braked(limits(Vec::new()));
    let (_, ended) = live(&mut device, |_, change| matches!(change, Change::Live));
    ended.unwrap();
    let asked = world.requested("/v1/vouchers");
    let set = changed_elsewhere(&world, "1");
    let (_, ended) = live(&mut device, |shown, _| {
        shown.limits().unwrap().as_ref() == Some(&set)
    });
    ended.unwrap();
    assert!(!device.shown().are_limits_old().unwrap());
    assert_eq!(world.requested("/v1/vouchers"), asked + 1);
    assert_eq!(
        said(&device, transfer(1)),
        [Objection::AccountFrozen(account("576"), None)]
    );

    // What is not asked about is known to be old, also by the next owner.
    let set = changed_elsewhere(&world, "2");
    run(device.catch_up()).unwrap();
    assert!(device.shown().are_limits_old().unwrap());
    drop(device);
    let mut device = phone.open();
    assert!(device.shown().are_limits_old().unwrap());
    assert_eq!(run(device.ask_for_limits()).unwrap(), set);
    assert!(!device.shown().are_limits_old().unwrap());
}
