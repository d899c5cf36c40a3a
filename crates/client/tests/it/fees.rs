//! Fees: shown beside the text before anything is signed, counted with the amount, and never another one than was shown.

use crate::arrangements::pend_elsewhere;
use crate::bank::{account, czk};
use crate::network::World;
use crate::orders::{funds, review, shown, submit, sums, transfer};
use crate::phone::{Phone, Simulated, run, settled};
use client::{Device, Objection, SyncError, fee_text};
use order::{Frequency, Locale, OrderFields, OrderKind, Schedule};
use protocol::http::OrderFee;
use std::rc::Rc;
use types::{BalanceType, Time};

const HOUR_MS: u64 = 3_600_000;

fn fee(minor_units: i64, from: Time) -> OrderFee {
    OrderFee {
        scheme: "account".to_owned(),
        amount: czk(minor_units),
        from,
    }
}

/// A device with vouchers and 1,000.00 CZK. A payment costs 2.00, and 3.00 an hour later.
fn charged() -> (Rc<World>, Phone, Device<Simulated>) {
    let (world, phone, mut device) = settled();
    let newer = OrderFee {
        scheme: "pigeon".to_owned(),
        ..fee(9, Time::from_ms(0))
    };
    let later = world.now().plus_ms(HOUR_MS);
    let fees = vec![fee(200, Time::from_ms(0)), fee(300, later), newer];
    world.bank.borrow_mut().orders.fees = fees;
    world.bank.borrow_mut().post("576", 100_000);
    run(device.catch_up()).unwrap();
    run(device.send_orders()).unwrap();
    (world, phone, device)
}

#[test]
fn a_fee_is_shown_beside_the_text_and_counts_with_the_amount() {
    let (world, phone, device) = charged();
    drop(device);
    world.offline.set(true);
    let mut device = phone.open();
    let reviewed = review(&device, transfer(700));
    assert_eq!(reviewed.fee(), Some(czk(200)));
    let text = "Transfer\nAmount: 7.00 CZK\nAccount: 704\nFrom: 576\nOn: at once";
    assert_eq!(reviewed.text(), text, "the text is fixed");
    for locale in [Locale::En, Locale::Th] {
        let said = fee_text(reviewed.order(), czk(200), locale);
        assert!(said.contains("2.00 CZK"), "{said}");
    }
    let intent = run(device.submit(&reviewed)).unwrap().intent;
    assert_eq!(shown(&device, intent).fee, Some(czk(200)));
    assert_eq!(sums(&device), (100_000, 900, 99_100));
    drop(device);
    let mut device = phone.open();
    assert_eq!(sums(&device), (100_000, 900, 99_100));
    world.offline.set(false);
    run(device.send_orders()).unwrap();
    world.bank.borrow_mut().execute(intent);
    // The fee's entry names no order, so the order's own entry ends what is pending.
    world.bank.borrow_mut().post("576", -200);
    run(device.catch_up()).unwrap();
    assert_eq!(sums(&device), (99_800, 900, 98_900));
    world.bank.borrow_mut().book_order("576", -700, intent);
    run(device.catch_up()).unwrap();
    assert_eq!(sums(&device), (99_100, 0, 99_100));
}

#[test]
fn amount_and_fee_need_the_funds_together() {
    let (world, _phone, mut device) = charged();
    {
        let mut bank = world.bank.borrow_mut();
        let held = bank.accounts.get_mut(&account("576")).unwrap();
        let balances = &mut held.state.balances;
        balances.insert(BalanceType::Available, czk(100_000));
        bank.restart();
    }
    run(device.catch_up()).unwrap();
    let short = Objection::NotEnough(czk(100_000));
    let most = review(&device, transfer(99_801));
    assert_eq!(most.objections(), [Objection::NewPayee, short]);
    let enough = review(&device, transfer(99_800));
    assert_eq!(enough.objections(), [Objection::NewPayee]);
    run(device.submit(&enough)).unwrap();
    assert_eq!(funds(&device).available, Some(czk(0)));
}

#[test]
fn an_order_is_not_signed_with_another_fee_than_was_shown() {
    let (world, _phone, mut device) = charged();
    let approvals = world.approvals.get();
    let reviewed = review(&device, transfer(700));
    assert_eq!(reviewed.fee(), Some(czk(200)));
    world.pass(HOUR_MS);
    let refused = run(device.submit(&reviewed));
    let changed = Objection::FeeChanged(Some(czk(300)));
    assert!(
        matches!(&refused, Err(SyncError::Objected(why)) if *why == [changed.clone()]),
        "{refused:?}"
    );
    assert!(changed.blocks());
    assert_eq!(world.approvals.get(), approvals, "nothing was signed");
    let again = review(&device, transfer(700));
    assert_eq!(again.fee(), Some(czk(300)));
    run(device.submit(&again)).unwrap();
}

#[test]
fn each_payment_of_a_standing_order_costs_the_fee() {
    let (_world, _phone, mut device) = charged();
    let monthly = OrderFields {
        schedule: Some(Schedule {
            frequency: Frequency::Month,
            first: "2026-12-01".parse().unwrap(),
            last: None,
        }),
        kind: OrderKind::Standing,
        ..transfer(700)
    };
    let reviewed = review(&device, monthly);
    assert_eq!(reviewed.fee(), Some(czk(200)));
    let said = fee_text(reviewed.order(), czk(200), Locale::En);
    assert!(said.contains("each payment"), "{said}");
    run(device.submit(&reviewed)).unwrap();
    assert_eq!(sums(&device).1, 0, "nothing is pending before its day");
    let payee = OrderFields {
        creditor: transfer(1).creditor,
        ..OrderFields::new(OrderKind::PayeeAdd)
    };
    assert_eq!(review(&device, payee).fee(), None);
}

#[test]
fn the_fee_of_an_order_of_another_device_is_pending_with_its_amount() {
    let (world, _phone, mut device) = settled();
    world.bank.borrow_mut().post("576", 100_000);
    world.bank.borrow_mut().orders.pending_fee = Some(czk(200));
    pend_elsewhere(&world, transfer(700));
    run(device.catch_up()).unwrap();
    assert_eq!(sums(&device), (100_000, 900, 99_100));
    // An order of its own is counted once.
    run(device.send_orders()).unwrap();
    let own = submit(&mut device, transfer(700));
    run(device.send_orders()).unwrap();
    world.bank.borrow_mut().orders.pending_fee = None;
    world.bank.borrow_mut().pend(own, None);
    run(device.catch_up()).unwrap();
    assert_eq!(sums(&device), (100_000, 1_600, 98_400));
}
