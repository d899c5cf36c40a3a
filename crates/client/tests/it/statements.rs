//! Statements of the synchronous side: checkpoints and trust lists that are stale, forged, or contradict the device's
//! state.

use crate::bank::{Bank, START};
use crate::phone::{found, live, numbers, run, settled};
use client::{Change, Discrepancy, Judgement, SyncError};
use envelope::SoftwareKey;
use protocol::http::CheckpointAnswer;
use types::Nonce;

fn check(expected: Discrepancy, tamper: impl Fn(&mut Bank)) {
    let (world, _phone, mut device) = settled();
    world.bank.borrow_mut().post("576", 5);
    run(device.catch_up()).unwrap();
    let as_of = device.as_of();
    world.pass(20 * 60 * 1000);
    tamper(&mut world.bank.borrow_mut());
    match run(device.checkpoint()) {
        Err(SyncError::Discrepancy(found)) => assert_eq!(found.what, expected),
        other => panic!("{expected}: {other:?}"),
    }
    assert_eq!(
        (device.as_of(), device.is_complete()),
        (as_of, false),
        "{expected} proves nothing"
    );
    assert_eq!(found(&device), [expected]);
    assert_eq!(world.bank.borrow().reports.len(), 1);
    assert_eq!(numbers(&device), [1]);

    // A valid one resolves it.
    world.bank.borrow_mut().tamper_checkpoint = None;
    run(device.catch_up()).unwrap();
    assert!(device.is_complete() && device.home().unwrap().discrepancy.is_none());
}

fn tampering(change: impl FnMut(&mut CheckpointAnswer) + 'static) -> impl Fn(&mut Bank) {
    let change = std::rc::Rc::new(std::cell::RefCell::new(change));
    move |bank| {
        let change = change.clone();
        bank.tamper_checkpoint = Some(Box::new(move |answer| (change.borrow_mut())(answer)));
    }
}

#[test]
fn a_checkpoint_that_answers_another_nonce_is_stale() {
    check(Discrepancy::StaleCheckpoint, |bank| {
        let old = bank.checkpoint_at(&bank.head, Nonce::new([1; 16]));
        bank.tamper_checkpoint = Some(Box::new(move |answer| {
            answer.checkpoint = old.clone().into()
        }));
    });
}

#[test]
fn a_checkpoint_whose_time_goes_back_is_stale() {
    let (world, _phone, mut device) = settled();
    world.pass(10_000);
    assert_eq!(run(device.checkpoint()).unwrap(), Some(Judgement::Complete));
    let clock = world.bank.borrow().clock.clone();
    clock.fetch_sub(5_000, std::sync::atomic::Ordering::Relaxed);
    assert!(run(device.checkpoint()).is_err());
    assert_eq!(found(&device), [Discrepancy::StaleCheckpoint]);
    assert_eq!(
        device.discrepancies()[0].reason,
        "checkpoint_time_goes_back"
    );
}

#[test]
fn a_checkpoint_that_the_bank_did_not_sign_is_forged() {
    check(
        Discrepancy::ForgedCheckpoint,
        tampering(|answer| *answer.checkpoint.0.last_mut().unwrap() ^= 1),
    );
}

#[test]
fn a_checkpoint_below_the_devices_position() {
    check(Discrepancy::Below, |bank| {
        let key = SoftwareKey::from_bytes(&[2; 32]).unwrap();
        let first = envelope::Head::start(bank.channel, bank.head.generation);
        sign_instead(bank, first, key);
    });
}

#[test]
fn a_checkpoint_that_contradicts_the_devices_state() {
    check(Discrepancy::Contradicted, |bank| {
        let key = SoftwareKey::from_bytes(&[2; 32]).unwrap();
        let other = envelope::Head {
            hash: types::Hash::of(b"another"),
            ..bank.head
        };
        sign_instead(bank, other, key);
    });
}

/// Makes the bank state another head, with whatever nonce the device sends.
fn sign_instead(bank: &mut Bank, head: envelope::Head, key: SoftwareKey) {
    let (epoch, time) = (bank.epoch, bank.time());
    bank.tamper_checkpoint = Some(Box::new(move |answer| {
        // The nonce is the last 16 bytes of the signed statement.
        let sign1 = envelope::Sign1::parse(answer.checkpoint.as_ref()).unwrap();
        let payload = sign1.embedded().unwrap();
        let nonce = Nonce::try_from(&payload[payload.len() - 16..]).unwrap();
        let stated = envelope::Checkpoint {
            channel: head.channel,
            generation: head.generation,
            number: head.number,
            hash: head.hash,
            epoch,
            time,
            nonce,
        };
        answer.checkpoint = stated.sign(&key).unwrap().into();
    }));
}

#[test]
fn an_earlier_trust_list_proves_nothing() {
    let (world, _phone, mut device) = settled();
    let list = |version, expires| {
        let bank = world.bank.borrow();
        Bank::list(
            version,
            &bank.root,
            &bank.head_key,
            &bank.grant_key,
            expires,
        )
    };
    let newer = list(5, u64::MAX >> 8);
    world.bank.borrow_mut().trust = newer;
    run(device.checkpoint()).unwrap();
    let check = |device: &mut client::Device<_>, given: envelope::TrustList, reason: &str| {
        let given = given.as_bytes().to_vec();
        world.bank.borrow_mut().tamper_checkpoint = Some(Box::new(move |answer| {
            answer.trust = Some(given.clone().into())
        }));
        match run(device.checkpoint()) {
            Err(SyncError::Discrepancy(found)) => assert_eq!(found.reason, reason),
            other => panic!("{reason}: {other:?}"),
        }
    };
    check(
        &mut device,
        list(4, u64::MAX >> 8),
        "trust_list_older_version",
    );
    check(
        &mut device,
        list(5, u64::MAX >> 9),
        "trust_list_other_bytes",
    );
    check(&mut device, list(6, START - 1), "trust_list_expired");
    let stranger = SoftwareKey::from_bytes(&[90; 32]).unwrap();
    let strangers = {
        let bank = world.bank.borrow();
        Bank::list(7, &stranger, &bank.head_key, &bank.grant_key, u64::MAX >> 8)
    };
    check(&mut device, strangers, "unknown_key");
}

/// The bank has changed the key for heads, or the device was away until its list had expired. The bank's own answer
/// contains the next list, and no discrepancy is reported meanwhile.
#[test]
fn keys_are_rotated_by_a_newer_list() {
    for (streaming, expired) in [(false, false), (false, true), (true, false), (true, true)] {
        let (world, _phone, mut device) = settled();
        let expires = if expired {
            START + 10_000
        } else {
            u64::MAX >> 8
        };
        let list = |version, expires| {
            let bank = world.bank.borrow();
            let keys = (&bank.root, &bank.head_key, &bank.grant_key);
            Bank::list(version, keys.0, keys.1, keys.2, expires)
        };
        let first = list(2, expires);
        world.bank.borrow_mut().trust = first;
        run(device.catch_up()).unwrap();
        world.pass(20_000);
        if !expired {
            world.bank.borrow_mut().head_key = SoftwareKey::from_bytes(&[21; 32]).unwrap();
        }
        let next = list(3, u64::MAX >> 8);
        world.bank.borrow_mut().trust = next;
        let asked = world.requested("/snapshot");
        for amount in [5, 6] {
            world.bank.borrow_mut().post("576", amount);
            if streaming {
                let at = world.bank.borrow().position();
                let (_, ended) = live(&mut device, |shown, _| {
                    shown.position() == at && shown.is_complete()
                });
                ended.unwrap();
            } else {
                run(device.catch_up()).unwrap();
            }
        }
        assert_eq!(numbers(&device), [1, 2]);
        assert!(device.is_complete());
        assert!(found(&device).is_empty(), "{:?}", device.discrepancies());
        assert!(world.bank.borrow().reports.is_empty());
        assert_eq!(
            world.requested("/snapshot"),
            asked,
            "nothing had to be repaired"
        );
    }
}

#[test]
fn a_checkpoint_is_requested_again_while_live() {
    let (world, _phone, mut device) = settled();
    let began = world.now();
    let mut asked = 0;
    let (changes, ended) = live(&mut device, |_, change| {
        asked += u32::from(matches!(change, Change::Checkpoint(_)));
        asked == 4
    });
    ended.unwrap();
    let passed = world.now().ms_since(began);
    assert!(
        (50 * 60_000..=60 * 60_000).contains(&passed),
        "{passed} ms: {changes:?}"
    );
    assert!(device.is_complete());
    assert!(found(&device).is_empty());
}

#[test]
fn an_expired_trust_list_proves_nothing_new() {
    let (world, phone, mut device) = settled();
    world.bank.borrow_mut().post("576", 5);
    let list = |version, expires| {
        let bank = world.bank.borrow();
        Bank::list(
            version,
            &bank.root,
            &bank.head_key,
            &bank.grant_key,
            expires,
        )
    };
    let soon = list(2, START + 10_000);
    world.bank.borrow_mut().trust = soon;
    run(device.catch_up()).unwrap();
    let (position, as_of) = (device.position(), device.as_of());
    world.pass(20_000);
    world.bank.borrow_mut().post("576", 6);
    world.bank.borrow_mut().gateway_down = true;
    assert!(run(device.catch_up()).is_err());
    assert!(
        found(&device).is_empty(),
        "it is unknown whether a newer list exists, so no discrepancy is reported"
    );
    assert_eq!((device.position(), device.as_of()), (position, as_of));
    drop(device);
    let mut device = phone.open();
    assert_eq!(numbers(&device), [1], "what was proven stays readable");

    // The bank's own answer contains the next list.
    world.bank.borrow_mut().gateway_down = false;
    let next = list(3, u64::MAX >> 8);
    world.bank.borrow_mut().trust = next;
    run(device.catch_up()).unwrap();
    assert_eq!(numbers(&device), [1, 2]);
    assert!(device.is_complete() && found(&device).is_empty());
    assert!(world.bank.borrow().reports.is_empty());

    // A bank without a newer list is reported.
    let soon = list(4, world.now().plus_ms(10_000).ms());
    world.bank.borrow_mut().trust = soon;
    run(device.catch_up()).unwrap();
    world.pass(20_000);
    world.bank.borrow_mut().post("576", 7);
    assert_eq!(run(device.catch_up()).unwrap(), []);
    assert!(!device.is_complete());
    assert!(found(&device).contains(&Discrepancy::TrustListExpired));
    assert_eq!(numbers(&device), [1, 2]);
}

/// Any discrepancy about stored data ends completeness at once, without waiting for the quarter of an hour.
#[test]
fn a_discrepancy_about_stored_data_ends_completeness_at_once() {
    let against: [fn(&mut Bank); 2] = [
        |bank| {
            let first = envelope::Head::start(bank.channel, bank.head.generation);
            sign_instead(bank, first, SoftwareKey::from_bytes(&[2; 32]).unwrap());
        },
        |bank| {
            let mut other = bank.head;
            other.hash = types::Hash::of(b"another message");
            sign_instead(bank, other, SoftwareKey::from_bytes(&[2; 32]).unwrap());
        },
    ];
    for tamper in against {
        let (world, _phone, mut device) = settled();
        tamper(&mut world.bank.borrow_mut());
        assert!(run(device.checkpoint()).is_err());
        assert!(!device.is_complete() && !device.home().unwrap().complete);
        world.bank.borrow_mut().tamper_checkpoint = None;
        run(device.catch_up()).unwrap();
        assert!(device.is_complete());
    }

    let (world, phone, mut device) = settled();
    world.bank.borrow_mut().restart();
    world.bank.borrow_mut().post("576", 5);
    let judged = run(device.checkpoint()).unwrap();
    assert_eq!(judged, Some(Judgement::Restarted));
    assert!(!device.is_complete());
    drop(device);
    assert!(!phone.open().is_complete(), "nor after a restart");

    // A broker that lies, while the bank cannot be reached.
    let (world, phone, mut device) = settled();
    world.bank.borrow_mut().post("576", 5);
    let altered = world.bank.borrow().broker.log[1].slice(1..);
    world.bank.borrow_mut().broker.log[1] = altered;
    world.bank.borrow_mut().gateway_down = true;
    assert!(run(device.catch_up()).is_err());
    assert_eq!(found(&device), [Discrepancy::NotAMessage]);
    assert!(!device.is_complete());
    drop(device);
    assert!(!phone.open().is_complete(), "nor after a restart");
}
