//! The acceptance vectors of what is signed and sealed.

use crate::accept::{array, bytes, number, run_groups, text, to_cbor};
use crate::bank::{
    channel, epoch, generation, hash, key, message_key, messages, nonce, position, software_key,
    time,
};
use crate::bank::{fixed, head_of, reading_kind, trust};
use envelope::{
    Checkpoint, DeviceStatement, Enrolment, GrantFor, GrantTerms, GrantToOpen, Head, Judgement,
    Purpose, RelayKeys, Sign1, Signer as _, Snapshot, TrustList, encode_page, encrypt0,
    event_id_hash, first_hash, link_hash, open_page, open_rekey, pad, root_fingerprint, seal_entry,
    seal_page, verify_backwards, verify_forwards,
};
use protocol::cbor::{self, Value};
use protocol::http::EnrolmentRequest;
use protocol::{Body, ChannelKind, CloudEvent, Entry, Event, Message, cbor_array};
use serde_json::Value as Json;
use types::{EventId, Hash, Number, Signature};

#[test]
fn every_group_comes_out_to_the_byte() {
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

fn check_rekey(vectors: &Json) {
    let group = &vectors["rekey"];
    let message = Message::parse(bytes(&group["message"]).into()).unwrap();
    assert_eq!(
        message.body.bytes().unwrap().as_ref(),
        bytes(&group["body"])
    );
    let rekey = protocol::Rekey::parse(&bytes(&group["body"])).unwrap();
    assert_eq!(rekey.epoch, epoch(&group["epoch"]));
    assert_eq!(rekey.encode().unwrap(), bytes(&group["body"]));
    let before = epoch(&group["epoch_before"]);
    assert_eq!(envelope::follow_epoch(before, &message), Ok(rekey.epoch));
    for device in array(&group["devices"]) {
        let private = software_key(&device["agreement_private"]);
        let expected = GrantFor {
            channel: channel(&group["channel"]),
            generation: generation(&group["generation"]),
            device: text(&device["device"]).parse().unwrap(),
            agreement: private.public_key(),
            epoch: None,
            first_number: None,
        };
        let grant = open_rekey(&message, &expected, &trust(vectors)).unwrap();
        assert_eq!(grant.terms().epoch, rekey.epoch);
        assert_eq!(
            grant.terms().first_number.get(),
            number(&group["first_number"])
        );
        assert_eq!(grant.terms().time, time(&device["time"]));
        assert_eq!(grant.terms().info(), bytes(&device["info"]));
        assert!(rekey.grants.contains(&bytes(&device["grant"])));
        let sign1 = Sign1::parse(&bytes(&device["grant"])).unwrap();
        assert_eq!(sign1.embedded().unwrap(), bytes(&device["payload"]));
        let opened = grant.open(&private.agree(grant.enc()).unwrap()).unwrap();
        assert_eq!(opened.expose().as_slice(), bytes(&group["message_key"]));
    }
}

fn check_enrolment_grant(vectors: &Json) {
    let group = &vectors["enrolment_grant"];
    let private = software_key(&group["agreement_private"]);
    let terms = GrantTerms {
        channel: channel(&group["channel"]),
        generation: generation(&group["generation"]),
        device: text(&group["device"]).parse().unwrap(),
        agreement: private.public_key().thumbprint(),
        epoch: epoch(&group["epoch"]),
        first_number: Number::new(number(&group["first_number"])).unwrap(),
        time: time(&group["time"]),
    };
    let expected = GrantFor {
        channel: terms.channel,
        generation: terms.generation,
        device: terms.device,
        agreement: private.public_key(),
        epoch: None,
        first_number: None,
    };
    let grant = GrantToOpen::verify(&bytes(&group["grant"]), &expected, &trust(vectors)).unwrap();
    assert_eq!(*grant.terms(), terms);
    let opened = grant.open(&private.agree(grant.enc()).unwrap()).unwrap();
    assert_eq!(opened.expose().as_slice(), bytes(&group["message_key"]));
}

fn check_trust_list(vectors: &Json) {
    let group = &vectors["trust_list"];
    let list = trust(vectors);
    assert_eq!(list.version(), number(&group["version"]));
    assert_eq!(list.issued(), time(&group["issued"]));
    assert_eq!(list.expires(), time(&group["expires"]));
    assert_eq!(list.keys().len(), array(&group["keys"]).len());
    for (row, expected) in list.keys().iter().zip(array(&group["keys"])) {
        assert_eq!(row.key, key(&expected["key"]));
        assert_eq!(row.purpose.as_str(), text(&expected["purpose"]));
        assert_eq!(
            (row.from, row.until),
            (time(&expected["not_before"]), time(&expected["not_after"]))
        );
    }
    let sign1 = Sign1::parse(list.as_bytes()).unwrap();
    assert_eq!(sign1.embedded().unwrap(), bytes(&group["payload"]));

    let root = software_key(&vectors["keys"]["root"]["private"]);
    let again = TrustList::sign(
        list.version(),
        list.issued(),
        list.expires(),
        list.keys().to_vec(),
        &root,
    )
    .unwrap();
    let again = Sign1::parse(again.as_bytes()).unwrap();
    assert_eq!(again.embedded().unwrap(), bytes(&group["payload"]));

    let roots: Vec<_> = array(&group["roots"]).iter().map(key).collect();
    let held = TrustList::accept(list.as_bytes(), &roots, Some(&list), list.expires()).unwrap();
    assert_eq!(held, list);
    for bound in array(&group["bounds"]) {
        let kid = types::Kid::try_from(bytes(&bound["kid"]).as_slice()).unwrap();
        let purpose = Purpose::from(text(&bound["purpose"]).to_owned());
        let valid = list.key(kid, purpose, time(&bound["time"])).is_ok();
        assert_eq!(valid, bound["valid"] == true, "{bound}");
    }
}

fn check_device_statement(vectors: &Json) {
    let group = &vectors["device_statement"];
    let statement = DeviceStatement {
        number: number(&group["number"]),
        customer: text(&group["customer"]).parse().unwrap(),
        channel: channel(&group["channel"]),
        device: text(&group["device"]).parse().unwrap(),
        session: key(&group["session"]),
        approval: key(&group["approval"]),
        agreement: key(&group["agreement"]),
        verdict: text(&group["verdict"]).to_owned(),
        time: time(&group["time"]),
    };
    assert_eq!(statement.payload(), bytes(&group["payload"]));
    assert_eq!(
        DeviceStatement::verify(&bytes(&group["bytes"]), &trust(vectors)),
        Ok(statement)
    );
}

fn check_checkpoint(vectors: &Json) {
    let group = &vectors["checkpoint"];
    let (channel, nonce) = (channel(&group["channel"]), nonce(&group["nonce"]));
    let checkpoint = Checkpoint {
        channel,
        generation: generation(&group["generation"]),
        number: Number::new(number(&group["number"])).unwrap(),
        hash: hash(&group["hash"]),
        epoch: epoch(&group["epoch"]),
        time: time(&group["time"]),
        nonce,
    };
    assert_eq!(checkpoint.payload(), bytes(&group["payload"]));
    let judgements = [
        Judgement::Complete,
        Judgement::Withheld,
        Judgement::Contradicted,
        Judgement::Below,
        Judgement::Restarted,
    ];
    for case in array(&group["judged"]) {
        let held = Head {
            channel,
            ..crate::bank::held(&case["held"], channel)
        };
        let checkpoint =
            Checkpoint::verify(&bytes(&case["checkpoint"]), channel, nonce, &trust(vectors))
                .unwrap();
        let judged = checkpoint.judge(&held, Some(time(&case["last"]))).unwrap();
        assert_eq!(judged.as_str(), text(&case["says"]), "{case}");
        assert!(judgements.contains(&judged));
    }
}

fn check_snapshot(vectors: &Json) {
    let group = &vectors["snapshot"];
    let channel = channel(&group["channel"]);
    let key = message_key(&group["message_key"]);
    let snapshot = Snapshot::verify(&bytes(&group["bytes"]), channel, &trust(vectors)).unwrap();
    assert_eq!(snapshot.generation, generation(&group["generation"]));
    assert_eq!(snapshot.number.get(), number(&group["number"]));
    assert_eq!(snapshot.hash, hash(&group["hash"]));
    assert_eq!(snapshot.time, time(&group["time"]));
    assert_eq!(snapshot.epoch, epoch(&group["epoch"]));
    assert_eq!(snapshot.payload(), bytes(&group["payload"]));
    let rows = array(&group["accounts"]).iter().map(|row| {
        let pages: Vec<Value> = array(&row[3])
            .iter()
            .map(|page| hash(page).into())
            .collect();
        cbor_array![text(&row[0]), to_cbor(&row[1]), number(&row[2]), pages]
    });
    assert_eq!(
        cbor::encode(&Value::Array(rows.collect())),
        bytes(&group["content"])
    );
    let aad = cbor_array![
        "passbook snapshot sealed",
        1,
        channel,
        snapshot.generation,
        snapshot.number
    ];
    assert_eq!(cbor::encode(&aad), bytes(&group["aad"]));

    let accounts = snapshot.open(&key).unwrap();
    let head = snapshot.head(snapshot.time);
    let again = Snapshot::seal(
        &head,
        snapshot.time,
        (&key, snapshot.epoch),
        &fixed(&group["iv"]),
        &accounts,
    )
    .unwrap();
    assert_eq!(
        again, snapshot,
        "what was opened is sealed to the same bytes"
    );
    let sealed = cbor::encode(&Value::Bytes(bytes(&group["sealed"])));
    assert!(again.payload().ends_with(&sealed));

    for page in array(&group["pages"]) {
        let account = text(&page["account"]).parse().unwrap();
        let place = number(&page["page"]);
        let content = bytes(&page["plaintext"]);
        let entries: Vec<_> = array(&page["entries"])
            .iter()
            .map(|map| Entry::parse(&cbor::encode(&to_cbor(map))).unwrap())
            .collect();
        assert_eq!(encode_page(&entries), content);
        assert_eq!(Hash::of(&content), hash(&page["hash"]));
        let row = accounts.iter().find(|row| row.account == account).unwrap();
        let named = row.pages[usize::try_from(place).unwrap() - 1];
        assert_eq!(named, hash(&page["hash"]));
        let iv = fixed(&page["iv"]);
        let at = (channel, snapshot.position());
        let sealed =
            seal_page((&key, snapshot.epoch), at, (&account, place), &iv, &content).unwrap();
        assert_eq!(sealed, bytes(&page["sealed"]));
        assert_eq!(
            encrypt0(
                key.expose(),
                snapshot.epoch,
                &iv,
                &bytes(&page["aad"]),
                &content
            )
            .unwrap(),
            sealed
        );
        assert_eq!(
            open_page(&snapshot, &key, (&account, place), &named, &sealed),
            Ok(entries)
        );
    }
}

fn check_enrolment(vectors: &Json) {
    let group = &vectors["enrolment"];
    let enrolment = Enrolment {
        nonce: nonce(&group["nonce"]),
        ephemeral: key(&group["ephemeral"]),
        customer: text(&group["customer"]).parse().unwrap(),
        device: text(&group["device"]).parse().unwrap(),
        session: key(&group["session"]),
        approval: key(&group["approval"]),
        agreement: key(&group["agreement"]),
    };
    assert_eq!(enrolment.payload(), bytes(&group["payload"]));
    let agreement = software_key(&group["agreement_private"]);
    let ephemeral = software_key(&group["ephemeral_private"]);
    let x = agreement.agree(&enrolment.ephemeral).unwrap();
    assert_eq!(x.as_slice(), bytes(&group["x"]));
    assert_eq!(x, ephemeral.agree(&enrolment.agreement).unwrap());

    let request: EnrolmentRequest = serde_json::from_value(group["request"].clone()).unwrap();
    let signature = |sign1: &[u8]| Signature::try_from(&sign1[sign1.len() - 64..]).unwrap();
    let code = text(&group["request"]["code"]);
    let built = enrolment.request(
        &signature(&request.session.0),
        &signature(&request.approval.0),
        &x,
        code,
    );
    assert!(built == request, "the request is built to the byte");
    assert_eq!(built.mac.0, bytes(&group["mac"]));
    let verified = Enrolment::verify(
        &request,
        enrolment.nonce,
        &enrolment.ephemeral,
        |agreement| ephemeral.agree(agreement),
    );
    assert_eq!(verified, Ok(enrolment));
}

fn check_event(vectors: &Json) {
    let group = &vectors["event"];
    let keys = RelayKeys::derive(&fixed(&group["relay_key"]), epoch(&group["key_epoch"]));
    let event = Event::parse(&bytes(&group["content"])).unwrap();
    assert_eq!(event.encode(), cbor::encode(&to_cbor(&group["map"])));
    assert_eq!(event.entry.encode(), bytes(&group["entry"]));
    let subject = text(&group["subject"]).parse().unwrap();
    assert_eq!(
        keys.blind(&subject).to_string(),
        text(&group["event"]["subject"])
    );
    let source = text(&group["event"]["source"]);
    let sealed = keys.seal(&event, source, &fixed(&group["iv"])).unwrap();
    assert_eq!(sealed.data, bytes(&group["data"]));
    let event_key = fixed(&group["event_key"]);
    let again = encrypt0(
        &event_key,
        epoch(&group["key_epoch"]),
        &fixed(&group["iv"]),
        &bytes(&group["aad"]),
        &bytes(&group["content"]),
    );
    assert_eq!(again.unwrap(), sealed.data, "the event key and the AAD");
    assert_eq!(
        serde_json::from_slice::<Json>(&sealed.to_json().unwrap()).unwrap(),
        group["event"]
    );
    let read = CloudEvent::parse(group["event"].to_string().as_bytes()).unwrap();
    assert_eq!(keys.open(&read).unwrap(), event);
    let id: EventId = text(&group["event"]["id"]).parse().unwrap();
    assert_eq!(event_id_hash(source, &id), hash(&group["id_hash"]));
    assert_eq!(
        Hash::of(&bytes(&group["id_hashed"])),
        hash(&group["id_hash"])
    );
}
