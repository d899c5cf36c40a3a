//! Enrolment: whom the device trusts, and what it stores before its request.

use crate::bank::{CODE, CUSTOMER, START};
use crate::network::World;
use crate::phone::{Phone, found, numbers, run};
use client::{Device, Discrepancy, SyncError};
use envelope::Signer as _;
use envelope::{SoftwareKey, root_fingerprint};
use types::ErrorCode;

#[test]
fn a_new_device_shows_the_banks_data_and_its_history() {
    let world = World::new();
    for number in 1..=450 {
        world.bank.borrow_mut().book("576", number);
    }
    let phone = Phone::new(&world, 1);
    let mut device = phone.enrol();
    let home = device.home().unwrap();
    assert_eq!(
        home.accounts[0].balances,
        world
            .bank
            .borrow()
            .accounts
            .values()
            .next()
            .unwrap()
            .state
            .balances
    );
    assert!(!home.complete, "its history is still to come");
    run(device.catch_up()).unwrap();
    assert_eq!(numbers(&device), (1..=450).collect::<Vec<_>>());
    let home = device.home().unwrap();
    assert!(home.complete);
    assert_eq!(home.newest[0].booking.as_ref().unwrap().number, 450);
    assert_eq!(home.as_of.ms(), world.now().ms());
    assert!(found(&device).is_empty(), "{:?}", device.discrepancies());
}

#[test]
fn a_url_that_proofs_cannot_name_is_refused_before_the_code_is_sent() {
    let world = World::new();
    let phone = Phone::new(&world, 1);
    let code = world.bank.borrow().printed_code();
    for other in [
        "https://mobile.bank.example",
        "https://bank.example:8443",
        "http://bank.example",
    ] {
        world.bank.borrow_mut().public_url = other.to_owned();
        let refused = phone.try_enrol(&code).err().unwrap();
        assert!(matches!(refused, SyncError::AnotherUrl(_)), "{refused}");
        assert!(refused.to_string().contains(other), "{refused}");
    }
    world.bank.borrow_mut().public_url = "\u{202e}https://bank.example".to_owned();
    let refused = phone.try_enrol(&code).err().unwrap();
    assert!(matches!(refused, SyncError::Answer), "{refused}");
    assert_eq!(world.requested("enrolment"), 0, "the code is not spent");
    // The same URL in a different spelling.
    world.bank.borrow_mut().public_url = "HTTPS://Bank.Example:443/".to_owned();
    assert!(phone.try_enrol(&code).is_ok());
}

#[test]
fn the_bank_is_known_by_the_printed_fingerprint_alone() {
    let world = World::new();
    let phone = Phone::new(&world, 1);
    let other = SoftwareKey::from_bytes(&[50; 32]).unwrap();
    // The root in the same answer as the real one is a stranger's: a list that it signed is not trusted.
    let other_bank = format!("{CODE}{}", root_fingerprint(other.public_key()));
    assert!(matches!(
        phone.try_enrol(&other_bank),
        Err(SyncError::AnotherBank)
    ));
    assert_eq!(
        world.requested("enrolment"),
        0,
        "the code was sent to nobody"
    );

    let code = world.bank.borrow().printed_code();
    {
        let mut bank = world.bank.borrow_mut();
        let stranger = SoftwareKey::from_bytes(&[99; 32]).unwrap();
        bank.trust =
            crate::bank::Bank::list(9, &stranger, &bank.head_key, &bank.grant_key, u64::MAX >> 8);
    }
    assert!(matches!(
        phone.try_enrol(&code),
        Err(SyncError::AnotherBank)
    ));
    assert_eq!(world.requested("enrolment"), 0);
}

#[test]
fn a_request_with_a_lost_answer_is_repeated_as_the_same_device() {
    let world = World::new();
    let phone = Phone::new(&world, 1);
    let code = world.bank.borrow().printed_code();
    for lost in 1..=3 {
        // The answers with the trust list, the challenge and the enrolment are lost, one after the other.
        world.lose_answers.set(0);
        let network = &world;
        let before = network.requests.borrow().len();
        let result = {
            let keys = (phone.inbox_key(), phone.storage_key());
            let (customer, code) = (CUSTOMER.parse().unwrap(), code.parse().unwrap());
            let future = Device::enrol(phone.ports(), keys, &customer, &code);
            let mut future = std::pin::pin!(future);
            run(std::future::poll_fn(|context| {
                if network.requests.borrow().len() - before == lost {
                    network.lose_answers.set(1);
                }
                future.as_mut().poll(context)
            }))
        };
        assert!(
            matches!(result, Err(SyncError::Transport(_))),
            "answer {lost} was lost"
        );
    }
    world.lose_answers.set(0);
    let device = phone.enrol();
    assert_eq!(world.bank.borrow().readers.len(), 1, "one device all along");
    assert!(world.bank.borrow().readers.contains_key(&device.id()));
    let id = device.id();
    drop(device);
    assert_eq!(phone.open().id(), id);
    assert!(matches!(
        phone.try_enrol(&code),
        Err(SyncError::AlreadyEnrolled)
    ));
}

#[test]
fn a_wrong_or_used_code_enrols_nothing() {
    let world = World::new();
    let phone = Phone::new(&world, 1);
    let code = world.bank.borrow().printed_code();
    let refused = |result: Result<_, SyncError>, expected| match result.map(|_: Device<_>| ()) {
        Err(SyncError::Refused(refused)) => assert_eq!(refused.code(), Some(expected)),
        other => panic!("{other:?}"),
    };
    refused(
        phone.try_enrol(&code.replacen('7', "8", 1)),
        ErrorCode::CodeInvalid,
    );
    phone.enrol();
    refused(Phone::new(&world, 2).try_enrol(&code), ErrorCode::CodeUsed);
    assert!(matches!(phone.try_enrol("7K3M"), Err(SyncError::NotACode)));
}

/// ciam's answer is trusted only if the bank's own keys signed its parts.
#[test]
fn parts_that_the_bank_did_not_sign_are_not_used_for_enrolment() {
    let check = |expected: Discrepancy, tamper: fn(&mut protocol::http::EnrolmentAnswer)| {
        let world = World::new();
        let phone = Phone::new(&world, 1);
        world.bank.borrow_mut().tamper_enrolment = Some(Box::new(tamper));
        let code = world.bank.borrow().printed_code();
        match phone.try_enrol(&code).map(|_| ()) {
            Err(SyncError::Discrepancy(found)) => assert_eq!(found.what, expected),
            other => panic!("{expected}: {other:?}"),
        }
        let opened = run(Device::open(
            phone.ports(),
            phone.inbox_key(),
            phone.storage_key(),
        ));
        assert!(matches!(opened, Err(SyncError::NotEnrolled)));
        world.bank.borrow_mut().tamper_enrolment = None;
        phone.enrol();
    };
    check(Discrepancy::ForgedGrant, |answer| {
        *answer.grant.0.last_mut().unwrap() ^= 1
    });
    check(Discrepancy::ForgedSnapshot, |answer| {
        *answer.snapshot.snapshot.0.last_mut().unwrap() ^= 1
    });
    check(Discrepancy::ForgedTrustList, |answer| {
        *answer.trust.0.last_mut().unwrap() ^= 1
    });
    check(Discrepancy::GenerationGoesBack, |answer| {
        answer.channels[0].generation = 2.try_into().unwrap()
    });
}

#[test]
fn an_expired_trust_list_enrols_nobody() {
    let world = World::new();
    {
        let mut bank = world.bank.borrow_mut();
        bank.trust =
            crate::bank::Bank::list(1, &bank.root, &bank.head_key, &bank.grant_key, START - 1);
    }
    let code = world.bank.borrow().printed_code();
    match Phone::new(&world, 1).try_enrol(&code).map(|_| ()) {
        Err(SyncError::Discrepancy(found)) => assert_eq!(found.what, Discrepancy::TrustListExpired),
        other => panic!("{other:?}"),
    }
}
