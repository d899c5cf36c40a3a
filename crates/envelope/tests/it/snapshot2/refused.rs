//! Snapshots that are accepted, and snapshots that are refused with their reason.

use super::{head_proof, proof_of, sent, vectors};
use crate::accept::{array, bytes, join, number, text};
use crate::bank::{channel, generation, hash, message_key, time, trust};
use envelope::merkle::verify_inclusion;
use envelope::{
    ContentError, HeadProof, History, Item, PartsReader, Snapshot, SnapshotError, open_page,
    open_part, read_page, read_part,
};
use serde_json::Value as Json;
use types::{CustomerId, Hash};

/// The group that the client runs, because it judges entries.
const OF_THE_CLIENT: &str = "judge";

#[test]
fn every_case_is_refused_with_its_reason() {
    let vectors = vectors();
    let cases = array(&vectors["negative"]);
    let ours = cases
        .iter()
        .filter(|case| case["operation"] != OF_THE_CLIENT);
    let wrong: Vec<String> = ours
        .filter_map(|case| {
            let refusal = attempt(&vectors, text(&case["operation"]), &case["input"]).err();
            (refusal != case["reason"].as_str()).then(|| {
                let (name, reason) = (&case["name"], &case["reason"]);
                format!("{name}: {refusal:?}, not {reason}")
            })
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let theirs = cases
        .iter()
        .filter(|case| case["operation"] == OF_THE_CLIENT);
    assert_eq!((cases.len(), theirs.count()), (331, 2));
}

#[test]
fn every_case_is_accepted() {
    let vectors = vectors();
    for case in array(&vectors["accepted"]) {
        let accepted = attempt(&vectors, text(&case["operation"]), &case["input"]);
        assert_eq!(accepted, Ok(()), "{}", case["what"]);
    }
}

fn attempt(vectors: &Json, operation: &str, input: &Json) -> Result<(), &'static str> {
    let content = |done: Result<(), ContentError>| done.map_err(|error| error.reason());
    match operation {
        "merkle" => merkle(input),
        "snapshot" => judged(vectors, input).map_err(|error| error.reason()),
        "read_part" => content(read_part(&given(input, "part")).map(drop)),
        "read_page" => {
            let page = given(input, "page");
            content(read_page(text(&input["account"]), input["before"].as_u64(), &page).map(drop))
        }
        "part" => {
            let (snapshot, key) = (verified(vectors, input), message_key(&input["message_key"]));
            let sealed = bytes(&input["sealed"]);
            content(open_part(&snapshot, &key, number(&input["part"]), &sealed).map(drop))
        }
        "parts" => content(parts(vectors, input)),
        "page" => content(page(vectors, input)),
        "history" => content(history(vectors, input)),
        operation => panic!("nobody runs the operation {operation}"),
    }
}

fn given(input: &Json, what: &str) -> Vec<u8> {
    match &input[format!("{what}_pieces")] {
        Json::Null => bytes(&input[what]),
        pieces => join(pieces),
    }
}

fn merkle(input: &Json) -> Result<(), &'static str> {
    let hashes: Result<Vec<Hash>, _> = array(&input["proof"])
        .iter()
        .map(|hash| Hash::try_from(bytes(hash).as_slice()))
        .collect();
    let proof = hashes.map_err(|_| "wrong_shape")?;
    let place = (number(&input["index"]), number(&input["size"]));
    verify_inclusion(&hash(&input["leaf"]), place, &proof, &hash(&input["root"]))
        .map_err(|error| error.reason())
}

fn judged(vectors: &Json, input: &Json) -> Result<(), SnapshotError> {
    let trust = trust(vectors);
    let snapshot = Snapshot::verify(
        &bytes(&input["snapshot"]),
        channel(&input["channel"]),
        sent(&input["nonce"]),
        &trust,
    )?;
    let proof = match &input["message"] {
        Json::Null => None,
        message => {
            let (before, hole) = (hash(&message["before"]), bytes(&message["hole"]));
            Some(HeadProof::parse(before, hole)?)
        }
    };
    let counts = (!input["generation"].is_null()).then(|| generation(&input["generation"]));
    let last = Some(time(&input["last"]));
    snapshot
        .judge(proof.as_ref(), counts, last, &trust)
        .map(drop)
}

fn verified(vectors: &Json, input: &Json) -> Snapshot {
    let snapshot = bytes(&input["snapshot"]);
    let (channel, nonce) = (channel(&input["channel"]), sent(&input["nonce"]));
    Snapshot::verify(&snapshot, channel, nonce, &trust(vectors)).unwrap()
}

fn parts(vectors: &Json, input: &Json) -> Result<(), ContentError> {
    let (snapshot, key) = (verified(vectors, input), message_key(&input["message_key"]));
    let customer: CustomerId = text(&input["customer"]).parse().unwrap();
    let answers = array(&input["answers"]);
    if answers.len() as u64 != snapshot.parts {
        // If any part is missing, the reader is not complete, or it refuses another part in its position.
        let read = read_all(&snapshot, &key, &customer, answers);
        assert!(read.is_err() || !read.unwrap().is_complete(&snapshot));
        return Err(ContentError::PartMissing);
    }
    read_all(&snapshot, &key, &customer, answers).map(drop)
}

fn read_all(
    snapshot: &Snapshot,
    key: &types::MessageKey,
    customer: &CustomerId,
    answers: &[Json],
) -> Result<PartsReader, ContentError> {
    let mut reader = PartsReader::new();
    for answer in answers {
        let before = reader.clone();
        let read = reader.read(snapshot, key, customer, &bytes(answer));
        if let Err(error) = read {
            assert_eq!(
                reader, before,
                "after an error the reader's position has not changed"
            );
            return Err(error);
        }
    }
    Ok(reader)
}

fn page(vectors: &Json, input: &Json) -> Result<(), ContentError> {
    let (snapshot, key) = (verified(vectors, input), message_key(&input["message_key"]));
    let item = Item::parse(&bytes(&input["item"])).unwrap();
    let history = item.history().copied().unwrap_or_else(History::none);
    let (account, page) = (text(&input["account"]), number(&input["page"]));
    let (before, sealed) = (input["before"].as_u64(), bytes(&input["sealed"]));
    open_page(&snapshot, &key, (account, &history), page, before, &sealed).map(drop)
}

fn history(vectors: &Json, input: &Json) -> Result<(), ContentError> {
    let (snapshot, key) = (verified(vectors, input), message_key(&input["message_key"]));
    let item = Item::parse(&bytes(&input["item"])).unwrap();
    let history = item.history().unwrap();
    let answers = array(&input["answers"]);
    if answers.len() as u64 != history.pages {
        return Err(ContentError::PageMissing);
    }
    let mut before = 0;
    for (page, answer) in (1..).zip(answers) {
        let of = (text(&input["account"]), history);
        let entries = open_page(&snapshot, &key, of, page, Some(before), &bytes(answer))?;
        before = entries.last().unwrap().booking.as_ref().unwrap().number;
    }
    Ok(())
}

#[test]
fn a_head_is_proven_by_its_message() {
    let vectors = vectors();
    let case = &vectors["snapshot"][0];
    let trust = trust(&vectors);
    let (channel, nonce) = (channel(&case["channel"]), sent(&case["nonce"]));
    let snapshot = Snapshot::verify(&bytes(&case["bytes"]), channel, nonce, &trust).unwrap();
    let proof = head_proof(&case["message"]).unwrap();
    let head = snapshot.judge(Some(&proof), None, None, &trust).unwrap();
    assert_eq!(head.time, proof.message.time);
    assert_eq!(head, snapshot.head(proof.message.time));
    assert_eq!(proof_of(&case["answers"][0]["proof"]).len(), 2);
    // In version 2 a whole message is not a proof; only a hole is.
    let whole = protocol::Message {
        body: protocol::Body::Bytes(vec![1].into()),
        ..proof.message
    };
    let refused = HeadProof::parse(proof.before, whole.encode()).unwrap_err();
    assert_eq!(refused.reason(), "wrong_shape");
}
