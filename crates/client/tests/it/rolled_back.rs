//! An app that was rolled back: a newer version, which extended the records, wrote its store last.

use crate::phone::{balance, found, live, numbers, run, settled};
use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{ChaCha20Poly1305, KeyInit as _};
use client::Discrepancy;
use client::store::{Batch, CommitDurability, Store as _};
use protocol::cbor::{self, FromValue as _, Value};
use protocol::cbor_array;

/// The records that are arrays and are written back.
const RECORDS: [&[u8]; 7] = [
    b"i.device",
    b"i.trust",
    b"i.received",
    b"s.grants",
    b"s.known",
    b"s.book.",
    b"s.entry.",
];

fn cipher(name: &[u8]) -> ChaCha20Poly1305 {
    let key = if name.starts_with(b"i.") {
        [11; 32]
    } else {
        [12; 32]
    };
    ChaCha20Poly1305::new(&key.into())
}

pub(crate) fn open(name: &[u8], value: &[u8]) -> Vec<Value> {
    let nonce: [u8; 12] = value[1..13].try_into().unwrap();
    let sealed = Payload {
        msg: &value[13..],
        aad: name,
    };
    let plaintext = cipher(name).decrypt(&nonce.into(), sealed).unwrap();
    Vec::from_value(cbor::decode(&plaintext).unwrap()).unwrap()
}

pub(crate) fn seal(name: &[u8], record: Vec<Value>) -> Vec<u8> {
    let plaintext = cbor::encode(&Value::Array(record));
    let sealed = Payload {
        msg: &plaintext,
        aad: name,
    };
    let ciphertext = cipher(name).encrypt(&[9; 12].into(), sealed).unwrap();
    [&[1], [9; 12].as_slice(), &ciphertext].concat()
}

/// An account's state, an array in the array of its book.
fn state(book: &[Value]) -> Vec<Value> {
    Vec::from_value(book[3].clone()).unwrap()
}

fn add_to_state(book: &mut [Value]) {
    let mut state = state(book);
    state.push(addition());
    book[3] = Value::Array(state);
}

fn addition() -> Value {
    cbor_array!["of a newer version", 7]
}

#[test]
fn its_store_opens_and_unknown_elements_are_kept() {
    let (world, phone, mut device) = settled();
    world.bank.borrow_mut().post("576", 5);
    run(device.catch_up()).unwrap();
    drop(device);

    let mut batch = Batch::default();
    let before: Vec<_> = phone
        .disk
        .rows()
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    let mut changed = 0;
    for (name, value) in phone.disk.rows() {
        if RECORDS.iter().any(|record| name.starts_with(record)) || name == b"s.home" {
            let mut record = open(&name, &value);
            if name.starts_with(b"s.book.") {
                add_to_state(&mut record);
            }
            record.push(addition());
            batch.put(name.clone(), seal(&name, record));
            changed += 1;
        }
    }
    assert_eq!(changed, 8);
    let found_by_it = cbor_array!["made_up", "made_up", 1, 1, 5, false, false, "more"];
    let name = b"i.found".to_vec();
    batch.put(name.clone(), seal(&name, vec![found_by_it]));
    let newest = run(phone.disk.revision()).unwrap();
    let step = (newest, newest.next([9; 8]));
    run(phone.disk.commit(step, batch, CommitDurability::Durable)).unwrap();

    let mut device = phone.open();
    assert_eq!((numbers(&device), balance(&device)), (vec![1], 5));
    assert_eq!(found(&device), [Discrepancy::Unknown]);
    assert!(
        !device.is_complete(),
        "the discrepancy may concern stored data"
    );
    world.bank.borrow_mut().post("576", 6);
    world.bank.borrow_mut().rekey();
    let (_, ended) = live(&mut device, |shown, _| {
        shown.is_complete() && shown.position().number.get() == 4
    });
    ended.unwrap();
    run(device.catch_up()).unwrap();
    assert_eq!((numbers(&device), balance(&device)), (vec![1, 2], 11));
    assert!(device.is_complete());
    assert!(
        world.bank.borrow().reports.is_empty(),
        "only the newer version can report it"
    );
    drop(device);

    for (name, value) in phone.disk.rows() {
        if RECORDS.iter().any(|record| name.starts_with(record)) {
            let record = open(&name, &value);
            // Later records are of this version.
            let kept = record.last() == Some(&addition());
            assert_eq!(kept, before.contains(&name), "{}", name.escape_ascii());
            if name.starts_with(b"s.book.") {
                assert_eq!(state(&record).last(), Some(&addition()));
            }
        }
        if name == b"i.found" {
            let row: Vec<Value> = Vec::from_value(open(&name, &value).remove(0)).unwrap();
            assert_eq!(
                (&row[0], row.last()),
                (&"made_up".into(), Some(&"more".into()))
            );
        }
    }
    assert_eq!(numbers(&phone.open()), [1, 2]);
}
