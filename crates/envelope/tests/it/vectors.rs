//! The acceptance vectors of signed and sealed data.

mod statements;

use crate::accept::{array, bytes, number, run_groups, text};
use crate::bank::{
    channel, epoch, fixed, generation, hash, head_of, key, message_key, messages, position,
    reading_kind, software_key, time, trust,
};
use envelope::{
    Head, Sign1, Signer as _, encrypt0, first_hash, link_hash, pad, root_fingerprint, seal_entry,
    verify_backwards, verify_forwards,
};
use protocol::{Body, ChannelKind, Message};
use serde_json::Value as Json;
use statements::{
    check_checkpoint, check_device_statement, check_enrolment, check_enrolment_grant, check_event,
    check_rekey, check_snapshot, check_trust_list,
};
use types::{Number, Signature};

#[test]
fn every_group_has_the_expected_bytes() {
    run_groups(
        "envelope",
        &[
            ("keys", check_keys),
            ("root_fingerprint", check_root_fingerprint),
            ("sign1", check_sign1),
            ("links", check_links),
            ("reading", check_reading),
            ("chain", |vectors| {
                check_chain(vectors, "chain", ChannelKind::Customer)
            }),
            ("global_chain", |vectors| {
                check_chain(vectors, "global_chain", ChannelKind::Global)
            }),
            ("sealed_entries", check_sealed_entries),
            ("rekey", check_rekey),
            ("enrolment_grant", check_enrolment_grant),
            ("trust_list", check_trust_list),
            ("device_statement", check_device_statement),
            ("checkpoint", check_checkpoint),
            ("snapshot", check_snapshot),
            ("enrolment", check_enrolment),
            ("event", check_event),
        ],
    );
}

fn check_keys(vectors: &Json) {
    for (name, of) in vectors["keys"].as_object().unwrap() {
        let private = software_key(&of["private"]);
        let public = private.public_key();
        assert_eq!(public.as_bytes().as_slice(), bytes(&of["sec1"]), "{name}");
        assert_eq!(
            public.kid().as_bytes().as_slice(),
            bytes(&of["kid"]),
            "{name}"
        );
        assert_eq!(
            public.thumbprint().as_bytes().as_slice(),
            bytes(&of["thumbprint"]),
            "{name}"
        );
        assert_eq!(public.thumbprint().to_string(), text(&of["jkt"]), "{name}");
        let (x, y) = public.jwk_coordinates();
        assert_eq!(
            (x.as_str(), y.as_str()),
            (text(&of["jwk"]["x"]), text(&of["jwk"]["y"])),
            "{name}"
        );
    }
}

fn check_root_fingerprint(vectors: &Json) {
    let root = key(&vectors["keys"]["root"]["sec1"]);
    assert_eq!(root_fingerprint(&root), text(&vectors["root_fingerprint"]));
}

fn check_sign1(vectors: &Json) {
    for case in array(&vectors["sign1"]) {
        let (key, payload) = (key(&case["key"]), bytes(&case["payload"]));
        assert_eq!(
            Sign1::to_be_signed(key.kid(), &payload),
            bytes(&case["signed"])
        );
        let encoded = bytes(&case["bytes"]);
        let sign1 = Sign1::parse(&encoded).unwrap();
        assert_eq!(sign1.embedded().unwrap(), payload);
        assert_eq!(sign1.verify(&key), Ok(()));
        let signature = Signature::try_from(&encoded[encoded.len() - 64..]).unwrap();
        assert_eq!(
            Sign1::assemble_embedded(key.kid(), &payload, &signature),
            encoded
        );
    }
}

fn check_links(vectors: &Json) {
    for case in array(&vectors["links"]) {
        let message = message_of(case, Vec::new());
        assert_eq!(
            link_hash(&hash(&case["before"]), &message),
            hash(&case["hash"]),
            "{case}"
        );
    }
}

fn message_of(case: &Json, signature: Vec<u8>) -> Message {
    let kinds = [
        protocol::MessageKind::Entry,
        protocol::MessageKind::Rekey,
        protocol::MessageKind::Announcement,
    ];
    Message {
        number: Number::new(number(&case["number"])).unwrap(),
        kind: kinds[usize::try_from(number(&case["kind"])).unwrap()],
        time: time(&case["time"]),
        expires: (!case["expires"].is_null()).then(|| time(&case["expires"])),
        body: Body::Bytes(bytes(&case["body"]).into()),
        signature: signature.into(),
    }
}

fn check_reading(vectors: &Json) {
    for case in array(&vectors["reading"]) {
        let input = &case["input"];
        let messages = messages(&input["messages"]);
        let trust = trust(vectors);
        let (number_then, hash_then) = match text(&case["operation"]) {
            "verify_forwards" => {
                let head = head_of(input);
                let run = verify_forwards(&head, reading_kind(input), &messages, &trust).unwrap();
                assert_eq!(
                    u64::try_from(run.new.len()).unwrap(),
                    run.head.number.get() - head.number.get(),
                    "{case}"
                );
                (run.head.number, run.head.hash)
            }
            "verify_backwards" => {
                let claimed = hash(&input["claimed"]);
                verify_backwards(&head_of(input), claimed, reading_kind(input), &messages).unwrap()
            }
            operation => panic!("{operation}"),
        };
        assert_eq!(
            number_then.get(),
            number(&case["gives"]["number"]),
            "{}",
            case["what"]
        );
        assert_eq!(hash_then, hash(&case["gives"]["hash"]), "{}", case["what"]);
    }
}

fn check_chain(vectors: &Json, group: &str, kind: ChannelKind) {
    let chain = &vectors[group];
    let (channel, generation) = (channel(&chain["channel"]), generation(&chain["generation"]));
    assert_eq!(first_hash(channel, generation), hash(&chain["hash_0"]));
    let start = Head::start(channel, generation);
    let mut head = start;
    for case in array(&chain["messages"]) {
        let message = message_of(case, bytes(&case["signature"]));
        assert_eq!(message.encode(), bytes(&case["bytes"]));
        assert_eq!(
            Message::parse(bytes(&case["bytes"]).into()),
            Ok(message.clone())
        );
        assert_eq!(message.body.hash(), hash(&case["body_hash"]));
        head = head.after(&message);
        assert_eq!(head.hash, hash(&case["hash"]));
        assert_eq!(head.payload(), bytes(&case["head_payload"]));
        assert_eq!(
            head.verify(&message.signature, kind, &trust(vectors)),
            Ok(())
        );
    }
    let all: Vec<_> = array(&chain["messages"])
        .iter()
        .map(|case| Message::parse(bytes(&case["bytes"]).into()).unwrap())
        .collect();
    assert_eq!(
        verify_forwards(&start, kind, &all, &trust(vectors))
            .unwrap()
            .head,
        head
    );
}

fn check_sealed_entries(vectors: &Json) {
    let group = &vectors["sealed_entries"];
    let key = message_key(&group["message_key"]);
    let (epoch, channel) = (epoch(&group["epoch"]), channel(&group["channel"]));
    for case in array(&group["entries"]) {
        let padded = bytes(&case["padded"]);
        let length = usize::try_from(number(&case["payload_length"])).unwrap();
        let payload = &padded[1..=length];
        assert_eq!(*pad(payload).unwrap(), padded);
        assert_eq!(envelope::unpad(&padded).unwrap(), payload);
        let at = position(&group["generation"], &case["number"]);
        let iv = fixed(&case["iv"]);
        let sealed = bytes(&case["sealed"]);
        assert_eq!(
            encrypt0(key.expose(), epoch, &iv, &bytes(&case["aad"]), payload).unwrap(),
            sealed
        );
        assert_eq!(
            seal_entry((&key, epoch), channel, at, &iv, payload).unwrap(),
            sealed
        );
        assert_eq!(
            &**envelope::open_entry((&key, epoch), channel, at, &sealed).unwrap(),
            payload
        );
    }
}
