//! Live: history and stream joined, connections that end, and a slow broker.

use crate::network::{World, yields};
use crate::phone::{Phone, Simulated, balance, found, live, numbers, run, settled, stay_live};
use client::{Change, Device};
use futures_util::future::join;
use std::cell::Cell;

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
fn an_entry_is_committed_before_it_is_reported() {
    let (world, phone, mut device) = settled();
    world.bank.borrow_mut().post("576", 5);
    let (_, ended) = live(&mut device, |_, change| {
        if matches!(change, Change::Entries(_)) {
            let committed = phone.disk.commits.borrow().len();
            let disk = phone.disk.after(committed);
            let copy = Phone {
                disk,
                world: world.clone(),
                seed: phone.seed,
            };
            assert_eq!(balance(&copy.open()), 5);
            return true;
        }
        false
    });
    ended.unwrap();
}

#[test]
fn it_continues_from_the_committed_position() {
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
fn a_slow_broker_is_not_yet_withholding() {
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
fn an_unavailable_broker_is_not_reported_for_withholding() {
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
    // The bank answers for the moment of the request. Later messages are compared by their position in the chain.
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

fn ended(device: &Device<Simulated>, reason: &str) -> String {
    let at = protocol::live::Asked::new(vec![(device.channel(), device.position())]);
    let id = at.unwrap().id();
    format!("event: ended\nid: {id}\ndata: {{\"reason\":\"{reason}\"}}\n\n")
}

/// When streams were asked for, in milliseconds since the first; a request that was sent again with a new nonce counts once.
fn connected(world: &World) -> Vec<u64> {
    let requests = world.requests.borrow();
    let arrived = requests.iter().zip(world.arrived.borrow().clone());
    let arrived = arrived.filter(|(request, _)| request.contains("/v1/live"));
    let mut arrived: Vec<_> = arrived.map(|(_, at)| at).collect();
    arrived.dedup();
    let first = arrived[0];
    arrived.iter().map(|at| at.ms_since(first)).collect()
}

#[test]
fn a_stream_that_another_server_takes_over_is_made_again_and_nothing_is_shown() {
    for reason in ["stopping", "moved"] {
        let (world, _phone, mut device) = settled();
        world.said.borrow_mut().push_back(ended(&device, reason));
        let (changes, stopped) = live(&mut device, |_, change| matches!(change, Change::Live));
        stopped.unwrap();
        assert_eq!(changes, ["live"], "{reason}");
        assert_eq!(connected(&world), [0, 100], "{reason}");
    }
}

#[test]
fn a_server_that_stops_and_does_not_come_back_is_offline() {
    let (world, _phone, mut device) = settled();
    world
        .said
        .borrow_mut()
        .push_back(ended(&device, "stopping"));
    let staying = stay_live(&mut device, |_, change| {
        matches!(change, Change::Offline(_))
    });
    let leaving = async {
        while !world.said.borrow().is_empty() {
            yields(1).await;
        }
        world.offline.set(true);
    };
    let ((changes, stopped), ()) = run(join(staying, leaving));
    stopped.unwrap();
    assert_eq!(changes, ["offline"]);
}

#[test]
fn a_stream_that_ends_for_good_ends_live_by_name() {
    use client::Ended::{CustomerStopped, DeviceRevoked, Replaced, TokenExpired};
    let named = [
        ("expired", TokenExpired),
        ("revoked", DeviceRevoked),
        ("customer_stopped", CustomerStopped),
        ("replaced", Replaced),
    ];
    for (reason, expected) in named {
        let (world, _phone, mut device) = settled();
        world.said.borrow_mut().push_back(ended(&device, reason));
        let (_, refused) = live(&mut device, |_, _| false);
        assert_eq!(refused.unwrap_err().ended(), Some(expected));
        assert_eq!(connected(&world), [0], "{reason}");
    }
}

#[test]
fn a_stream_that_ends_for_a_reason_of_a_later_version_is_made_again() {
    let (world, _phone, mut device) = settled();
    world.said.borrow_mut().push_back(ended(&device, "later"));
    let (changes, stopped) = live(&mut device, |_, change| matches!(change, Change::Live));
    stopped.unwrap();
    assert_eq!(changes, ["offline", "live"]);
}

#[test]
fn an_expired_token_ends_live_and_keeps_stored_data() {
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
