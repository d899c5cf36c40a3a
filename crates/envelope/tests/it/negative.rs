//! Every negative case of the acceptance vectors is refused with its reason.

use crate::accept::{ANY_REASON, array, bytes, run_negative, text};
use crate::bank::{
    channel, epoch, fixed, generation, hash, head_of, held, key, message_key, messages, nonce,
    position, reading_kind, software_key, time, trust,
};
use envelope::{
    Checkpoint, DeviceStatement, Enrolment, EnrolmentError, EventError, GrantError, GrantFor,
    GrantToOpen, RelayKeys, Signer as _, Snapshot, SoftwareKey, TrustList, follow_epoch,
    open_entry, open_rekey, unpad, verify_backwards, verify_forwards,
};
use protocol::{CloudEvent, Message};
use serde_json::Value as Json;
use types::{DeviceId, Number};

#[test]
fn every_case_is_refused_with_its_reason() {
    run_negative("envelope", attempt);
}

fn attempt(vectors: &Json, operation: &str, input: &Json) -> Option<&'static str> {
    let trust = trust(vectors);
    match operation {
        "verify_forwards" => {
            let messages = messages(&input["messages"]);
            let run = verify_forwards(&head_of(input), reading_kind(input), &messages, &trust);
            run.err().map(|error| error.reason())
        }
        "verify_backwards" => {
            let messages = messages(&input["messages"]);
            let claimed = hash(&input["claimed"]);
            let page = verify_backwards(&head_of(input), claimed, reading_kind(input), &messages);
            page.err().map(|error| error.reason())
        }
        "open_entry" => {
            let key = message_key(&input["message_key"]);
            let at = position(&input["generation"], &input["number"]);
            let opened = open_entry(
                (&key, epoch(&input["epoch"])),
                channel(&input["channel"]),
                at,
                &bytes(&input["body"]),
            );
            opened.err().map(|error| error.reason())
        }
        "unpad" => unpad(&bytes(&input["padded"]))
            .err()
            .map(|error| error.reason()),
        "epochs" => {
            let followed = messages(&input["messages"])
                .iter()
                .try_fold(epoch(&input["epoch"]), follow_epoch);
            followed.err().map(|error| error.reason())
        }
        "open_grant" => open_grant(input, &trust).err().map(|error| error.reason()),
        "open_rekey" => {
            let message = Message::parse(bytes(&input["message"]).into()).unwrap();
            let agreement = software_key(&input["agreement_private"]);
            open_rekey(&message, &grant_for(input, &agreement), &trust)
                .err()
                .map(|error| error.reason())
        }
        "trust_list" => {
            let roots: Vec<_> = array(&input["roots"]).iter().map(key).collect();
            let held = (!input["held"].is_null())
                .then(|| TrustList::stored(&bytes(&input["held"]), &roots).unwrap());
            let accepted = TrustList::accept(
                &bytes(&input["trust_list"]),
                &roots,
                held.as_ref(),
                time(&input["proven"]),
            );
            accepted.err().map(|error| error.reason())
        }
        // Version 1 is refused, whatever else is wrong with the statement.
        "device_statement" => DeviceStatement::verify(&bytes(&input["statement"]), &trust)
            .err()
            .map(|_| ANY_REASON),
        "checkpoint" => {
            let channel = channel(&input["channel"]);
            Checkpoint::verify(
                &bytes(&input["checkpoint"]),
                channel,
                nonce(&input["nonce"]),
                &trust,
            )
            .and_then(|checkpoint| {
                checkpoint.judge(&held(&input["held"], channel), Some(time(&input["last"])))
            })
            .err()
            .map(|error| error.reason())
        }
        // Version 1 is refused, whatever else is wrong with it.
        "snapshot" | "page" => {
            let channel = channel(&input["channel"]);
            Snapshot::verify(&bytes(&input["snapshot"]), channel, None, &trust)
                .err()
                .map(|_| ANY_REASON)
        }
        "enrolment" => enrolment(input).err().map(|_| ANY_REASON),
        "event" => event(input).err(),
        operation => panic!("{operation} does not belong to this crate"),
    }
}

fn grant_for<'a>(input: &Json, agreement: &'a SoftwareKey) -> GrantFor<'a> {
    GrantFor {
        channel: channel(&input["channel"]),
        generation: generation(&input["generation"]),
        device: text(&input["device"]).parse::<DeviceId>().unwrap(),
        agreement: agreement.public_key(),
        epoch: (!input["epoch"].is_null()).then(|| epoch(&input["epoch"])),
        first_number: input["first_number"]
            .as_u64()
            .map(|number| Number::new(number).unwrap()),
    }
}

fn open_grant(input: &Json, trust: &TrustList) -> Result<(), GrantError> {
    let agreement = software_key(&input["agreement_private"]);
    let grant = GrantToOpen::verify(
        &bytes(&input["grant"]),
        &grant_for(input, &agreement),
        trust,
    )?;
    grant.open(&agreement.agree(grant.enc()).unwrap()).map(drop)
}

fn enrolment(input: &Json) -> Result<(), EnrolmentError> {
    let request = serde_json::from_value(input["request"].clone()).unwrap();
    let ephemeral = software_key(&input["ephemeral_private"]);
    let agree = |agreement: &_| ephemeral.agree(agreement);
    Enrolment::verify(
        &request,
        nonce(&input["nonce"]),
        &key(&input["ephemeral"]),
        agree,
    )
    .map(drop)
}

fn event(input: &Json) -> Result<(), &'static str> {
    let keys = RelayKeys::derive(&fixed(&input["relay_key"]), epoch(&input["key_epoch"]));
    let sealed =
        CloudEvent::parse(input["event"].to_string().as_bytes()).map_err(|error| error.reason())?;
    keys.open(&sealed)
        .map(drop)
        .map_err(|error: EventError| error.reason())
}
