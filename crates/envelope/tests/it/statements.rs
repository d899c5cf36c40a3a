//! Grants, enrolments, snapshots and pages of a test bank, made and read.

use crate::bank::{Bank, FROM, UNTIL};
use envelope::merkle::MerkleTree;
use envelope::{
    AccountState, ActivationCode, ContentError, DeviceStatement, Enrolment, GrantError, GrantFor,
    GrantTerms, GrantToOpen, Head, History, Item, OpenError, PageFiller, PartFiller, Purpose,
    RelayKeys, SignatureError, Signer as _, Snapshot, SoftwareKey, TrustError, TrustList,
    open_page, open_rekey, pad, page_hash, seal_grant, seal_page, unpad,
};
use proptest::prelude::*;
use protocol::{Body, Booking, Entry, Event, Message, MessageKind, ParseError, Rekey};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use types::{
    AccountKind, BalanceType, Balances, ChannelId, DeviceForm, DeviceId, Generation, Hash,
    Incarnation, KeyEpoch, MessageKey, Money, Nonce, Number, Role, Sequence,
};

const CHANNEL: ChannelId = ChannelId::new([9; 16]);

fn device(byte: u8) -> (DeviceId, SoftwareKey) {
    (
        DeviceId::at(FROM, [byte; 10]),
        SoftwareKey::from_bytes(&[byte; 32]).unwrap(),
    )
}

fn terms(device: DeviceId, key: &SoftwareKey, epoch: KeyEpoch, first_number: Number) -> GrantTerms {
    GrantTerms {
        channel: CHANNEL,
        generation: Generation::FIRST,
        device,
        agreement: key.public_key().thumbprint(),
        epoch,
        first_number,
        time: FROM,
    }
}

fn expected(device: DeviceId, key: &SoftwareKey) -> GrantFor<'_> {
    GrantFor {
        channel: CHANNEL,
        generation: Generation::FIRST,
        device,
        agreement: key.public_key(),
        epoch: None,
        first_number: None,
    }
}

#[test]
fn a_rekey_gives_each_device_its_grant_and_the_removed_one_none() {
    let bank = Bank::new();
    let mut rng = StdRng::seed_from_u64(1);
    let epoch = KeyEpoch::FIRST.next();
    let number = Number::new(7).unwrap();
    let message_key = MessageKey::new([42; 32]);
    let devices: Vec<_> = (10..14).map(device).collect();
    let grants = devices
        .iter()
        .map(|(id, key)| {
            let terms = terms(*id, key, epoch, number.next());
            seal_grant(
                &terms,
                key.public_key(),
                &message_key,
                &bank.grant,
                &mut rng,
            )
            .unwrap()
        })
        // Grants that the reader cannot parse are skipped.
        .chain([b"later".to_vec()])
        .rev()
        .collect();
    let message = Message {
        number,
        kind: MessageKind::Rekey,
        time: FROM,
        expires: None,
        body: Body::Bytes(Rekey { epoch, grants }.encode().unwrap().into()),
        signature: bytes::Bytes::new(),
    };
    for (id, key) in &devices {
        let grant = open_rekey(&message, &expected(*id, key), &bank.trust).unwrap();
        let opened = grant.open(&key.agree(grant.enc()).unwrap()).unwrap();
        assert_eq!(opened.expose(), message_key.expose());
        assert_eq!(grant.open(&[0; 32]).unwrap_err(), GrantError::DoesNotOpen);
    }
    let (removed, key) = device(20);
    let refused = open_rekey(&message, &expected(removed, &key), &bank.trust).unwrap_err();
    assert_eq!(refused, GrantError::NoGrantForThisDevice);
    // A device that uses another device's id still lacks its agreement key.
    let stolen = open_rekey(&message, &expected(devices[0].0, &key), &bank.trust).unwrap_err();
    assert_eq!(stolen, GrantError::GrantOfAnother);
}

#[test]
fn a_grant_opens_only_with_its_own_terms() {
    let bank = Bank::new();
    let mut rng = StdRng::seed_from_u64(2);
    let (id, key) = device(10);
    let terms = terms(id, &key, KeyEpoch::FIRST, Number::new(1).unwrap());
    let secret = MessageKey::new([1; 32]);
    let grant = seal_grant(&terms, key.public_key(), &secret, &bank.grant, &mut rng).unwrap();
    let check = |change: &dyn Fn(&mut GrantFor<'_>), refused: Option<GrantError>| {
        let mut expected = expected(id, &key);
        change(&mut expected);
        assert_eq!(
            GrantToOpen::verify(&grant, &expected, &bank.trust).err(),
            refused
        );
    };
    check(&|_| {}, None);
    check(&|of| of.epoch = Some(KeyEpoch::FIRST), None);
    check(
        &|of| of.channel = ChannelId::new([8; 16]),
        Some(GrantError::GrantOfAnother),
    );
    check(
        &|of| of.generation = Generation::FIRST.next(),
        Some(GrantError::GrantOfAnother),
    );
    check(
        &|of| of.device = device(11).0,
        Some(GrantError::GrantOfAnother),
    );
    check(
        &|of| of.epoch = Some(KeyEpoch::FIRST.next()),
        Some(GrantError::GrantOfAnother),
    );
    check(
        &|of| of.first_number = Some(Number::new(2).unwrap()),
        Some(GrantError::GrantOfAnother),
    );

    let other = device(11).1;
    let misdirected = seal_grant(&terms, other.public_key(), &secret, &bank.grant, &mut rng);
    assert_eq!(misdirected.unwrap_err(), GrantError::GrantOfAnother);
    let by_another = seal_grant(&terms, key.public_key(), &secret, &bank.head, &mut rng).unwrap();
    let refused = GrantToOpen::verify(&by_another, &expected(id, &key), &bank.trust).unwrap_err();
    assert_eq!(refused.reason(), "key_of_another_purpose");
}

#[test]
fn a_device_can_enrol_and_get_a_statement() {
    let bank = Bank::new();
    let (id, agreement) = device(10);
    let (session, approval) = (device(11).1, device(12).1);
    let ephemeral = device(13).1;
    let code: ActivationCode = "7K3M9QX2VB5TZD1H".parse().unwrap();
    let nonce = Nonce::new([3; 16]);
    let enrolment = Enrolment {
        nonce,
        ephemeral: *ephemeral.public_key(),
        customer: "692".parse().unwrap(),
        device: id,
        form: DeviceForm::App,
        session: *session.public_key(),
        approval: *approval.public_key(),
        agreement: *agreement.public_key(),
        code_mac: code.mac(nonce),
    };
    let request = enrolment.request(
        &session.sign(&enrolment.to_be_signed_by_session()).unwrap(),
        &approval
            .sign(&enrolment.to_be_signed_by_approval())
            .unwrap(),
        &agreement.agree(&enrolment.ephemeral).unwrap(),
        &code,
    );
    let verify = |ephemeral: &SoftwareKey| {
        Enrolment::verify(&request, enrolment.nonce, &enrolment.ephemeral, |key| {
            ephemeral.agree(key)
        })
        .map(|(enrolment, _)| enrolment)
    };
    assert_eq!(verify(&ephemeral), Ok(enrolment.clone()));
    assert_eq!(verify(&session).unwrap_err().reason(), "mac_invalid");

    let statement = DeviceStatement {
        number: 1,
        customer: enrolment.customer,
        channel: CHANNEL,
        device: id,
        form: DeviceForm::Browser,
        session: enrolment.session,
        approval: enrolment.approval,
        agreement: enrolment.agreement,
        verdict: "none".to_owned(),
        time: FROM,
    };
    let signed = statement.sign(&bank.device).unwrap();
    assert_eq!(
        DeviceStatement::verify(&signed, &bank.trust),
        Ok(statement.clone())
    );
    let late = DeviceStatement {
        time: UNTIL.plus_ms(1),
        ..statement
    };
    let refused = DeviceStatement::verify(&late.sign(&bank.device).unwrap(), &bank.trust);
    assert_eq!(refused, Err(SignatureError::KeyNotValidThen));
}

/// The `number`-th booked entry of account 576, from before events existed.
fn booked(number: u64) -> Entry {
    let czk = "CZK".parse().unwrap();
    let booking = Booking {
        transaction: number.to_string().parse().unwrap(),
        number,
        date: "1993-01-11".parse().unwrap(),
        amount: Money::new(-5, czk),
        operation: "test".to_owned(),
        purpose: None,
        counterparty_bank: None,
        counterparty_account: None,
        order: None,
        bank_reference: None,
    };
    let balances = Balances::from([(BalanceType::Booked, Money::new(-5, czk))]);
    let id = format!("entry {number}").parse().unwrap();
    Entry {
        subject: None,
        ..Entry::booked(
            id,
            "576".parse().unwrap(),
            Sequence::FIRST,
            FROM,
            booking,
            balances,
        )
    }
}

#[test]
fn a_page_is_read_under_its_own_root_only() {
    let bank = Bank::new();
    let key = MessageKey::new([4; 32]);
    let mut filler = PageFiller::new();
    let mut pages: Vec<_> = (1..=201)
        .filter_map(|number| filler.push(&booked(number)).unwrap())
        .collect();
    pages.extend(filler.end());
    let leaves: Vec<_> = pages.iter().map(|page| page_hash(page)).collect();
    let tree = MerkleTree::new(&leaves);
    let history = History {
        pages: 2,
        root: tree.root(),
    };
    let start = Head::start(CHANNEL, Generation::FIRST);
    let snapshot = Snapshot {
        channel: CHANNEL,
        generation: Generation::FIRST,
        number: start.number,
        hash: start.hash,
        incarnation: Incarnation::new([6; 16]),
        time: FROM,
        epoch: KeyEpoch::FIRST,
        parts: 1,
        root: Hash::of(b"another tree"),
        nonce: Some(Nonce::new([7; 16])),
    };
    let signed = snapshot.sign(&bank.head).unwrap();
    let verified = Snapshot::verify(&signed, CHANNEL, snapshot.nonce, &bank.trust);
    assert_eq!(verified, Ok(snapshot.clone()));
    assert_eq!(snapshot.judge(None, None, None, &bank.trust), Ok(start));

    let sealed: Vec<_> = (1..)
        .zip(&pages)
        .map(|(page, content)| {
            seal_page(
                (&key, KeyEpoch::FIRST),
                (CHANNEL, snapshot.position()),
                ("576", page),
                &[2; 12],
                content,
                &tree.proof(usize::try_from(page).unwrap() - 1).unwrap(),
            )
            .unwrap()
        })
        .collect();
    let open = |(account, history), page, before, sealed: &[u8]| {
        open_page(&snapshot, &key, (account, history), page, before, sealed)
            .map(|entries| entries.len())
            .map_err(|error| error.reason())
    };
    let of = ("576", &history);
    assert_eq!(open(of, 1, Some(0), &sealed[0]), Ok(200));
    assert_eq!(open(of, 2, Some(200), &sealed[1]), Ok(1));
    assert_eq!(open(of, 2, None, &sealed[1]), Ok(1));
    assert_eq!(
        open(of, 2, Some(199), &sealed[1]),
        Err("page_begins_elsewhere")
    );
    assert_eq!(open(of, 3, Some(201), &sealed[1]), Err("no_such_page"));
    assert_eq!(
        open(("577", &history), 1, None, &sealed[0]),
        Err("does_not_open")
    );
    let shorter = History {
        pages: 1,
        ..history
    };
    assert_eq!(
        open(("576", &shorter), 1, None, &sealed[0]),
        Err("proof_invalid")
    );
}

#[test]
fn an_item_or_entry_that_readers_refuse_is_not_made() {
    let item = |id: &str, name: usize| {
        let state = AccountState {
            kind: AccountKind::Other("pension_plan".into()),
            role: Role::Owner,
            name: "x".repeat(name),
            currency: "CZK".parse().unwrap(),
            balances: Balances::new(),
        };
        Item::account(
            &id.parse().unwrap(),
            Sequence::FIRST,
            state,
            History::none(),
        )
    };
    let mut filler = PartFiller::new([1; 16]);
    assert_eq!(
        filler.push(&item("b", 9_000), [2; 16]),
        Err(ContentError::ItemTooLong)
    );
    assert_eq!(filler.push(&item("b", 9), [2; 16]), Ok(None));
    assert_eq!(
        filler.push(&item("b", 9), [2; 16]),
        Err(ContentError::ItemTwice)
    );
    assert_eq!(
        filler.push(&item("a", 9), [2; 16]),
        Err(ContentError::ItemsOutOfOrder)
    );
    let part = filler.end().unwrap();
    assert_eq!(envelope::read_part(&part), Ok(vec![item("b", 9)]));

    let mut filler = PageFiller::new();
    let long = Entry {
        fallback: Some("x".repeat(128 * 1024)),
        ..booked(1)
    };
    assert_eq!(filler.push(&long).unwrap_err().reason(), "too_long");
    assert_eq!(filler.end(), None);
}

#[test]
fn an_expired_list_stays_readable_and_verifies_nothing_new() {
    let bank = Bank::new();
    let roots = [*bank.root.public_key()];
    let bytes = bank.trust.as_bytes();
    assert!(TrustList::accept(bytes, &roots, None, UNTIL).is_ok());
    assert_eq!(
        TrustList::accept(bytes, &roots, None, UNTIL.plus_ms(1)),
        Err(TrustError::Expired)
    );
    let stored = TrustList::stored(bytes, &roots).unwrap();
    assert!(stored.is_expired(UNTIL.plus_ms(1)));
    let kid = bank.head.public_key().kid();
    assert!(stored.key(kid, Purpose::Head, FROM).is_ok());
    assert_eq!(
        stored.key(kid, Purpose::Voucher, FROM),
        Err(SignatureError::KeyOfAnotherPurpose)
    );
    assert_eq!(
        stored.keys().last().unwrap().purpose,
        Purpose::Other("later".into())
    );
}

#[test]
fn an_event_must_match_its_attributes() {
    let keys = RelayKeys::derive(&[6; 32], KeyEpoch::FIRST);
    let event = Event {
        entry: Entry {
            subject: Some(("account:576".parse().unwrap(), Sequence::FIRST)),
            ..booked(3)
        },
        holders: vec![("692".parse().unwrap(), Role::Owner)],
        incarnation: Some(Incarnation::new([3; 16])),
        ordered_by: None,
    };
    let sealed = keys.seal(&event, "/core-bank", &[7; 12]).unwrap();
    assert_eq!(keys.open(&sealed), Ok(event.clone()));
    assert!(!format!("{keys:?}").contains("event:"));
    let made_by_nobody = Event {
        entry: Entry {
            subject: None,
            ..event.entry
        },
        ..event
    };
    assert!(keys.seal(&made_by_nobody, "/core-bank", &[7; 12]).is_err());
}

proptest! {
    #[test]
    fn any_payload_survives_padding(payload in prop::collection::vec(any::<u8>(), 0..4000)) {
        let padded = pad(&payload).unwrap();
        prop_assert!([256, 512].contains(&padded.len()) || padded.len().is_multiple_of(1024));
        prop_assert_eq!(unpad(&padded).unwrap(), payload);
    }
}

#[test]
fn a_payload_of_256_kibibytes_less_two_bytes_is_the_longest() {
    let most = 256 * 1024 - 2;
    assert_eq!(pad(&vec![1; most]).unwrap().len(), 256 * 1024);
    assert_eq!(
        pad(&vec![1; most + 1]).unwrap_err(),
        OpenError::Parse(ParseError::TooLong)
    );
    assert_eq!(
        unpad(&vec![0; 256 * 1024 + 1024]).unwrap_err(),
        OpenError::Parse(ParseError::TooLong)
    );
    assert!(unpad(&[]).is_err());
    assert!(unpad(&[0; 256]).is_err());
}
