//! The acceptance vectors of snapshots of version 2: the bytes to produce, and the inputs to accept.

mod refused;
mod rules;

use crate::accept::{array, bytes, number, text, to_cbor, vectors_of};
use crate::bank::{channel, epoch, fixed, generation, hash, message_key, nonce, time, trust};
use envelope::merkle::{MerkleTree, empty_root, verify_inclusion};
use envelope::{
    ContentError, HeadProof, Item, ItemState, PageFiller, PartFiller, PartsReader, Snapshot,
    open_page, open_part, page_hash, part_hash, seal_page, seal_part,
};
use protocol::{Entry, cbor};
use rules::{customer_items, entry_of, salt};
use serde_json::Value as Json;
use types::{Hash, Incarnation, MessageKey, Nonce, Number};

fn vectors() -> Json {
    vectors_of("snapshot2.json")
}

/// The nonce that the device sent. `None` at its enrolment.
fn sent(json: &Json) -> Option<Nonce> {
    (!json.is_null()).then(|| nonce(json))
}

fn proof_of(json: &Json) -> Vec<Hash> {
    array(json).iter().map(hash).collect()
}

fn head_proof(json: &Json) -> Option<HeadProof> {
    (!json.is_null())
        .then(|| HeadProof::parse(hash(&json["before"]), bytes(&json["hole"])).unwrap())
}

#[test]
fn a_tree_has_the_roots_and_proofs_of_the_rfc() {
    let vectors = vectors();
    let [leaves, trees @ ..] = array(&vectors["merkle"]) else {
        panic!("leaves, then trees")
    };
    let leaves: Vec<Hash> = array(&leaves["leaves"]).iter().map(hash).collect();
    for case in trees {
        let size = usize::try_from(number(&case["size"])).unwrap();
        let tree = MerkleTree::new(&leaves[..size]);
        assert_eq!(tree.root(), hash(&case["root"]), "{size}");
        for row in array(&case["proofs"]) {
            let index = usize::try_from(number(&row["index"])).unwrap();
            let proof = proof_of(&row["proof"]);
            assert_eq!(tree.proof(index), Some(proof.clone()), "{index} of {size}");
            let index_and_size = (number(&row["index"]), number(&case["size"]));
            assert_eq!(
                verify_inclusion(&leaves[index], index_and_size, &proof, &tree.root()),
                Ok(())
            );
        }
        assert_eq!(tree.proof(size), None);
    }
    assert_eq!(MerkleTree::new(&[]).root(), empty_root());
}

#[test]
fn an_item_has_one_encoding() {
    let vectors = vectors();
    for case in array(&vectors["items"]) {
        let encoded = bytes(&case["cbor"]);
        let item = Item::parse(&encoded).unwrap();
        assert_eq!(item.encode().unwrap(), encoded, "{}", case["what"]);
        assert_eq!(item.section().as_str(), text(&case["item"][0]));
        assert_eq!(item.id, text(&case["item"][1]));
    }
}

#[test]
fn parts_are_filled_as_far_as_their_limits_allow() {
    let vectors = vectors();
    let [samples, cases @ ..] = array(&vectors["parts"]) else {
        panic!("samples, then customers")
    };
    let mut sampled = 0;
    for case in cases {
        let items = customer_items(case);
        for sample in array(&samples["samples"]) {
            let sample = bytes(&sample["item"]);
            sampled += usize::from(items.iter().any(|item| item.encode().unwrap() == sample));
        }
        let parts = parts_of(&items);
        let lengths: Vec<u64> = parts.iter().map(|part| part.len() as u64).collect();
        let want: Vec<u64> = array(&case["lengths"]).iter().map(number).collect();
        assert_eq!(lengths, want, "{}", case["what"]);
        assert_eq!(parts.len() as u64, number(&case["parts"]));
        let hashes: Vec<Hash> = parts.iter().map(|part| part_hash(part)).collect();
        assert_eq!(hashes, proof_of(&case["hashes"]), "{}", case["what"]);
        assert_eq!(MerkleTree::new(&hashes).root(), hash(&case["root"]));
        let mut read = Vec::new();
        for (part, count) in parts.iter().zip(array(&case["items"])) {
            let part = envelope::read_part(part).unwrap();
            assert_eq!(part.len() as u64, number(count));
            read.extend(part);
        }
        assert_eq!(read, items);
    }
    assert!(sampled >= array(&samples["samples"]).len());
}

/// Parts with the salts of the vectors.
fn parts_of(items: &[Item]) -> Vec<Vec<u8>> {
    let mut filler = PartFiller::new(salt(1));
    let mut parts = Vec::new();
    for item in items {
        parts.extend(filler.push(item, salt(parts.len() + 2)).unwrap());
    }
    parts.extend(filler.end());
    parts
}

#[test]
fn a_snapshot_and_its_parts_have_the_expected_bytes() {
    let vectors = vectors();
    for case in array(&vectors["snapshot"]) {
        let name = text(&case["name"]);
        let snapshot = Snapshot {
            channel: channel(&case["channel"]),
            generation: generation(&case["generation"]),
            number: Number::new(number(&case["number"])).unwrap(),
            hash: hash(&case["hash"]),
            incarnation: Incarnation::new(fixed(&case["incarnation"])),
            time: time(&case["time"]),
            epoch: epoch(&case["epoch"]),
            parts: number(&case["parts"]),
            root: hash(&case["root"]),
            nonce: sent(&case["nonce"]),
        };
        assert_eq!(snapshot.payload(), bytes(&case["payload"]), "{name}");
        let trust = trust(&vectors);
        let verified = Snapshot::verify(
            &bytes(&case["bytes"]),
            snapshot.channel,
            snapshot.nonce,
            &trust,
        );
        assert_eq!(verified.as_ref(), Ok(&snapshot), "{name}");
        let proof = head_proof(&case["message"]);
        let head = snapshot.judge(proof.as_ref(), None, None, &trust).unwrap();
        assert_eq!(head.payload(), bytes(&case["head_payload"]), "{name}");
        check_parts(case, &snapshot);
    }
}

fn check_parts(case: &Json, snapshot: &Snapshot) {
    let key = message_key(&case["message_key"]);
    let mut reader = PartsReader::new();
    let customer = "692".parse().unwrap();
    let leaves: Vec<Hash> = array(&case["answers"])
        .iter()
        .map(|part| part_hash(&bytes(&part["plaintext"])))
        .collect();
    let tree = MerkleTree::new(&leaves);
    assert_eq!(tree.root(), snapshot.root);
    let mut read = Vec::new();
    for (index, answer) in array(&case["answers"]).iter().enumerate() {
        assert!(!reader.is_complete(snapshot));
        let part = number(&answer["part"]);
        let (content, proof) = (bytes(&answer["plaintext"]), proof_of(&answer["proof"]));
        assert_eq!(leaves[index], hash(&answer["hash"]));
        assert_eq!(tree.proof(index).unwrap(), proof);
        let sealed = seal_part(
            (&key, snapshot.epoch),
            (snapshot.channel, snapshot.position()),
            part,
            &fixed(&answer["iv"]),
            &content,
            &proof,
        )
        .unwrap();
        assert_eq!(sealed, bytes(&answer["sealed"]));
        let items = open_part(snapshot, &key, part, &sealed).unwrap();
        assert_eq!(items.len() as u64, number(&answer["items"]));
        assert_eq!(
            reader.read(snapshot, &key, &customer, &sealed).unwrap(),
            items
        );
        read.extend(items);
    }
    assert!(reader.is_complete(snapshot));
    assert_eq!(
        reader.read(snapshot, &key, &customer, &[]),
        Err(ContentError::NoSuchPart)
    );
    let contents: Vec<Vec<u8>> = array(&case["answers"])
        .iter()
        .map(|answer| bytes(&answer["plaintext"]))
        .collect();
    assert_eq!(parts_of(&read), contents);
}

#[test]
fn histories_have_the_expected_bytes() {
    let vectors = vectors();
    let first = &vectors["snapshot"][0];
    let snapshot = Snapshot::verify(
        &bytes(&first["bytes"]),
        channel(&first["channel"]),
        sent(&first["nonce"]),
        &trust(&vectors),
    )
    .unwrap();
    let key = message_key(&first["message_key"]);
    for case in array(&vectors["pages"]) {
        check_history(case, &snapshot, &key);
    }
}

fn check_history(case: &Json, snapshot: &Snapshot, key: &MessageKey) {
    let account = text(&case["account"]);
    let entries: Vec<Entry> = match case.get("map") {
        Some(maps) => array(maps)
            .iter()
            .map(|map| Entry::parse(&cbor::encode(&to_cbor(map))).unwrap())
            .collect(),
        None => (1..=number(&case["entries"]))
            .map(|n| entry_of(account, n))
            .collect(),
    };
    for sample in case
        .get("samples")
        .map_or(&[][..], |samples| array(samples))
    {
        let n = usize::try_from(number(&sample["n"])).unwrap();
        assert_eq!(
            entries[n - 1].encode(),
            bytes(&sample["entry"]),
            "{account}"
        );
    }
    let mut filler = PageFiller::new();
    let mut pages = Vec::new();
    for entry in &entries {
        pages.extend(filler.push(entry).unwrap());
    }
    pages.extend(filler.end());
    let hashes: Vec<Hash> = pages.iter().map(|page| page_hash(page)).collect();
    let tree = MerkleTree::new(&hashes);
    assert_eq!(tree.root(), hash(&case["root"]), "{account}");
    let item = Item::parse(&bytes(&case["item"])).unwrap();
    let ItemState::Account { history, .. } = &item.state else {
        panic!("an account")
    };
    assert_eq!(history.pages, number(&case["pages"]));
    assert_eq!(history.root, tree.root());

    let mut before = 0;
    let mut read = Vec::new();
    for (index, answer) in array(&case["answers"]).iter().enumerate() {
        let page = number(&answer["page"]);
        assert_eq!(pages[index].len() as u64, number(&answer["length"]));
        assert_eq!(hashes[index], hash(&answer["hash"]));
        let proof = proof_of(&answer["proof"]);
        assert_eq!(tree.proof(index).unwrap(), proof);
        let sealed = seal_page(
            (key, snapshot.epoch),
            (snapshot.channel, snapshot.position()),
            (account, page),
            &fixed(&answer["iv"]),
            &pages[index],
            &proof,
        )
        .unwrap();
        assert_eq!(Hash::of(&sealed), hash(&answer["sealed_hash"]));
        if let Some(whole) = answer.get("plaintext") {
            assert_eq!(pages[index], bytes(whole));
            assert_eq!(sealed, bytes(&answer["sealed"]));
        }
        let of = (account, history);
        let opened = open_page(snapshot, key, of, page, Some(before), &sealed).unwrap();
        let numbers: Vec<u64> = opened
            .iter()
            .map(|entry| entry.booking.as_ref().unwrap().number)
            .collect();
        assert_eq!(numbers.first(), Some(&number(&answer["first"])));
        assert_eq!(numbers.last(), Some(&number(&answer["last"])));
        before = number(&answer["last"]);
        read.extend(opened);
    }
    assert_eq!(read, entries);
}
