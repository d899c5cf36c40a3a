//! The review before signing: what is wrong is said at once and in words, and what the bank would surely refuse cannot
//! be signed.

use crate::bank::czk;
use crate::orders::{funds, submit, supplied, transfer};
use crate::phone::{Simulated, run, settled};
use client::{Device, Objection, SyncError};
use order::{
    Creditor, Frequency, Locale, Order, OrderError, OrderFields, OrderKind, Schedule, Scheme,
};
use types::{BalanceType, Money};

/// Reviews the fields; what blocks must be refused when submitted.
fn check(device: &mut Device<Simulated>, fields: OrderFields, expected: &[Objection]) {
    let review = device.compose(fields, Locale::En).unwrap();
    assert_eq!(review.objections(), expected);
    let blocks = expected.iter().any(Objection::blocks);
    assert_eq!(review.can_be_signed(), !blocks);
    for locale in [Locale::En, Locale::Th] {
        assert!(
            expected
                .iter()
                .all(|objection| objection.text(locale).len() > 20)
        );
    }
    if blocks {
        let refused = run(device.submit(&review));
        let by_name = matches!(&refused, Err(SyncError::Objected(why)) if why == expected);
        assert!(by_name, "{refused:?}");
        assert!(device.shown().orders().unwrap().is_empty());
    }
}

#[test]
fn what_is_wrong_is_said_before_signing() {
    let (world, _phone, mut device) = supplied();
    let device = &mut device;
    let approvals = world.approvals.get();
    check(device, transfer(700), &[Objection::NewPayee]);
    let fields = OrderFields {
        debit_account: Some("999".into()),
        ..transfer(700)
    };
    check(
        device,
        fields,
        &[Objection::NotHeld("999".into()), Objection::NewPayee],
    );
    let fields = OrderFields {
        amount: Some(Money::new(700, "EUR".parse().unwrap())),
        ..transfer(700)
    };
    let other = Objection::OtherCurrency("CZK".parse().unwrap());
    check(device, fields, &[other, Objection::NewPayee]);
    let fields = OrderFields {
        creditor: Some(Creditor::new(Scheme::Account, "576")),
        ..transfer(700)
    };
    check(device, fields, &[Objection::SameAccount]);
    // 2026-09-21 in UTC; it may still be the day before in the bank's zone.
    let dated = |date: &str| OrderFields {
        execution_date: date.parse().ok(),
        ..transfer(700)
    };
    let past = Objection::DateInPast("2026-09-19".parse().unwrap());
    check(device, dated("2026-09-19"), &[Objection::NewPayee, past]);
    check(device, dated("2026-09-22"), &[Objection::NewPayee]);
    let standing = |first: &str, amount: i64| OrderFields {
        schedule: Some(Schedule {
            frequency: Frequency::Month,
            first: first.parse().unwrap(),
            last: None,
        }),
        kind: OrderKind::Standing,
        ..transfer(amount)
    };
    let past = Objection::DateInPast("2026-01-31".parse().unwrap());
    check(
        device,
        standing("2026-01-31", 1),
        &[Objection::NewPayee, past],
    );
    let above = Objection::AboveLimit(Some(czk(500_000)));
    check(
        device,
        standing("2026-10-01", 41_666),
        &[Objection::NewPayee],
    );
    check(
        device,
        standing("2026-10-01", 41_667),
        &[Objection::NewPayee, above.clone()],
    );
    check(device, transfer(500_001), &[Objection::NewPayee, above]);
    check(
        device,
        standing("2026-10-01", i64::MAX),
        &[Objection::NewPayee, Objection::TooLarge],
    );
    let about = |kind: OrderKind, target: &str| OrderFields {
        target: Some(target.into()),
        creditor: Some(Creditor::new(Scheme::Account, "704")),
        ..OrderFields::new(kind)
    };
    for kind in [
        OrderKind::Cancel,
        OrderKind::StandingEnd,
        OrderKind::PayeeRemove,
    ] {
        check(device, about(kind, "unknown"), &[Objection::TargetUnknown]);
    }
    assert_eq!(world.approvals.get(), approvals, "nothing was signed");
}

#[test]
fn fields_that_are_no_order_are_refused() {
    let (_world, _phone, device) = supplied();
    let reference = |text: &str| OrderFields {
        reference: Some(text.into()),
        ..transfer(700)
    };
    let refused = |fields| match device.compose(fields, Locale::En) {
        Err(SyncError::Order(error)) => error.reason(),
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(transfer(0)), OrderError::AmountNotPositive.reason());
    assert_eq!(refused(reference("a\u{7}b")), "text_has_control");
    assert_eq!(
        refused(OrderFields::new(OrderKind::Transfer)),
        "field_missing"
    );
}

#[test]
fn only_owners_and_authorised_holders_pay() {
    for (role, may) in [("owner", true), ("authorised", true), ("viewer", false)] {
        let (world, phone, mut device) = settled();
        let held = crate::bank::account("576");
        world
            .bank
            .borrow_mut()
            .accounts
            .get_mut(&held)
            .unwrap()
            .state
            .role = role.parse().unwrap();
        world.bank.borrow_mut().restart();
        run(device.catch_up()).unwrap();
        run(device.send_orders()).unwrap();
        let objections = match may {
            true => vec![Objection::NewPayee],
            false => vec![Objection::MayNotPay(held), Objection::NewPayee],
        };
        check(&mut device, transfer(700), &objections);
        drop(phone);
    }
}

/// A balance may be out of date: the person is warned and may sign, and the bank decides.
#[test]
fn too_little_money_is_a_warning_that_counts_what_is_pending() {
    let (world, _phone, mut device) = supplied();
    assert_eq!(funds(&device).available, None, "the bank states none");
    {
        let mut bank = world.bank.borrow_mut();
        let held = bank.accounts.get_mut(&crate::bank::account("576")).unwrap();
        held.state
            .balances
            .insert(BalanceType::Available, czk(150_000));
        bank.restart();
    }
    run(device.catch_up()).unwrap();
    assert_eq!(funds(&device).available, Some(czk(150_000)), "with a limit");
    submit(&mut device, transfer(100_000));
    assert_eq!(funds(&device).available, Some(czk(50_000)));
    check(&mut device, transfer(50_000), &[Objection::NewPayee]);
    let payee = Order::new(OrderFields {
        creditor: Some(Creditor::new(Scheme::Account, "704")),
        ..OrderFields::new(OrderKind::PayeeAdd)
    });
    world.bank.borrow_mut().add_payee("p1", &payee.unwrap());
    run(device.catch_up()).unwrap();
    check(&mut device, transfer(50_000), &[]);
    check(
        &mut device,
        transfer(50_001),
        &[Objection::NotEnough(czk(50_000))],
    );
    submit(&mut device, transfer(50_001));
}

#[test]
fn a_locked_passbook_reviews_and_signs_nothing() {
    let (_world, _phone, mut device) = supplied();
    let review = crate::orders::review(&device, transfer(700));
    device.lock();
    let locked = device.compose(transfer(700), Locale::En);
    assert!(matches!(locked, Err(SyncError::Locked)));
    assert!(matches!(
        run(device.submit(&review)),
        Err(SyncError::Locked)
    ));
    assert!(matches!(device.shown().orders(), Err(SyncError::Locked)));
    assert!(matches!(run(device.send_orders()), Err(SyncError::Locked)));
}
