//! A bank that is unavailable, or accepts no more requests for a while.

use crate::network::World;
use crate::phone::{live, run, settled};
use client::{Change, Errand};

#[test]
fn an_unavailable_node_is_tried_again() {
    for code in [
        types::ErrorCode::Unavailable,
        types::ErrorCode::RevocationsUnknown,
        types::ErrorCode::TooManyProofs,
    ] {
        let (world, _phone, mut device) = settled();
        world.bank.borrow_mut().refuse = Some(code);
        let mut refused = 0;
        let (_, ended) = live(&mut device, |_, change| {
            let said = match change {
                Change::Offline(_) => code.status() != 429,
                Change::Limited(_) => code.status() == 429,
                _ => false,
            };
            if said {
                refused += 1;
                if refused == 3 {
                    world.bank.borrow_mut().refuse = None;
                }
            }
            matches!(change, Change::Live)
        });
        ended.unwrap();
        assert_eq!(refused, 3);
    }
}

/// The arrival times of the requests since `first`, in milliseconds after the previous one.
fn pauses(world: &World, first: usize) -> Vec<u64> {
    let arrived = world.arrived.borrow();
    let pairs = arrived[first..].windows(2);
    pairs.map(|pair| pair[1].ms_since(pair[0])).collect()
}

#[test]
fn a_device_waits_as_long_as_the_bank_asks_and_is_not_offline_meanwhile() {
    let (world, _phone, mut device) = settled();
    world.bank.borrow_mut().refuse = Some(types::ErrorCode::TooManyProofs);
    world.retry_after_s.set(Some(30));
    let first = world.requests.borrow().len();
    let mut said = Vec::new();
    let (_, ended) = live(&mut device, |_, change| {
        match change {
            Change::Limited(error) => said.push(error.retry_after_ms()),
            Change::Offline(error) => panic!("{error}"),
            _ => {}
        }
        if said.len() == 3 {
            world.bank.borrow_mut().refuse = None;
        }
        matches!(change, Change::Live)
    });
    ended.unwrap();
    assert_eq!(said, [Some(30_000); 3]);
    let pauses = pauses(&world, first);
    assert!(
        pauses[..3].iter().all(|pause| *pause >= 30_000),
        "{pauses:?}"
    );
    assert!(
        pauses[..3].iter().all(|pause| *pause < 31_000),
        "{pauses:?}"
    );
}

#[test]
fn an_unavailable_part_of_the_bank_gets_no_request_for_the_time_it_names() {
    let (world, _phone, mut device) = settled();
    world.bank.borrow_mut().refuse = Some(types::ErrorCode::Unavailable);
    world.retry_after_s.set(Some(7));
    let first = world.requests.borrow().len();
    let mut offline = 0;
    let (_, ended) = live(&mut device, |_, change| {
        offline += u32::from(matches!(change, Change::Offline(_)));
        if offline == 3 {
            world.bank.borrow_mut().refuse = None;
        }
        matches!(change, Change::Live)
    });
    ended.unwrap();
    let pauses = pauses(&world, first);
    assert!(
        pauses[..3].iter().all(|pause| *pause >= 7_000),
        "{pauses:?}"
    );
}

#[test]
fn a_short_limit_is_waited_for_and_a_long_one_is_an_error() {
    let (world, _phone, mut device) = settled();
    for (seconds, asked) in [(1, 4), (2, 4), (3, 1)] {
        world.bank.borrow_mut().refuse = Some(types::ErrorCode::TooManyProofs);
        world.retry_after_s.set(Some(seconds));
        let first = world.requests.borrow().len();
        let error = run(device.checkpoint()).unwrap_err();
        assert!(error.is_limited(), "{error}");
        assert_eq!(world.requests.borrow().len() - first, asked);
        let pauses = pauses(&world, first);
        assert!(
            pauses.iter().all(|pause| *pause >= seconds * 1000),
            "{pauses:?}"
        );
        // The next request waits, too.
        world.bank.borrow_mut().refuse = None;
        let limited = *world.arrived.borrow().last().unwrap();
        run(device.checkpoint()).unwrap();
        let next = *world.arrived.borrow().last().unwrap();
        assert!(next.ms_since(limited) >= seconds * 1000);
    }
}

/// A limit on checks of payees, or on logins, is one on nothing else.
#[test]
fn a_limit_of_one_kind_of_requests_delays_no_other() {
    use types::ErrorCode::{LoginLocked, TooManyPayeeChecks, TooManyProofs};
    let payee = protocol::http::PayeeCheckRequest {
        scheme: "account".into(),
        identification: "576".into(),
        bank: None,
        name: "Jana".into(),
    };
    for (code, delays) in [
        (TooManyPayeeChecks, false),
        (LoginLocked, false),
        (TooManyProofs, true),
    ] {
        let (world, _phone, mut device) = settled();
        world.retry_after_s.set(Some(3_600));
        world.bank.borrow_mut().refuse = Some(code);
        let refused = run(device.run(Errand::check_payee(&payee))).unwrap_err();
        assert!(refused.is_limited(), "{refused:?}");
        world.bank.borrow_mut().refuse = None;
        let before = world.now();
        run(device.catch_up()).unwrap();
        let waited = world.now().ms_since(before) >= 3_600_000;
        assert_eq!(waited, delays, "{code:?}");
    }
}
