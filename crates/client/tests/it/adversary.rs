//! A hostile broker: each attack is named, reported, and repaired from the bank itself.

use crate::bank::{Bank, START};
use crate::network::World;
use crate::phone::{Phone, Simulated, balance, found, live, numbers, run, settled};
use bytes::Bytes;
use client::{Change, Device, Discrepancy};
use envelope::{Head, SoftwareKey};
use protocol::{Body, Message, MessageKind};
use std::rc::Rc;
use types::{Generation, Number, Time};

/// Posts three transactions, lets the broker attack, and expects the discrepancy by name, by pulling and by streaming.
/// The device must end with the bank's data.
fn check(expected: Discrepancy, worst: impl Fn(&mut Bank)) {
    for streaming in [false, true] {
        let (world, _phone, mut device) = settled();
        for amount in [5, 6, 7] {
            world.bank.borrow_mut().post("576", amount);
        }
        worst(&mut world.bank.borrow_mut());
        let before = device.position();
        meet(&mut device, streaming);
        let what = found(&device);
        assert!(
            what.contains(&expected),
            "{expected} by streaming {streaming}: {what:?}"
        );
        let first = device
            .discrepancies()
            .iter()
            .find(|found| found.what == expected)
            .unwrap();
        assert_eq!(first.at.generation, before.generation);
        assert!(first.reported && first.resolved, "{first:?}");
        assert!(
            world.bank.borrow().reported().contains(&first.reason),
            "the bank got a report"
        );
        assert_truth(&world, &device);
    }
}

/// Catches up, or stays live until the device has the bank's data.
fn meet(device: &mut Device<Simulated>, streaming: bool) {
    if streaming {
        let mut mended = false;
        let (changes, ended) = live(device, |shown, change| {
            mended |= matches!(change, Change::Mended);
            mended && shown.is_complete()
        });
        ended.unwrap();
        assert!(
            changes
                .iter()
                .any(|change| change.starts_with("discrepancy")),
            "{changes:?}"
        );
    } else {
        run(device.catch_up()).unwrap();
    }
}

fn assert_truth(world: &Rc<World>, device: &Device<Simulated>) {
    let bank = world.bank.borrow();
    let held = &bank.accounts[&"576".parse().unwrap()];
    assert_eq!(
        numbers(device),
        (1..=held.booked.len() as u64).collect::<Vec<_>>()
    );
    assert_eq!(
        balance(device),
        held.state.balances.values().next().unwrap().minor_units()
    );
    assert!(device.is_complete());
    assert_eq!(device.position(), bank.position());
}

fn change_message(bank: &mut Bank, place: usize, change: impl FnOnce(&mut Message)) {
    let mut message = Message::parse(bank.broker.log[place].clone()).unwrap();
    change(&mut message);
    bank.broker.log[place] = message.encode().into();
}

#[test]
fn withheld() {
    let drop_newest = |bank: &mut Bank| bank.broker.log.truncate(2);
    check(Discrepancy::Withheld, drop_newest);
    check(Discrepancy::Withheld, |bank| {
        drop_newest(bank);
        bank.broker.silent = true;
    });
}

#[test]
fn omitted() {
    check(Discrepancy::NumberNotNext, |bank| {
        drop(bank.broker.log.remove(2))
    });
}

#[test]
fn reordered() {
    check(Discrepancy::NumberNotNext, |bank| {
        bank.broker.log.swap(2, 3)
    });
}

#[test]
fn replayed_instead_of_another() {
    // A message that the device has already does no harm, but the next one is then missing.
    check(Discrepancy::NumberNotNext, |bank| {
        let replayed = bank.broker.log[0].clone();
        bank.broker.log[1] = replayed;
    });
}

#[test]
fn altered() {
    check(Discrepancy::SignatureInvalid, |bank| {
        change_message(bank, 3, |message| {
            let mut body = message.body.bytes().unwrap().to_vec();
            *body.last_mut().unwrap() ^= 1;
            message.body = Body::Bytes(body.into());
        });
    });
    check(Discrepancy::SignatureInvalid, |bank| {
        change_message(bank, 3, |message| message.time = message.time.plus_ms(1));
    });
    check(Discrepancy::SignatureInvalid, |bank| {
        change_message(bank, 2, |message| message.kind = MessageKind::Rekey);
    });
}

#[test]
fn invented() {
    // A message invented by the broker, with the signature of another head.
    check(Discrepancy::SignatureInvalid, |bank| {
        let mut message = Message::parse(bank.broker.log[3].clone()).unwrap();
        message.number = message.number.next();
        bank.broker.log.push(message.encode().into());
    });
    // The same with a key that the trust list does not contain.
    check(Discrepancy::KeyNotTrusted, |bank| {
        let stranger = SoftwareKey::from_bytes(&[60; 32]).unwrap();
        let mut message = Message::parse(bank.broker.log[3].clone()).unwrap();
        message.number = message.number.next();
        message.signature = bank.head.after(&message).sign(&stranger).unwrap().into();
        bank.broker.log.push(message.encode().into());
    });
    // The same with the key for grants, which is listed for another purpose.
    check(Discrepancy::KeyNotTrusted, |bank| {
        let mut message = Message::parse(bank.broker.log[3].clone()).unwrap();
        message.number = message.number.next();
        message.signature = bank
            .head
            .after(&message)
            .sign(&bank.grant_key)
            .unwrap()
            .into();
        bank.broker.log.push(message.encode().into());
    });
}

#[test]
fn a_hole() {
    check(Discrepancy::Hole, |bank| {
        change_message(bank, 2, |message| {
            message.body = Body::Hole(message.body.hash())
        });
    });
}

#[test]
fn bytes_that_are_no_message() {
    check(Discrepancy::NotAMessage, |bank| {
        bank.broker.log[2] = Bytes::from_static(b"no message")
    });
    check(Discrepancy::NotAMessage, |bank| {
        change_message(bank, 2, |message| {
            message.expires = Some(Time::from_ms(START))
        });
    });
}

/// Only a faulty bank can do this, because the messages are signed. The device refuses them nevertheless.
fn check_signed(expected: Discrepancy, make: impl Fn(&mut Bank) -> Message) {
    let (world, _phone, mut device) = settled();
    let truth = world.bank.borrow().head;
    let message = make(&mut world.bank.borrow_mut());
    world
        .bank
        .borrow_mut()
        .broker
        .log
        .push(message.encode().into());
    run(device.catch_up()).unwrap_or_default();
    assert!(
        found(&device).contains(&expected),
        "{expected}: {:?}",
        found(&device)
    );
    assert_eq!(device.discrepancies()[0].at, truth.position());
}

#[test]
fn a_kind_of_another_channel() {
    check_signed(Discrepancy::NotAMessage, |bank| {
        bank.message(MessageKind::Announcement, |_, _| b"to everybody".to_vec())
    });
}

#[test]
fn an_entry_under_another_epoch() {
    check_signed(Discrepancy::EpochOutOfOrder, |bank| {
        let epoch = bank.epoch.next();
        let key = bank.message_key().clone();
        let channel = bank.channel;
        bank.message(MessageKind::Entry, |_, at| {
            envelope::seal_entry((&key, epoch), channel, at, &[0; 12], b"x").unwrap()
        })
    });
}

#[test]
fn time_that_goes_back() {
    check_signed(Discrepancy::TimeGoesBack, |bank| {
        let body = bank.seal(bank.position(), b"x");
        let message = Message {
            number: bank.head.number.next(),
            kind: MessageKind::Entry,
            time: Time::from_ms(START - 900_000),
            expires: None,
            body: Body::Bytes(body.into()),
            signature: Bytes::new(),
        };
        bank.signed(message)
    });
}

#[test]
fn a_malformed_stream() {
    let says = |says: &str, expected: Discrepancy| {
        let (world, _phone, mut device) = settled();
        let channel = world.bank.borrow().channel;
        let says = says.replace("CHANNEL", &channel.to_string());
        world.said.borrow_mut().push_back(says.clone());
        let (_, ended) = live(&mut device, |shown, change| {
            matches!(change, Change::Discrepancy(found) if found.what == expected)
                || shown.discrepancies().len() > 3
        });
        ended.unwrap();
        assert_eq!(found(&device), [expected], "{says}");
        assert_eq!(world.bank.borrow().reports.len(), 1);
    };
    says(
        "event: message\nid: 1.1\ndata: nonsense\n\n",
        Discrepancy::NotTheProtocol,
    );
    says(
        "event: position\nid: 1.9\ndata: {\"channel\":\"CHANNEL\",\"generation\":1,\"number\":9}\n\n",
        Discrepancy::NumberNotNext,
    );
    says(
        "event: position\nid: 1.1\ndata: {\"channel\":\"AAAAAAAAAAAAAAAAAAAAAA\",\"generation\":1,\"number\":1}\n\n",
        Discrepancy::NotTheProtocol,
    );
    says(
        "event: generation\nid: 1.1\ndata: {\"channel\":\"CHANNEL\",\"generation\":2}\n\n",
        Discrepancy::GenerationWithoutCheckpoint,
    );
}

#[test]
fn a_replay_is_reported_and_does_no_harm() {
    let (world, _phone, mut device) = settled();
    world.bank.borrow_mut().post("576", 5);
    run(device.catch_up()).unwrap();
    let (channel, replayed) = {
        let bank = world.bank.borrow();
        (bank.channel, bank.log[0].clone())
    };
    let says = format!(
        "event: message\nid: 1.2\ndata: {channel}:1:{}\n\n",
        types::base64url::encode(&replayed)
    );
    world.said.borrow_mut().push_back(says);
    world.bank.borrow_mut().post("576", 6);
    let (changes, ended) = live(&mut device, |shown, _| {
        shown.position().number.get() == 3 && shown.discrepancies().len() == 1
    });
    ended.unwrap();
    assert_eq!(found(&device), [Discrepancy::Replayed], "{changes:?}");
    assert_eq!((numbers(&device), balance(&device)), (vec![1, 2], 11));
    assert!(
        device.home().unwrap().discrepancy.is_none(),
        "nothing needs to be repaired"
    );
    run(device.catch_up()).unwrap();
    assert_eq!(world.bank.borrow().reported(), ["number_not_new"]);

    // A broker that repeats the attack is not reported each time.
    world.repeats.set(2);
    for amount in 0..5 {
        world.bank.borrow_mut().post("576", amount);
        let (_, ended) = live(&mut device, |_, change| matches!(change, Change::Live));
        ended.unwrap();
    }
    run(device.catch_up()).unwrap();
    assert_eq!(world.bank.borrow().reports.len(), 1);
    world.pass(15 * 60 * 1000);
    let (_, ended) = live(&mut device, |_, change| {
        matches!(change, Change::Checkpoint(_))
    });
    ended.unwrap();
    run(device.catch_up()).unwrap();
    assert_eq!(world.bank.borrow().reports.len(), 2);
    assert_eq!(numbers(&device).len(), 7);
}

#[test]
fn a_broker_that_lags_is_waited_for_and_named() {
    let (world, phone, mut device) = settled();
    for amount in [5, 6] {
        world.bank.borrow_mut().post("576", amount);
    }
    run(device.catch_up()).unwrap();
    let kept: Vec<Bytes> = world.bank.borrow().broker.log.clone();
    world.bank.borrow_mut().broker.log.truncate(1);
    let began = world.now();
    let (_, ended) = live(&mut device, |_, change| {
        matches!(change, Change::Discrepancy(_))
    });
    ended.unwrap();
    assert_eq!(found(&device), [Discrepancy::Ahead]);
    assert!(
        world.now().ms_since(began) >= 30_000,
        "a broker that is being restored gets time"
    );
    let report = world.bank.borrow().reports[0].clone();
    assert_eq!(report.number, Number::new(3).unwrap());
    let head = Head {
        number: report.number,
        hash: report.hash,
        time: report.time,
        ..Head::start(world.bank.borrow().channel, report.generation)
    };
    head.verify(
        report.signature.unwrap().as_ref(),
        protocol::ChannelKind::Customer,
        &world.bank.borrow().trust,
    )
    .unwrap();
    assert_eq!(numbers(&device), [1, 2], "nothing is lost");

    // After its restore, the device continues.
    world.bank.borrow_mut().broker.log = kept;
    world.bank.borrow_mut().post("576", 7);
    drop(device);
    run(phone.open().catch_up()).unwrap();
    assert_eq!(numbers(&phone.open()), [1, 2, 3]);
}

#[test]
fn a_thief_with_the_devices_keys_forges_nothing() {
    // Broker and thief together have everything that the device has: its keys, its message key, its token.
    check(Discrepancy::KeyNotTrusted, |bank| {
        let stolen = SoftwareKey::from_bytes(&[33; 32]).unwrap();
        let entry = bank.accounts[&"576".parse().unwrap()].booked[2].encode();
        let number = bank.head.number.next();
        let at = types::Position::new(Generation::FIRST, number);
        let body = bank.seal(at, &entry);
        let mut message = Message {
            number,
            kind: MessageKind::Entry,
            time: bank.time(),
            expires: None,
            body: Body::Bytes(body.into()),
            signature: Bytes::new(),
        };
        message.signature = bank.head.after(&message).sign(&stolen).unwrap().into();
        bank.broker.log.push(message.encode().into());
    });
}

#[test]
fn the_device_stays_usable_during_an_attack() {
    let (world, _phone, mut device) = settled();
    world.bank.borrow_mut().post("576", 5);
    world.bank.borrow_mut().broker.log.truncate(1);
    world.bank.borrow_mut().gateway_down = true;
    assert!(
        run(device.catch_up()).is_err(),
        "neither the broker nor the bank delivers anything"
    );
    assert_eq!((numbers(&device), balance(&device)), (vec![], 0));
    assert!(
        found(&device).is_empty(),
        "an unreachable bank proves nothing"
    );
}

#[test]
fn a_discrepancy_is_repaired_after_a_restart() {
    let (world, phone, mut device) = settled();
    world.bank.borrow_mut().post("576", 5);
    let truth = world.bank.borrow().log.clone();
    change_message(&mut world.bank.borrow_mut(), 1, |message| {
        message.time = message.time.plus_ms(1)
    });
    world.bank.borrow_mut().gateway_down = true;
    assert!(run(device.catch_up()).is_err());
    assert_eq!(found(&device), [Discrepancy::SignatureInvalid]);
    assert!(!device.discrepancies()[0].reported);
    drop(device);
    world.bank.borrow_mut().gateway_down = false;
    let phone = Phone {
        world: world.clone(),
        disk: phone.disk.clone(),
        ..Phone::new(&world, 1)
    };
    let mut device = phone.open();
    assert_eq!(
        device.home().unwrap().discrepancy.unwrap().what,
        Discrepancy::SignatureInvalid
    );
    run(device.catch_up()).unwrap();
    assert!(
        device
            .discrepancies()
            .iter()
            .all(|found| found.reported && found.resolved)
    );
    assert_truth(&world, &device);
    world.bank.borrow_mut().broker.log = truth;
}
