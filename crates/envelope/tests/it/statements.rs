//! Grants, enrolments, snapshots and pages of a bank of our own, made and read.

use crate::bank::{Bank, FROM, UNTIL};
use envelope::{
    AccountState, ActivationCode, DeviceStatement, Enrolment, GrantError, GrantFor, GrantTerms,
    GrantToOpen, Head, OpenError, PageError, Purpose, RelayKeys, SignatureError, Signer as _,
    Snapshot, SnapshotAccount, SoftwareKey, TrustError, TrustList, encode_page, open_page,
    open_rekey, pad, seal_grant, seal_page, unpad,
};
use proptest::prelude::*;
use protocol::{Body, Entry, EntryKind, Event, Message, MessageKind, ParseError, Rekey};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use types::{
    AccountKind, BalanceType, Balances, ChannelId, DeviceForm, DeviceId, Generation, Hash,
    KeyEpoch, MessageKey, Money, Nonce, Number, Role, Sequence,
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
        // What no reader knows is passed over on the way to the own grant.
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
    // A device that takes another's id still lacks its agreement key.
    let stolen = open_rekey(&message, &expected(devices[0].0, &key), &bank.trust).unwrap_err();
    assert_eq!(stolen, GrantError::GrantOfAnother);
}

#[test]
fn a_grant_is_for_what_it_says_only() {
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
fn a_stated_device_can_enrol_and_be_stated() {
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

fn booked(sequence: u64) -> Entry {
    let sequence = Sequence::new(sequence).unwrap();
    let account: types::AccountId = "576".parse().unwrap();
    let id = format!("entry {}", sequence.get()).parse().unwrap();
    Entry {
        account: Some(account.clone()),
        ..Entry::of_subject(
            id,
            EntryKind::Other("test".into()),
            (&account).into(),
            sequence,
            FROM,
        )
    }
}

#[test]
fn a_page_has_at_most_200_entries_of_its_account() {
    let bank = Bank::new();
    let key = MessageKey::new([4; 32]);
    let head = Head::start(CHANNEL, Generation::FIRST);
    let czk = "CZK".parse().unwrap();
    let full: Vec<_> = (1..=200).map(booked).collect();
    let contents =
        [full.clone(), [full, vec![booked(201)]].concat()].map(|entries| encode_page(&entries));
    let account = SnapshotAccount {
        account: "576".parse().unwrap(),
        state: AccountState {
            kind: AccountKind::Other("pension_plan".into()),
            role: Role::Owner,
            name: "Household".into(),
            currency: czk,
            balances: Balances::from([(BalanceType::Booked, Money::new(-5, czk))]),
        },
        sequence: Sequence::FIRST,
        pages: contents.iter().map(|content| Hash::of(content)).collect(),
    };
    let snapshot = Snapshot::seal(
        &head,
        FROM,
        (&key, KeyEpoch::FIRST),
        &[1; 12],
        std::slice::from_ref(&account),
    )
    .unwrap();
    let signed = snapshot.sign(&bank.head).unwrap();
    let snapshot = Snapshot::verify(&signed, CHANNEL, &bank.trust).unwrap();
    assert_eq!(snapshot.open(&key).unwrap(), std::slice::from_ref(&account));
    assert_eq!(
        snapshot.open(&MessageKey::new([5; 32])),
        Err(OpenError::DoesNotOpen)
    );

    let open = |page: u64, of: &str| {
        let at = (CHANNEL, snapshot.position());
        let place = usize::try_from(page).unwrap() - 1;
        let of = of.parse().unwrap();
        let sealed = seal_page(
            (&key, KeyEpoch::FIRST),
            at,
            (&of, page),
            &[2; 12],
            &contents[place],
        )
        .unwrap();
        open_page(&snapshot, &key, (&of, page), &account.pages[place], &sealed)
            .map(|entries| entries.len())
    };
    assert_eq!(open(1, "576"), Ok(200));
    assert_eq!(
        open(2, "576"),
        Err(PageError::Open(OpenError::Parse(ParseError::TooLong)))
    );
    assert!(open(1, "577").is_err(), "another account's entries");
}

#[test]
fn a_list_that_expired_stays_readable_and_proves_nothing_new() {
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
fn an_event_is_what_its_attributes_say() {
    let keys = RelayKeys::derive(&[6; 32], KeyEpoch::FIRST);
    let event = Event {
        entry: booked(3),
        holders: vec![("692".parse().unwrap(), Role::Owner)],
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
    fn any_payload_comes_out_of_its_padding(payload in prop::collection::vec(any::<u8>(), 0..4000)) {
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
