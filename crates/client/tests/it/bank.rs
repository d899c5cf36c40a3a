//! A bank: its keys, its books, and a broker that the test may turn hostile.

use crate::making::Made;
use crate::orders_bank::Orders;
use crate::persons_bank::Persons;
use bytes::Bytes;
use envelope::{
    AccountState, Head, Purpose, Signer as _, SoftwareKey, TrustList, TrustedKey, root_fingerprint,
};
use protocol::cbor::Map;
use protocol::http::{CheckpointAnswer, EnrolmentAnswer, PagesAnswer, Report, SnapshotAnswer};
use protocol::{Booking, Entry, EntryKind, Message, MessageKind};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use types::{
    AccountId, Balances, ChannelId, DeviceId, ErrorCode, Generation, Hash, Incarnation, KeyEpoch,
    MessageKey, Money, Number, Position, PublicKey, Sequence, SnapshotId, Time,
};

pub(crate) const START: u64 = 1_790_000_000_000;
pub(crate) const CODE: &str = "7K3M9QX2VB5TZD1H";
pub(crate) const CUSTOMER: &str = "1001";
/// The scalar of the key that signs vouchers.
const VOUCHER_KEY: u8 = 5;

pub(crate) fn account(name: &str) -> AccountId {
    name.parse().unwrap()
}

pub(crate) fn czk(minor_units: i64) -> Money {
    Money::new(minor_units, "CZK".parse().unwrap())
}

pub(crate) fn subject(name: &str) -> types::SubjectId {
    format!("account:{name}").parse().unwrap()
}

fn balances(minor_units: i64) -> Balances {
    [("booked".parse().unwrap(), czk(minor_units))].into()
}

/// The bank's books about an account.
#[derive(Clone)]
pub(crate) struct Held {
    pub(crate) state: AccountState,
    pub(crate) sequence: Sequence,
    pub(crate) booked: Vec<Entry>,
}

pub(crate) struct Reader {
    pub(crate) session: PublicKey,
    pub(crate) approval: PublicKey,
    pub(crate) agreement: PublicKey,
    pub(crate) removed: bool,
}

/// The broker's messages, and its behaviour.
#[derive(Default)]
pub(crate) struct Broker {
    /// By number: the first is message 1 of the generation.
    pub(crate) log: Vec<Bytes>,
    pub(crate) generation: u64,
    /// The oldest stored number.
    pub(crate) oldest: u64,
    pub(crate) down: bool,
    /// Whether a stream confirms completeness after the messages that the broker shows.
    pub(crate) silent: bool,
}

type Tamper<T> = Option<Box<dyn FnMut(&mut T)>>;

pub(crate) struct Bank {
    /// Milliseconds: the clock of both bank and phone.
    pub(crate) clock: Arc<AtomicU64>,
    pub(crate) root: SoftwareKey,
    pub(crate) head_key: SoftwareKey,
    pub(crate) grant_key: SoftwareKey,
    pub(crate) voucher_key: SoftwareKey,
    pub(crate) ephemeral: SoftwareKey,
    pub(crate) trust: TrustList,
    pub(crate) channel: ChannelId,
    pub(crate) head: Head,
    pub(crate) epoch: KeyEpoch,
    pub(crate) first_number: Number,
    pub(crate) keys: BTreeMap<KeyEpoch, MessageKey>,
    pub(crate) accounts: BTreeMap<AccountId, Held>,
    pub(crate) readers: BTreeMap<DeviceId, Reader>,
    pub(crate) grants: BTreeMap<(DeviceId, KeyEpoch), Vec<u8>>,
    pub(crate) log: Vec<Bytes>,
    pub(crate) broker: Broker,
    pub(crate) gateway_down: bool,
    pub(crate) public_url: String,
    /// The code with which every request with a token is refused.
    pub(crate) refuse: Option<ErrorCode>,
    /// Whether a report makes the bank start the next generation, as a report of a loss does.
    pub(crate) restart_on_report: bool,
    pub(crate) reports: Vec<Report>,
    pub(crate) tamper_checkpoint: Tamper<CheckpointAnswer>,
    pub(crate) tamper_snapshot: Tamper<SnapshotAnswer>,
    pub(crate) tamper_page: Tamper<PagesAnswer>,
    pub(crate) tamper_enrolment: Tamper<EnrolmentAnswer>,
    pub(crate) rng: StdRng,
    /// The books to which the sequences belong.
    pub(crate) incarnation: Incarnation,
    /// The newest of the customer's own events.
    pub(crate) customer: Sequence,
    /// The suffix of the ids of events, which distinguishes other books' events.
    pub(crate) told_apart: String,
    /// Number of the customer's payees of which nothing but the id is stated.
    pub(crate) payees: usize,
    /// The customer's payees, standing orders and pending orders, as arguments of their entries.
    pub(crate) payees_added: BTreeMap<String, Map>,
    pub(crate) standing: BTreeMap<String, Map>,
    pub(crate) pending: BTreeMap<String, Map>,
    pub(crate) orders: Orders,
    pub(crate) persons: Persons,
    /// Maximum bytes of parts or pages in an answer, beyond the first.
    pub(crate) answer_bytes_max: usize,
    /// The snapshots that were made, with their parts and pages.
    pub(crate) snapshots: BTreeMap<SnapshotId, Made>,
    /// Every signed message, with the hash before it.
    pub(crate) signed: BTreeMap<Position, (Hash, Message)>,
    /// Lifetime of tokens that contain one. `None`: tokens contain none.
    pub(crate) token_life_ms: Option<u64>,
    /// The time until which tokens are renewed.
    pub(crate) enrolment_ends: u64,
    pub(crate) code_used_by: Option<DeviceId>,
}

impl Bank {
    pub(crate) fn new() -> Self {
        let key = |byte: u8| SoftwareKey::from_bytes(&[byte; 32]).unwrap();
        let (root, head_key, grant_key) = (key(1), key(2), key(3));
        let trust = Self::list(1, &root, &head_key, &grant_key, u64::MAX >> 8);
        let channel = ChannelId::new([9; 16]);
        let mut bank = Self {
            clock: Arc::new(AtomicU64::new(START)),
            root,
            head_key,
            grant_key,
            voucher_key: key(VOUCHER_KEY),
            ephemeral: key(4),
            trust,
            channel,
            head: Head::start(channel, Generation::FIRST),
            epoch: KeyEpoch::FIRST,
            first_number: Number::FIRST,
            keys: [(KeyEpoch::FIRST, MessageKey::new([1; 32]))].into(),
            accounts: BTreeMap::new(),
            readers: BTreeMap::new(),
            grants: BTreeMap::new(),
            log: Vec::new(),
            broker: Broker {
                generation: 1,
                oldest: 1,
                ..Broker::default()
            },
            gateway_down: false,
            public_url: crate::network::PUBLIC_URL.to_owned(),
            refuse: None,
            restart_on_report: false,
            reports: Vec::new(),
            tamper_checkpoint: None,
            tamper_snapshot: None,
            tamper_page: None,
            tamper_enrolment: None,
            rng: StdRng::seed_from_u64(7),
            incarnation: Incarnation::new([1; 16]),
            customer: Sequence::ZERO,
            told_apart: String::new(),
            payees: 0,
            payees_added: BTreeMap::new(),
            standing: BTreeMap::new(),
            pending: BTreeMap::new(),
            orders: Orders::new(),
            persons: Persons::default(),
            answer_bytes_max: protocol::http::SEALED_BYTES_MAX,
            snapshots: BTreeMap::new(),
            signed: BTreeMap::new(),
            token_life_ms: None,
            enrolment_ends: u64::MAX,
            code_used_by: None,
        };
        bank.open("576");
        bank
    }

    /// A trust list of its two keys.
    pub(crate) fn list(
        version: u64,
        root: &SoftwareKey,
        head: &SoftwareKey,
        grant: &SoftwareKey,
        expires: u64,
    ) -> TrustList {
        let listed = |purpose, key: &SoftwareKey| TrustedKey {
            purpose,
            key: *key.public_key(),
            from: Time::from_ms(START - 1_000_000),
            until: Time::from_ms(START + 100_000_000_000),
        };
        let voucher = SoftwareKey::from_bytes(&[VOUCHER_KEY; 32]).unwrap();
        let keys = vec![
            listed(Purpose::Head, head),
            listed(Purpose::Grant, grant),
            listed(Purpose::Voucher, &voucher),
        ];
        let issued = Time::from_ms(START - 1_000_000);
        TrustList::sign(version, issued, Time::from_ms(expires), keys, root).unwrap()
    }

    pub(crate) fn printed_code(&self) -> String {
        format!("{CODE}-{}", root_fingerprint(self.root.public_key()))
    }

    pub(crate) fn time(&self) -> Time {
        Time::from_ms(self.clock.load(Ordering::Relaxed))
    }

    pub(crate) fn position(&self) -> Position {
        self.head.position()
    }

    pub(crate) fn message_key(&self) -> &MessageKey {
        &self.keys[&self.epoch]
    }

    /// Opens an account in the books, without an event.
    pub(crate) fn open(&mut self, name: &str) {
        let state = AccountState {
            kind: "current".parse().unwrap(),
            role: "owner".parse().unwrap(),
            name: format!("Account {name}"),
            currency: "CZK".parse().unwrap(),
            balances: balances(0),
        };
        let held = Held {
            state,
            sequence: Sequence::ZERO,
            booked: Vec::new(),
        };
        self.accounts.insert(account(name), held);
    }

    /// Books a transaction, without an event.
    pub(crate) fn book(&mut self, name: &str, amount: i64) -> Entry {
        let time = self.time();
        let held = self.accounts.get_mut(&account(name)).unwrap();
        held.sequence = held.sequence.next();
        let number = held.booked.len() as u64 + 1;
        let before = held.state.balances.values().next().unwrap().minor_units();
        held.state.balances = balances(before + amount);
        let booking = Booking {
            transaction: format!("{name}/{number}").parse().unwrap(),
            number,
            date: format!("2026-{:02}-24", number / 64 % 12 + 1)
                .parse()
                .unwrap(),
            amount: czk(amount),
            operation: "transfer_in".into(),
            purpose: Some(format!("purpose {number}")),
            counterparty_bank: None,
            counterparty_account: None,
            order: None,
            bank_reference: None,
        };
        let id = format!("event {name} {number}{}", self.told_apart);
        let entry = Entry {
            subject: Some((subject(name), held.sequence)),
            ..Entry::booked(
                id.parse().unwrap(),
                account(name),
                held.sequence,
                time,
                booking,
                held.state.balances.clone(),
            )
        };
        held.booked.push(entry.clone());
        entry
    }

    /// Books a transaction and sends it.
    pub(crate) fn post(&mut self, name: &str, amount: i64) -> Entry {
        let entry = self.book(name, amount);
        self.tell(&entry);
        entry
    }

    /// Numbers, seals and publishes an entry.
    pub(crate) fn tell(&mut self, entry: &Entry) {
        self.tell_bytes(&entry.encode());
    }

    pub(crate) fn tell_bytes(&mut self, entry: &[u8]) {
        let message = self.message(MessageKind::Entry, |bank, at| bank.seal(at, entry));
        self.publish(&message);
    }
}

/// A note of a kind that no version knows.
pub(crate) fn note(bank: &Bank, id: &str) -> Entry {
    let mut entry = Entry::of_notification(
        id.parse().unwrap(),
        EntryKind::Other("note".into()),
        bank.time(),
    );
    entry.fallback = Some("A note".into());
    entry
}
