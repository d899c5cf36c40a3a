//! The review before signing: what is wrong is said at once and in words, and what the bank would surely refuse cannot
//! be signed.

use crate::bank::czk;
use crate::orders::{funds, submit, supplied, transfer};
use crate::phone::{Simulated, run, settled};
use client::{Device, Objection, SyncError};
use order::{
    Creditor, Frequency, Locale, Order, OrderError, OrderFields, OrderKind, Schedule, Scheme,
};
use protocol::http::{KindLimits, OrderLimits};
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

/// Offline, too, the list of payees knows under which name the customer pays an account.
#[test]
fn another_name_than_the_listed_payees_is_a_warning() {
    let (world, _phone, mut device) = supplied();
    let named = |name: &str| Creditor {
        name: Some(name.to_owned()),
        ..Creditor::new(Scheme::Account, "704")
    };
    for (id, name) in [("p1", "Jana Malá"), ("p2", "The landlady")] {
        let payee = Order::new(OrderFields {
            creditor: Some(named(name)),
            ..OrderFields::new(OrderKind::PayeeAdd)
        });
        world.bank.borrow_mut().add_payee(id, &payee.unwrap());
    }
    run(device.catch_up()).unwrap();
    world.offline.set(true);
    let to = |creditor| OrderFields {
        creditor: Some(creditor),
        ..transfer(700)
    };
    let otherwise = Objection::PayeeNamed("Jana Malá".to_owned());
    check(&mut device, to(named("Jan Malý")), &[otherwise]);
    for name in ["Jana Malá", "JANA MALÁ", "The landlady"] {
        check(&mut device, to(named(name)), &[]);
    }
    check(&mut device, to(Creditor::new(Scheme::Account, "704")), &[]);
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

/// The bank's limits are said before signing, with what this device has used of them since.
#[test]
fn an_order_above_a_limit_is_a_warning() {
    const HOUR: u64 = 3_600_000;
    let (world, phone, mut device) = settled();
    world.bank.borrow_mut().open("577");
    world.bank.borrow_mut().post("577", 1);
    run(device.catch_up()).unwrap();
    let limits = OrderLimits {
        day: czk(5_000),
        day_left: czk(4_000),
        new_payee: czk(2_000),
        new_device_left: Some(czk(3_000)),
        new_device_until: Some(world.now().plus_ms(12 * HOUR)),
        cooling_off_ms: 12 * HOUR,
        kinds: vec![KindLimits {
            kind: "transfer".to_owned(),
            order: Some(czk(5_500)),
            day: Some(czk(6_000)),
            day_left: Some(czk(5_000)),
        }],
        approve_again_above: None,
        login_above: None,
        brakes: Vec::new(),
    };
    world.bank.borrow_mut().orders.limits = Some(limits.clone());
    run(device.send_orders()).unwrap();
    drop(device);
    world.offline.set(true);
    let mut device = phone.open();
    assert_eq!(device.shown().limits().unwrap(), Some(limits));
    let new = Objection::NewPayee;
    let only_new = [new.clone()];
    check(&mut device, transfer(2_000), &only_new);
    let above_payee = |left| Objection::AboveNewPayee(czk(left));
    let above_device = |left| Objection::AboveNewDevice(czk(left));
    let above_day = |left| Objection::AboveDay(czk(left));
    check(
        &mut device,
        transfer(2_001),
        &[new.clone(), above_payee(2_000)],
    );
    let all = [
        new.clone(),
        above_day(4_000),
        above_device(3_000),
        above_payee(2_000),
    ];
    check(&mut device, transfer(4_001), &all);
    let of_kind = |left| Objection::AboveKindDay(czk(left));
    let all: Vec<_> = [
        new.clone(),
        Objection::AboveKindOrder(czk(5_500)),
        of_kind(5_000),
    ]
    .into_iter()
    .chain(all.into_iter().skip(1))
    .collect();
    check(&mut device, transfer(5_501), &all);
    let own = OrderFields {
        creditor: Some(Creditor::new(Scheme::Account, "577")),
        ..transfer(100_000)
    };
    check(&mut device, own, &[]);

    submit(&mut device, transfer(1_500));
    let left = |device: &Device<Simulated>| {
        let limits = device.shown().limits().unwrap().unwrap();
        let [of_kind] = limits.kinds.as_slice() else {
            panic!("{limits:?}")
        };
        (limits.day_left, limits.new_device_left, of_kind.day_left)
    };
    let after_it = (czk(2_500), Some(czk(1_500)), Some(czk(3_500)));
    assert_eq!(left(&device), after_it);
    check(&mut device, transfer(500), &only_new);
    let all = [new.clone(), above_device(1_500), above_payee(500)];
    check(&mut device, transfer(1_501), &all);
    // The device and the payee are not new any more, and a day later the day's limit is whole again, but for what waits.
    world.pass(12 * HOUR + 1);
    check(&mut device, transfer(2_500), &only_new);
    check(
        &mut device,
        transfer(2_501),
        &[new.clone(), above_day(2_500)],
    );
    world.pass(12 * HOUR);
    check(&mut device, transfer(3_500), &only_new);
    check(&mut device, transfer(3_501), &[new, above_day(3_500)]);
    let but_what_waits = (czk(3_500), None, Some(czk(4_500)));
    assert_eq!(left(&device), but_what_waits);
}

/// Orders and vouchers are asked for side by side, so the bank may state limits before it has counted the order.
#[test]
fn an_order_that_is_sent_beside_the_question_for_limits_counts() {
    let (world, _phone, mut device) = settled();
    let limits = OrderLimits {
        day: czk(5_000),
        day_left: czk(5_000),
        new_payee: czk(5_000),
        new_device_left: None,
        new_device_until: None,
        cooling_off_ms: 0,
        kinds: Vec::new(),
        approve_again_above: None,
        login_above: None,
        brakes: Vec::new(),
    };
    world.bank.borrow_mut().orders.limits = Some(limits);
    run(device.send_orders()).unwrap();
    submit(&mut device, transfer(1_500));
    world.pass(1);
    run(device.send_orders()).unwrap();
    let left = |device: &Device<Simulated>| device.shown().limits().unwrap().unwrap().day_left;
    assert_eq!(left(&device), czk(3_500));
    // The bank has answered it by the next time.
    world.pass(1);
    run(device.ask_for_limits()).unwrap();
    assert_eq!(left(&device), czk(5_000));
}

/// Before the person signs, they hear that the bank will ask again.
#[test]
fn a_second_approval_is_announced() {
    const HOUR: u64 = 3_600_000;
    let (world, phone, mut device) = settled();
    let limits = OrderLimits {
        day: czk(90_000),
        day_left: czk(90_000),
        new_payee: czk(90_000),
        new_device_left: None,
        new_device_until: None,
        cooling_off_ms: 12 * HOUR,
        kinds: Vec::new(),
        approve_again_above: Some(czk(2_000)),
        login_above: Some(czk(3_000)),
        brakes: Vec::new(),
    };
    world.bank.borrow_mut().orders.limits = Some(limits.clone());
    run(device.send_orders()).unwrap();
    drop(device);
    let mut device = phone.open();
    assert_eq!(device.shown().limits().unwrap(), Some(limits));
    let new = Objection::NewPayee;
    let only_new = [new.clone()];
    let again = [new, Objection::ApproveAgain(czk(2_000))];
    check(&mut device, transfer(2_000), &only_new);
    check(&mut device, transfer(2_001), &again);
    world.offline.set(true);
    submit(&mut device, transfer(1_500));
    check(&mut device, transfer(500), &only_new);
    check(&mut device, transfer(501), &again);
    world.pass(12 * HOUR + 1);
    check(&mut device, transfer(3_000), &only_new);
    let login = [Objection::NewPayee, Objection::LogInAgain(czk(3_000))];
    check(&mut device, transfer(3_001), &login);
}
