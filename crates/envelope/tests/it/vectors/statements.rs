//! The vectors of grants, statements, enrolments and events.

use crate::accept::{array, bytes, number, text, to_cbor};
use crate::bank::{channel, epoch, fixed, generation, hash, key, nonce, software_key, time, trust};
use envelope::{
    Checkpoint, DeviceStatement, Enrolment, GrantFor, GrantTerms, GrantToOpen, Head, Judgement,
    Purpose, RelayKeys, Sign1, Signer as _, Snapshot, TrustList, encrypt0, event_id_hash,
    open_rekey,
};
use protocol::cbor;
use protocol::http::EnrolmentRequest;
use protocol::{CloudEvent, Event, Message};
use serde_json::Value as Json;
use std::collections::BTreeSet;
use types::{EventId, Hash, Number};

pub(super) fn check_rekey(vectors: &Json) {
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

pub(super) fn check_enrolment_grant(vectors: &Json) {
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

pub(super) fn check_trust_list(vectors: &Json) {
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

/// A device statement of version 1 is refused, even if everything else is right.
pub(super) fn check_device_statement(vectors: &Json) {
    let statement = bytes(&vectors["device_statement"]["bytes"]);
    let refused = DeviceStatement::verify(&statement, &trust(vectors));
    assert_eq!(refused.unwrap_err().reason(), "unknown_version");
}

pub(super) fn check_checkpoint(vectors: &Json) {
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
    let mut judged_as = BTreeSet::new();
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
        judged_as.insert(judged.as_str());
    }
    let all = [
        Judgement::Complete,
        Judgement::Withheld,
        Judgement::Contradicted,
        Judgement::Below,
        Judgement::Restarted,
    ];
    assert_eq!(
        judged_as,
        all.map(Judgement::as_str).into(),
        "each is in the vectors"
    );
}

/// A snapshot of version 1 is refused, even if everything else is right.
pub(super) fn check_snapshot(vectors: &Json) {
    let group = &vectors["snapshot"];
    let channel = channel(&group["channel"]);
    let refused = Snapshot::verify(&bytes(&group["bytes"]), channel, None, &trust(vectors));
    assert_eq!(refused.unwrap_err().reason(), "unknown_version");
}

/// An enrolment of version 1 is refused, even if everything else is right.
pub(super) fn check_enrolment(vectors: &Json) {
    let group = &vectors["enrolment"];
    let ephemeral = software_key(&group["ephemeral_private"]);
    let request: EnrolmentRequest = serde_json::from_value(group["request"].clone()).unwrap();
    let refused = Enrolment::verify(
        &request,
        nonce(&group["nonce"]),
        &key(&group["ephemeral"]),
        |agreement| ephemeral.agree(agreement),
    );
    assert_eq!(refused.unwrap_err().reason(), "unknown_version");
}

pub(super) fn check_event(vectors: &Json) {
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
