//! Live: history and stream joined, nonces, connections that end, and duplicates.

use crate::network::World;
use crate::phone::{Phone, balance, found, live, numbers, run, settled, shown};
use client::{Change, Discrepancy};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use std::cell::Cell;
use std::ops::ControlFlow;

#[test]
fn history_and_stream_join_without_gap_or_duplicate() {
    let (world, _phone, mut device) = settled();
    for amount in 1..=20 {
        world.bank.borrow_mut().post("576", amount);
    }
    let posted = Cell::new(20);
    let (changes, ended) = live(&mut device, |shown, change| {
        if matches!(change, Change::Live | Change::Entries(_)) && posted.get() < 40 {
            posted.set(posted.get() + 1);
            world.bank.borrow_mut().post("576", posted.get());
        }
        shown.position().number.get() == 41
    });
    ended.unwrap();
    assert_eq!(
        numbers(&device),
        (1..=40).collect::<Vec<_>>(),
        "{changes:?}"
    );
    assert_eq!(world.requested("/v1/live"), 1, "one connection");
    assert!(found(&device).is_empty());
}

#[test]
fn an_entry_is_committed_before_it_is_told() {
    let (world, phone, mut device) = settled();
    world.bank.borrow_mut().post("576", 5);
    let (_, ended) = live(&mut device, |_, change| {
        if matches!(change, Change::Entries(_)) {
            assert_eq!(balance(&phone.open()), 5);
            return true;
        }
        false
    });
    ended.unwrap();
}

#[test]
fn nodes_that_begin_one_after_the_other_are_given_a_new_proof_each() {
    let world = World::new();
    let phone = Phone::new(&world, 1);
    let mut device = phone.enrol();
    world.restarts.set(2);
    run(device.checkpoint()).unwrap();

    world.restarts.set(u32::MAX);
    let before = world.requests.borrow().len();
    let error = run(device.checkpoint()).unwrap_err();
    assert!(error.is_unavailable(), "{error}");
    assert_eq!(
        world.requests.borrow().len() - before,
        4,
        "it is not asked for ever"
    );
}

#[test]
fn the_servers_nonce_is_used_and_asked_for_once_more() {
    let world = World::new();
    let phone = Phone::new(&world, 1);
    let mut device = phone.enrol();
    let before = world.requests.borrow().len();
    run(device.checkpoint()).unwrap();
    assert_eq!(
        world.requests.borrow().len() - before,
        1,
        "the enrolment's answers brought a nonce"
    );
    drop(device);

    let mut device = phone.open();
    let before = world.requests.borrow().len();
    run(device.checkpoint()).unwrap();
    assert_eq!(
        world.requests.borrow().len() - before,
        2,
        "a new start has none: refused, then repeated with the one given"
    );
    world.pass(301_000);
    let before = world.requests.borrow().len();
    run(device.checkpoint()).unwrap();
    assert_eq!(
        world.requests.borrow().len() - before,
        2,
        "an old one is refused"
    );
    let (_, ended) = live(&mut device, |_, change| matches!(change, Change::Live));
    ended.unwrap();
    assert_eq!(world.requested("/v1/live"), 1);
    let mut fresh = phone.open();
    let (_, ended) = live(&mut fresh, |_, change| matches!(change, Change::Live));
    ended.unwrap();
    assert_eq!(
        world.requested("/v1/live"),
        3,
        "a stream asks once more too"
    );
}

#[test]
fn it_goes_on_from_what_it_has_committed() {
    let (world, phone, mut device) = settled();
    for amount in 1..=5 {
        world.bank.borrow_mut().post("576", amount);
    }
    run(device.catch_up()).unwrap();
    drop(device);
    let mut device = phone.open();
    world.bank.borrow_mut().post("576", 6);
    let (_, ended) = live(&mut device, |_, change| {
        matches!(change, Change::Entries(_))
    });
    ended.unwrap();
    let after = format!("after={}:1.6", world.bank.borrow().channel);
    assert_eq!(
        world.requested(&after),
        1 + 1,
        "once refused for its nonce: {:?}",
        world.requests.borrow()
    );
    assert!(found(&device).is_empty(), "nothing came twice");
}

#[test]
fn connections_that_end_are_made_again_with_growing_waits() {
    let (world, _phone, mut device) = settled();
    let (cuts, offline) = (Cell::new(0), Cell::new(0));
    let mut waits = Vec::new();
    let mut last = world.now();
    let (changes, ended) = live(&mut device, |_, change| match change {
        Change::Live if cuts.get() < 3 => {
            cuts.set(cuts.get() + 1);
            world.cuts.set(cuts.get());
            last = world.now();
            false
        }
        Change::Live if offline.get() == 0 => {
            world.offline.set(true);
            last = world.now();
            false
        }
        Change::Offline(_) if world.offline.get() => {
            waits.push(world.now().ms_since(last));
            last = world.now();
            offline.set(offline.get() + 1);
            world.offline.set(offline.get() < 7);
            false
        }
        Change::Live => true,
        _ => false,
    });
    ended.unwrap();
    assert_eq!(
        waits[1..],
        [100, 200, 400, 800, 1_000, 1_000],
        "{changes:?}"
    );
}

#[test]
fn a_broker_that_is_late_is_not_yet_withholding() {
    let (world, _phone, mut device) = settled();
    world.pass(20 * 60 * 1000);
    world.bank.borrow_mut().post("576", 5);
    let message = world.bank.borrow_mut().broker.log.pop().unwrap();
    let mut asked = None;
    let (changes, ended) = live(&mut device, |shown, change| {
        if matches!(change, Change::Checkpoint(_)) && asked.is_none() {
            asked = Some(world.now());
            world.bank.borrow_mut().broker.log.push(message.clone());
        }
        shown.is_complete()
    });
    ended.unwrap();
    assert_eq!(
        changes[..3],
        ["live", "checkpoint withheld", "entries 1"],
        "{changes:?}"
    );
    assert!(found(&device).is_empty());
    assert_eq!(world.requested("/snapshot"), 0);
}

#[test]
fn a_broker_that_cannot_be_asked_is_not_accused_of_withholding() {
    let (world, _phone, mut device) = settled();
    world.pass(20 * 60 * 1000);
    world.bank.borrow_mut().post("576", 5);
    world.bank.borrow_mut().broker.log.pop().unwrap();
    world.pulls_left.set(1);
    run(device.catch_up()).unwrap();
    assert!(found(&device).is_empty(), "{:?}", found(&device));
    assert_eq!(balance(&device), 5, "it is read from the bank itself");
    assert!(device.is_complete());
}

#[test]
fn the_answer_to_a_checkpoint_may_be_overtaken() {
    // The bank answers for the moment of the question; what came since is compared by its place in the chain.
    let (world, _phone, mut device) = settled();
    world.pass(20 * 60 * 1000);
    let fork = Cell::new(false);
    let run_once = |device: &mut client::Device<_>, expected: &str| {
        world.pass(20 * 60 * 1000);
        let then = {
            let mut bank = world.bank.borrow_mut();
            bank.post("576", 1);
            let then = bank.head;
            bank.post("576", 1);
            then
        };
        let lied = fork.get();
        let key = envelope::SoftwareKey::from_bytes(&[2; 32]).unwrap();
        let time = world.now();
        let epoch = world.bank.borrow().epoch;
        world.bank.borrow_mut().tamper_checkpoint = Some(Box::new(move |answer| {
            let sign1 = envelope::Sign1::parse(answer.checkpoint.as_ref()).unwrap();
            let payload = sign1.embedded().unwrap();
            let hash = if lied {
                types::Hash::of(b"fork")
            } else {
                then.hash
            };
            let stated = envelope::Checkpoint {
                channel: then.channel,
                generation: then.generation,
                number: then.number,
                hash,
                epoch,
                time,
                nonce: types::Nonce::try_from(&payload[payload.len() - 16..]).unwrap(),
            };
            answer.checkpoint = stated.sign(&key).unwrap().into();
        }));
        let (changes, ended) = live(device, |_, change| {
            matches!(change, Change::Checkpoint(_) | Change::Discrepancy(_))
        });
        ended.unwrap();
        assert!(changes.contains(&expected.to_owned()), "{changes:?}");
        world.bank.borrow_mut().tamper_checkpoint = None;
    };
    run_once(&mut device, "checkpoint complete");
    assert_eq!(balance(&device), 2, "both messages came first");
    fork.set(true);
    run_once(&mut device, "discrepancy contradicted");
}

/// Whatever is cut, repeated, dropped and reopened, by pull or by stream: the device ends up with the same passbook.
#[test]
fn any_interleaving_gives_the_same_passbook() {
    for seed in 0..40 {
        let mut random = StdRng::seed_from_u64(seed);
        let world = World::new();
        *world.pieces.borrow_mut() = StdRng::seed_from_u64(seed);
        world.bank.borrow_mut().open("577");
        let phone = Phone::new(&world, 1);
        let straight = Phone::new(&world, 2);
        let mut device = phone.enrol();
        world.bank.borrow_mut().renew_code();
        drop(straight.enrol());
        run(device.catch_up()).unwrap();
        for _ in 0..random.random_range(5..25) {
            act(&world, &mut random);
            match random.random_range(0..6) {
                0 => drop(run(device.catch_up()).unwrap()),
                1 => {
                    drop(device);
                    device = phone.open();
                }
                2 => {
                    drop(device);
                    let mut locked = phone.open_locked();
                    run(locked.catch_up()).unwrap();
                    drop(locked);
                    device = phone.open();
                }
                3 => world.repeats.set(random.random_range(1..5)),
                _ => {
                    let left = Cell::new(random.random_range(1..6));
                    let ended = run(device.live(|_, _| {
                        if random.random_range(0..3) == 0 {
                            act(&world, &mut random);
                        }
                        if random.random_range(0..3) == 0 {
                            world.cuts.set(world.cuts.get() + 1);
                        }
                        left.set(left.get() - 1);
                        if left.get() == 0 {
                            ControlFlow::Break(())
                        } else {
                            ControlFlow::Continue(())
                        }
                    }));
                    ended.unwrap();
                }
            }
        }
        world.repeats.set(0);
        run(device.catch_up()).unwrap();
        let mut other = straight.open();
        run(other.catch_up()).unwrap();
        assert!(device.is_complete() && other.is_complete(), "seed {seed}");
        let accounts = |device| {
            let mut all = shown(device);
            // The second device was enrolled later: it has not seen itself being added.
            all.remove(0);
            all
        };
        assert_eq!(accounts(&device), accounts(&other), "seed {seed}");
        let strange = found(&device)
            .into_iter()
            .find(|what| *what != Discrepancy::Replayed);
        assert_eq!(strange, None, "seed {seed}");
        assert_eq!(found(&other), [], "seed {seed}");
    }
}

fn act(world: &World, random: &mut StdRng) {
    let mut bank = world.bank.borrow_mut();
    for _ in 0..random.random_range(0..5) {
        match random.random_range(0..12) {
            0 => bank.rekey(),
            1 => {
                let id = format!("note {}", bank.head.number);
                let note = crate::bank::note(&bank, &id);
                bank.tell(&note);
            }
            number => {
                let name = if number % 2 == 0 { "576" } else { "577" };
                bank.post(name, random.random_range(-1_000..1_000));
            }
        }
        bank.clock.fetch_add(
            random.random_range(0..5_000),
            std::sync::atomic::Ordering::Relaxed,
        );
    }
}

#[test]
fn a_locked_phone_stays_live_and_projects_when_it_is_unlocked() {
    let (world, phone, device) = settled();
    drop(device);
    let mut locked = phone.open_locked();
    let posted = Cell::new(0);
    let (changes, ended) = live(&mut locked, |shown, change| {
        if matches!(change, Change::Live | Change::Received) && posted.get() < 3 {
            posted.set(posted.get() + 1);
            world.bank.borrow_mut().post("576", posted.get());
        }
        assert!(shown.home().is_err(), "nothing is shown");
        shown.position().number.get() == 4
    });
    ended.unwrap();
    assert!(changes.contains(&"received".to_owned()), "{changes:?}");
    run(locked.unlock(phone.storage_key())).unwrap();
    assert_eq!((numbers(&locked), balance(&locked)), (vec![1, 2, 3], 6));
    locked.lock();
    assert!(locked.accounts(None).is_err());
}

#[test]
fn an_expired_token_ends_live_and_leaves_what_is_held() {
    let (world, phone, mut device) = settled();
    world.bank.borrow_mut().post("576", 5);
    run(device.catch_up()).unwrap();
    world.bank.borrow_mut().refuse = Some(types::ErrorCode::TokenExpired);
    let (_, ended) = live(&mut device, |_, _| false);
    assert_eq!(
        ended.unwrap_err().ended(),
        Some(client::Ended::TokenExpired)
    );
    let caught_up = run(device.catch_up()).unwrap_err();
    assert_eq!(caught_up.ended(), Some(client::Ended::TokenExpired));
    assert_eq!(balance(&device), 5);
    drop(device);
    assert_eq!(balance(&phone.open()), 5);
}

#[test]
fn a_node_that_cannot_serve_now_is_tried_again() {
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

/// When the requests since `first` arrived, in milliseconds after the one before.
fn pauses(world: &World, first: usize) -> Vec<u64> {
    let arrived = world.arrived.borrow();
    let pairs = arrived[first..].windows(2);
    pairs.map(|pair| pair[1].ms_since(pair[0])).collect()
}

#[test]
fn a_device_asks_no_sooner_than_the_bank_says_and_is_not_offline_meanwhile() {
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
fn a_part_of_the_bank_that_is_not_there_is_left_alone_as_long_as_it_says() {
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
fn a_short_limit_is_waited_for_and_a_long_one_is_told() {
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
        // Whatever is asked next waits, too.
        world.bank.borrow_mut().refuse = None;
        let limited = *world.arrived.borrow().last().unwrap();
        run(device.checkpoint()).unwrap();
        let next = *world.arrived.borrow().last().unwrap();
        assert!(next.ms_since(limited) >= seconds * 1000);
    }
}
