//! `fixtures/envelope.json`: what the bank signs and seals, made again byte for byte and parsed again.

use crate::accept::{array, bytes, text};
use crate::golden;
use bytes::Bytes;
use envelope::merkle::MerkleTree;
use envelope::{
    AccountState, ActivationCode, Checkpoint, DeviceStatement, Enrolment, GrantFor, GrantTerms,
    GrantToOpen, Head, HeadProof, History, Item, Judgement, PageFiller, PartFiller, PartsReader,
    Purpose, RelayKeys, Sign1, Signer as _, Snapshot, SoftwareKey, TrustList, TrustedKey, es256,
    open_entry, open_page, open_rekey, page_hash, part_hash, root_fingerprint, seal_entry,
    seal_grant, seal_page, seal_part, verify_forwards,
};
use protocol::http::EnrolmentRequest;
use protocol::{Body, Booking, ChannelKind, CloudEvent, Entry, Event, Message, MessageKind, Rekey};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde_json::{Value as Json, json};
use types::{
    AccountKind, BalanceType, Balances, ChannelId, DeviceForm, DeviceId, Generation, Hash,
    Incarnation, KeyEpoch, MessageKey, Money, Nonce, Number, Position, PublicKey, Role, Sequence,
    Signature, Time, base64url, hex,
};

const FROM: Time = Time::from_ms(1_790_000_000_000);
const NOW: Time = Time::from_ms(1_790_000_100_000);
const UNTIL: Time = Time::from_ms(1_797_000_000_000);
const CHANNEL: ChannelId = ChannelId::new([0xc1; 16]);
const NONCE: Nonce = Nonce::new([0x41; 16]);
const INCARNATION: Incarnation = Incarnation::new([0x1c; 16]);
const IV: [u8; 12] = [0x11; 12];
const SECOND: u64 = 2;

fn secret(name: &str) -> [u8; 32] {
    *Hash::of(format!("passbook fixtures: {name}").as_bytes()).as_bytes()
}

fn key(name: &str) -> SoftwareKey {
    SoftwareKey::from_bytes(&secret(name)).unwrap()
}

fn public(name: &str) -> PublicKey {
    *key(name).public_key()
}

fn message_key(epoch: u64) -> MessageKey {
    MessageKey::new(secret(&format!("message key {epoch}")))
}

fn epoch(value: u64) -> KeyEpoch {
    KeyEpoch::new(value).unwrap()
}

fn number(value: u64) -> Number {
    Number::new(value).unwrap()
}

fn device() -> DeviceId {
    DeviceId::at(FROM, [0xd1; 10])
}

/// Parts that differ on each run: taken from the file, or made when the file is written again.
#[derive(Clone, Copy)]
struct Kept<'a>(Option<&'a Json>);

impl Kept<'_> {
    fn signature(self, pointer: &str, signer: &str, signed: &[u8]) -> Signature {
        let Some(file) = self.0 else {
            return key(signer).sign(signed).unwrap();
        };
        let made = text(
            file.pointer(pointer)
                .unwrap_or_else(|| panic!("the file lacks {pointer}")),
        );
        let made = hex::decode(made)
            .or_else(|_| base64url::decode(made))
            .unwrap();
        // Every signed statement ends with its signature.
        let signature = Signature::try_from(&made[made.len() - 64..]).unwrap();
        assert!(
            es256::verify(&public(signer), signed, &signature),
            "the signature at {pointer}"
        );
        signature
    }

    /// A Sign1 with exactly this payload and a valid signature.
    fn sign1(self, pointer: &str, signer: &str, payload: &[u8]) -> Vec<u8> {
        let kid = public(signer).kid();
        let signed = Sign1::to_be_signed(kid, payload);
        Sign1::assemble_embedded(kid, payload, &self.signature(pointer, signer, &signed))
    }

    fn grant(self, pointer: &str, terms: &GrantTerms) -> Vec<u8> {
        match self.0 {
            Some(file) => bytes(file.pointer(pointer).unwrap()),
            None => seal_grant(
                terms,
                &public("agreement"),
                &message_key(terms.epoch.get()),
                &key("grant"),
                &mut StdRng::seed_from_u64(terms.epoch.get()),
            )
            .unwrap(),
        }
    }
}

fn listed() -> Vec<TrustedKey> {
    let key = |purpose: Purpose| TrustedKey {
        key: public(purpose.as_str()),
        purpose,
        from: FROM,
        until: UNTIL,
    };
    vec![
        key(Purpose::Head),
        key(Purpose::Grant),
        key(Purpose::Announcement),
        key(Purpose::Device),
        key(Purpose::Voucher),
    ]
}

fn statement() -> DeviceStatement {
    DeviceStatement {
        number: 1,
        customer: "692".parse().unwrap(),
        channel: CHANNEL,
        device: device(),
        form: DeviceForm::App,
        session: public("session"),
        approval: public("approval"),
        agreement: public("agreement"),
        verdict: "none".to_owned(),
        time: FROM,
    }
}

fn code() -> ActivationCode {
    "7K3M9QX2VB5TZD1H".parse().unwrap()
}

fn enrolment() -> Enrolment {
    Enrolment {
        nonce: NONCE,
        ephemeral: public("ephemeral"),
        customer: "692".parse().unwrap(),
        device: device(),
        form: DeviceForm::App,
        session: public("session"),
        approval: public("approval"),
        agreement: public("agreement"),
        code_mac: code().mac(NONCE),
    }
}

fn terms(of: u64, first_number: u64) -> GrantTerms {
    GrantTerms {
        channel: CHANNEL,
        generation: Generation::FIRST,
        device: device(),
        agreement: public("agreement").thumbprint(),
        epoch: epoch(of),
        first_number: number(first_number),
        time: FROM.plus_ms(first_number),
    }
}

fn grant_for(agreement: &PublicKey) -> GrantFor<'_> {
    GrantFor {
        channel: CHANNEL,
        generation: Generation::FIRST,
        device: device(),
        agreement,
        epoch: None,
        first_number: None,
    }
}

/// The entries in the channel's messages: one before the rekey and one after it.
fn entries() -> [Entry; 2] {
    let czk = "CZK".parse().unwrap();
    let booking = Booking {
        transaction: "171812".parse().unwrap(),
        number: 1,
        date: "1993-01-11".parse().unwrap(),
        amount: Money::new(90_000, czk),
        operation: "cash_deposit".to_owned(),
        purpose: None,
        counterparty_bank: None,
        counterparty_account: None,
        order: None,
        bank_reference: None,
    };
    [
        Entry::device_added("fixture device".parse().unwrap(), FROM, device()),
        Entry {
            subject: Some(("account:576".parse().unwrap(), Sequence::FIRST)),
            ..Entry::booked(
                "fixture booked".parse().unwrap(),
                "576".parse().unwrap(),
                Sequence::FIRST,
                FROM,
                booking,
                Balances::from([(BalanceType::Booked, Money::new(90_000, czk))]),
            )
        },
    ]
}

/// An entry, a rekey, and an entry under the new key, with their heads.
fn chain(kept: Kept<'_>) -> (Vec<(Message, Head)>, Vec<u8>) {
    let mut head = Head::start(CHANNEL, Generation::FIRST);
    let grant = kept.grant("/rekey_grant", &terms(SECOND, 3));
    let rekey = Rekey {
        epoch: epoch(SECOND),
        grants: vec![grant.clone()],
    };
    let [first, second] = entries().map(|entry| entry.encode());
    let sealed = |under: u64, at: u64, content: &[u8]| {
        let at = Position::new(Generation::FIRST, number(at));
        seal_entry(
            (&message_key(under), epoch(under)),
            CHANNEL,
            at,
            &IV,
            content,
        )
        .unwrap()
    };
    let bodies = [
        (MessageKind::Entry, sealed(1, 1, &first)),
        (MessageKind::Rekey, rekey.encode().unwrap()),
        (MessageKind::Entry, sealed(SECOND, 3, &second)),
    ];
    let mut messages = Vec::new();
    for (pointer, (kind, body)) in bodies.into_iter().enumerate() {
        let mut message = Message {
            number: head.number.next(),
            kind,
            time: NOW,
            expires: None,
            body: Body::Bytes(body.into()),
            signature: Bytes::new(),
        };
        head = head.after(&message);
        let kid = public("head").kid();
        let signed = Sign1::to_be_signed(kid, &head.payload());
        let pointer = format!("/chain/messages/{pointer}/bytes");
        let signature = kept.signature(&pointer, "head", &signed);
        message.signature = Sign1::assemble_detached(kid, &signature).into();
        messages.push((message, head));
    }
    (messages, grant)
}

/// The items of the snapshot, and the only page of its account's history.
fn items() -> (Vec<Item>, Vec<u8>) {
    let czk = "CZK".parse().unwrap();
    let mut filler = PageFiller::new();
    assert_eq!(filler.push(&entries()[1]), Ok(None));
    let page = filler.end().unwrap();
    let state = AccountState {
        kind: AccountKind::Current,
        role: Role::Owner,
        name: "Household".to_owned(),
        currency: czk,
        balances: Balances::from([(BalanceType::Booked, Money::new(90_000, czk))]),
    };
    let history = History {
        pages: 1,
        root: MerkleTree::new(&[page_hash(&page)]).root(),
    };
    let account = "576".parse().unwrap();
    let customer = Item::customer(&"692".parse().unwrap(), Sequence::ZERO);
    let items = vec![
        customer,
        Item::account(&account, Sequence::FIRST, state, history),
    ];
    (items, page)
}

/// Two parts with one item each, so that they have a proof. A filler would put both items into one part, but readers
/// accept this too.
fn parts() -> [Vec<u8>; 2] {
    let (items, _) = items();
    let part = |item: &Item, salt| {
        let mut filler = PartFiller::new([salt; 16]);
        assert_eq!(filler.push(item, [0; 16]), Ok(None));
        filler.end().unwrap()
    };
    [part(&items[0], 0x71), part(&items[1], 0x72)]
}

fn event() -> Event {
    Event {
        entry: entries()[1].clone(),
        holders: vec![("692".parse().unwrap(), Role::Owner)],
        incarnation: Some(Incarnation::new([0x41; 16])),
        ordered_by: None,
    }
}

fn relay() -> RelayKeys {
    RelayKeys::derive(&secret("relay"), KeyEpoch::FIRST)
}

fn make(file: Option<&Json>) -> Json {
    let kept = Kept(file);
    let sealing = (&message_key(SECOND), epoch(SECOND));
    let (messages, rekey_grant) = chain(kept);
    let head = messages.last().unwrap().1;
    let checkpoint = Checkpoint {
        channel: CHANNEL,
        generation: head.generation,
        number: head.number,
        hash: head.hash,
        epoch: sealing.1,
        time: NOW,
        nonce: NONCE,
    };
    let (_, page) = items();
    let parts = parts();
    let leaves = parts.each_ref().map(|part| part_hash(part));
    let tree = MerkleTree::new(&leaves);
    let snapshot = Snapshot {
        channel: CHANNEL,
        generation: head.generation,
        number: head.number,
        hash: head.hash,
        incarnation: INCARNATION,
        time: NOW,
        epoch: sealing.1,
        parts: 2,
        root: tree.root(),
        nonce: Some(NONCE),
    };
    let at = (CHANNEL, head.position());
    let sealed_parts: Vec<Json> = (1..)
        .zip(&parts)
        .enumerate()
        .map(|(index, (part, content))| {
            let proof = tree.proof(index).unwrap();
            let sealed = seal_part(sealing, at, part, &IV, content, &proof).unwrap();
            json!({"content": hex::encode(content), "sealed": hex::encode(&sealed)})
        })
        .collect();
    let sealed_page = seal_page(sealing, at, ("576", 1), &IV, &page, &[]).unwrap();
    let (newest, before) = (&messages[2].0, messages[1].1.hash);
    let hole = Message {
        body: Body::Hole(newest.body.hash()),
        ..newest.clone()
    };
    let enrolment = enrolment();
    let request = enrolment.request(
        &kept.signature(
            "/enrolment/session",
            "session",
            &enrolment.to_be_signed_by_session(),
        ),
        &kept.signature(
            "/enrolment/approval",
            "approval",
            &enrolment.to_be_signed_by_approval(),
        ),
        &key("agreement").agree(&enrolment.ephemeral).unwrap(),
        &code(),
    );
    let trust = TrustList::payload(1, FROM, UNTIL, &listed());
    let cloud_event = relay().seal(&event(), "/core-bank", &IV).unwrap();
    json!({
        "root": hex::encode(public("root").as_bytes()),
        "root_fingerprint": root_fingerprint(&public("root")),
        "trust_list": hex::encode(&kept.sign1("/trust_list", "root", &trust)),
        "device_statement": hex::encode(&kept.sign1("/device_statement", "device", &statement().payload())),
        "grant": hex::encode(&kept.grant("/grant", &terms(1, 1))),
        "rekey_grant": hex::encode(&rekey_grant),
        "chain": {
            "channel": CHANNEL,
            "before": hex::encode(Head::start(CHANNEL, Generation::FIRST).hash.as_bytes()),
            "messages": messages.iter().map(|(message, head)| json!({
                "bytes": hex::encode(&message.encode()),
                "hash": hex::encode(head.hash.as_bytes()),
            })).collect::<Vec<_>>(),
        },
        "entries": entries().map(|entry| hex::encode(&entry.encode())),
        "checkpoint": hex::encode(&kept.sign1("/checkpoint", "head", &checkpoint.payload())),
        "snapshot": hex::encode(&kept.sign1("/snapshot", "head", &snapshot.payload())),
        "snapshot_message": {
            "before": hex::encode(before.as_bytes()),
            "hole": hex::encode(&hole.encode()),
        },
        "parts": sealed_parts,
        "page": {"content": hex::encode(&page), "sealed": hex::encode(&sealed_page)},
        "event": serde_json::from_slice::<Json>(&cloud_event.to_json().unwrap()).unwrap(),
        "enrolment": request,
        "comparison": {
            "hash": enrolment.comparison(&code()).hash(),
            "shown": enrolment.comparison(&code()).to_string(),
        },
    })
}

/// The key and the terms of a grant in the file.
fn opened(grant: &GrantToOpen) -> (GrantTerms, [u8; 32]) {
    let x = key("agreement").agree(grant.enc()).unwrap();
    (grant.terms().clone(), *grant.open(&x).unwrap().expose())
}

#[test]
fn fixtures_of_the_bank_stay_readable() {
    let file = golden::check("envelope", make);
    let trust =
        TrustList::accept(&bytes(&file["trust_list"]), &[public("root")], None, NOW).unwrap();
    assert_eq!(trust.keys(), listed());
    let stated = DeviceStatement::verify(&bytes(&file["device_statement"]), &trust);
    assert_eq!(stated, Ok(statement()));

    let agreement = public("agreement");
    let expected = grant_for(&agreement);
    let grant = GrantToOpen::verify(&bytes(&file["grant"]), &expected, &trust).unwrap();
    assert_eq!(opened(&grant), (terms(1, 1), *message_key(1).expose()));
    let messages: Vec<_> = array(&file["chain"]["messages"])
        .iter()
        .map(|message| Message::parse(bytes(&message["bytes"]).into()).unwrap())
        .collect();
    let start = Head::start(CHANNEL, Generation::FIRST);
    let run = verify_forwards(&start, ChannelKind::Customer, &messages, &trust).unwrap();
    let grant = open_rekey(&messages[1], &expected, &trust).unwrap();
    assert_eq!(
        opened(&grant),
        (terms(SECOND, 3), *message_key(SECOND).expose())
    );
    for (message, under, entry) in [(0, 1, 0), (2, SECOND, 1)] {
        let message = &messages[message];
        let at = Position::new(Generation::FIRST, message.number);
        let body = message.body.bytes().unwrap();
        let content = open_entry((&message_key(under), epoch(under)), CHANNEL, at, body).unwrap();
        assert_eq!(Entry::parse(&content).as_ref(), Ok(&entries()[entry]));
    }

    let checkpoint =
        Checkpoint::verify(&bytes(&file["checkpoint"]), CHANNEL, NONCE, &trust).unwrap();
    assert_eq!(checkpoint.judge(&run.head, None), Ok(Judgement::Complete));
    let snapshot =
        Snapshot::verify(&bytes(&file["snapshot"]), CHANNEL, Some(NONCE), &trust).unwrap();
    let message = &file["snapshot_message"];
    let before = Hash::try_from(bytes(&message["before"]).as_slice()).unwrap();
    let proof = HeadProof::parse(before, bytes(&message["hole"])).unwrap();
    let head = snapshot.judge(Some(&proof), None, None, &trust).unwrap();
    assert_eq!(head, run.head);
    assert_eq!(snapshot.incarnation, INCARNATION);
    let (opener, customer) = (message_key(SECOND), "692".parse().unwrap());
    let mut reader = PartsReader::new();
    let read: Vec<Item> = array(&file["parts"])
        .iter()
        .flat_map(|part| {
            reader
                .read(&snapshot, &opener, &customer, &bytes(&part["sealed"]))
                .unwrap()
        })
        .collect();
    assert!(reader.is_complete(&snapshot));
    assert_eq!(read, items().0);
    let of = ("576", read[1].history().unwrap());
    let page = open_page(
        &snapshot,
        &opener,
        of,
        1,
        None,
        &bytes(&file["page"]["sealed"]),
    );
    assert_eq!(page.as_deref(), Ok(&entries()[1..]));

    let sealed = CloudEvent::parse(file["event"].to_string().as_bytes()).unwrap();
    assert_eq!(relay().open(&sealed), Ok(event()));
    let request: EnrolmentRequest = serde_json::from_value(file["enrolment"].clone()).unwrap();
    let enrolled = Enrolment::verify(&request, NONCE, &public("ephemeral"), |agreement| {
        key("ephemeral").agree(agreement)
    });
    let (enrolled, code) = enrolled.unwrap();
    assert_eq!(enrolled, enrolment());
    assert_eq!(code.expose(), "7K3M9QX2VB5TZD1H");
    let comparison = enrolled.comparison(&code);
    assert_eq!(json!(comparison.hash()), file["comparison"]["hash"]);
    assert_eq!(file["comparison"]["shown"], comparison.to_string());
}
