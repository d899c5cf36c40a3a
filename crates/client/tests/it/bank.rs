//! A bank: its keys, its books, one customer's channel, and a broker that the test may turn against the device.

use crate::making::Made;
use bytes::Bytes;
use envelope::{
    AccountState, Checkpoint, Enrolment, GrantTerms, Head, Purpose, Signer as _, SoftwareKey,
    TrustList, TrustedKey, root_fingerprint, seal_entry, seal_grant,
};
use protocol::http::{
    Challenge, ChannelGiven, CheckpointAnswer, CheckpointRequest, EnrolmentAnswer,
    EnrolmentRequest, PagesAnswer, PullAnswer, Report, SnapshotAnswer, SnapshotRequest,
    TrustAnswer,
};
use protocol::{Body, Booking, ChannelKind, Entry, EntryKind, Message, MessageKind, Rekey};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use types::{
    AccountId, Balances, ChannelId, CustomerId, DeviceId, ErrorCode, Generation, Hash, Incarnation,
    KeyEpoch, MessageKey, Money, Nonce, Number, Position, PublicKey, Sequence, SnapshotId, Time,
};

pub(crate) const START: u64 = 1_790_000_000_000;
pub(crate) const CODE: &str = "7K3M9QX2VB5TZD1H";
pub(crate) const CUSTOMER: &str = "1001";

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

/// What the bank's books hold of an account.
#[derive(Clone)]
pub(crate) struct Held {
    pub(crate) state: AccountState,
    pub(crate) sequence: Sequence,
    pub(crate) booked: Vec<Entry>,
}

pub(crate) struct Reader {
    pub(crate) session: PublicKey,
    pub(crate) agreement: PublicKey,
    pub(crate) removed: bool,
}

/// What the broker holds, and how it behaves.
#[derive(Default)]
pub(crate) struct Broker {
    /// By number: the first is message 1 of the generation.
    pub(crate) log: Vec<Bytes>,
    pub(crate) generation: u64,
    /// The oldest number that is left.
    pub(crate) oldest: u64,
    pub(crate) down: bool,
    /// Whether a stream says that the reader has everything when it has all that the broker shows.
    pub(crate) silent: bool,
}

type Tamper<T> = Option<Box<dyn FnMut(&mut T)>>;

pub(crate) struct Bank {
    /// Milliseconds: the one clock of bank and phone.
    pub(crate) clock: Arc<AtomicU64>,
    pub(crate) root: SoftwareKey,
    pub(crate) head_key: SoftwareKey,
    pub(crate) grant_key: SoftwareKey,
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
    /// What every request with a token is refused with.
    pub(crate) refuse: Option<ErrorCode>,
    /// Whether a report makes the bank begin the next generation, as one that shows a loss does.
    pub(crate) restart_on_report: bool,
    pub(crate) reports: Vec<Report>,
    pub(crate) tamper_checkpoint: Tamper<CheckpointAnswer>,
    pub(crate) tamper_snapshot: Tamper<SnapshotAnswer>,
    pub(crate) tamper_page: Tamper<PagesAnswer>,
    pub(crate) tamper_enrolment: Tamper<EnrolmentAnswer>,
    pub(crate) rng: StdRng,
    /// The books that the sequences belong to.
    pub(crate) incarnation: Incarnation,
    /// The newest of the customer's own events.
    pub(crate) customer: Sequence,
    /// What the ids of events end with, so that those of other books are others.
    pub(crate) told_apart: String,
    /// How many payees the customer has.
    pub(crate) payees: usize,
    /// How many bytes of parts or pages an answer has at most, beyond its first.
    pub(crate) answer_bytes_max: usize,
    /// The snapshots that were made, with what is asked for of them.
    pub(crate) snapshots: BTreeMap<SnapshotId, Made>,
    /// Every message that was signed, with the hash before it.
    pub(crate) signed: BTreeMap<Position, (Hash, Message)>,
    code_used_by: Option<DeviceId>,
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
            answer_bytes_max: protocol::http::SEALED_BYTES_MAX,
            snapshots: BTreeMap::new(),
            signed: BTreeMap::new(),
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
        let keys = vec![listed(Purpose::Head, head), listed(Purpose::Grant, grant)];
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

    /// Opens an account in the books; nobody is told.
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

    /// Books a transaction; nobody is told.
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

    pub(crate) fn seal(&mut self, at: Position, entry: &[u8]) -> Vec<u8> {
        let mut iv = [0; 12];
        self.rng.fill_bytes(&mut iv);
        seal_entry(
            (self.message_key(), self.epoch),
            self.channel,
            at,
            &iv,
            entry,
        )
        .unwrap()
    }

    /// The next message, signed; the head moves to it.
    pub(crate) fn message(
        &mut self,
        kind: MessageKind,
        body: impl FnOnce(&mut Self, Position) -> Vec<u8>,
    ) -> Message {
        let number = self.head.number.next();
        let body = body(self, Position::new(self.head.generation, number));
        let message = Message {
            number,
            kind,
            time: self.time().max(self.head.time),
            expires: None,
            body: Body::Bytes(body.into()),
            signature: Bytes::new(),
        };
        self.signed(message)
    }

    /// Signs the head that the message makes, and moves to it.
    pub(crate) fn signed(&mut self, mut message: Message) -> Message {
        let before = self.head.hash;
        self.head = self.head.after(&message);
        message.signature = self.head.sign(&self.head_key).unwrap().into();
        let made = (before, message.clone());
        self.signed.insert(self.head.position(), made);
        message
    }

    pub(crate) fn publish(&mut self, message: &Message) {
        let bytes: Bytes = message.encode().into();
        self.log.push(bytes.clone());
        self.broker.log.push(bytes);
    }

    /// A new key epoch, with grants for all readers that are left.
    pub(crate) fn rekey(&mut self) {
        let message = self.rekey_message(|_| {});
        self.publish(&message);
    }

    pub(crate) fn rekey_message(&mut self, tamper: impl FnOnce(&mut Vec<Vec<u8>>)) -> Message {
        let epoch = self.epoch.next();
        self.keys
            .insert(epoch, MessageKey::new([epoch.get() as u8; 32]));
        let first_number = self.head.number.next().next();
        self.first_number = first_number;
        let left: Vec<_> = self
            .readers
            .iter()
            .filter(|(_, reader)| !reader.removed)
            .map(|(id, _)| *id)
            .collect();
        let mut grants: Vec<Vec<u8>> = left
            .into_iter()
            .map(|device| self.grant_for(device, epoch, first_number))
            .collect();
        tamper(&mut grants);
        let message = self.message(MessageKind::Rekey, |_, _| {
            Rekey { epoch, grants }.encode().unwrap()
        });
        self.epoch = epoch;
        message
    }

    pub(crate) fn grant_for(
        &mut self,
        device: DeviceId,
        epoch: KeyEpoch,
        first_number: Number,
    ) -> Vec<u8> {
        let agreement = self.readers[&device].agreement;
        let terms = self.terms(device, epoch, first_number);
        let key = self.keys[&epoch].clone();
        let grant = seal_grant(&terms, &agreement, &key, &self.grant_key, &mut self.rng).unwrap();
        self.grants.insert((device, epoch), grant.clone());
        grant
    }

    pub(crate) fn terms(
        &self,
        device: DeviceId,
        epoch: KeyEpoch,
        first_number: Number,
    ) -> GrantTerms {
        GrantTerms {
            channel: self.channel,
            generation: self.head.generation,
            device,
            agreement: self.readers[&device].agreement.thumbprint(),
            epoch,
            first_number,
            time: self.time(),
        }
    }

    fn current_grant(&mut self, device: DeviceId) -> Vec<u8> {
        match self.grants.get(&(device, self.epoch)) {
            Some(grant) => grant.clone(),
            None => self.grant_for(device, self.epoch, self.first_number),
        }
    }

    /// Removes a device: a rekey without it, and the entry that the others see.
    pub(crate) fn revoke(&mut self, device: DeviceId) {
        self.readers.get_mut(&device).unwrap().removed = true;
        self.rekey();
        let id = format!("device.removed/{device}").parse().unwrap();
        let entry = Entry::device_removed(id, self.time(), device);
        self.tell(&entry);
    }

    /// Begins the next generation with a key of its own.
    pub(crate) fn restart(&mut self) {
        let generation = self.head.generation.next();
        self.epoch = KeyEpoch::new(self.epoch.get() + 1_024).unwrap();
        self.first_number = Number::FIRST;
        self.keys.insert(self.epoch, MessageKey::new([77; 32]));
        self.head = Head::start(self.channel, generation);
        self.log.clear();
        self.broker.log.clear();
        self.broker.generation = generation.get();
        self.broker.oldest = 1;
    }

    // What the services answer.

    pub(crate) fn trust_answer(&self) -> TrustAnswer {
        let stranger = SoftwareKey::from_bytes(&[99; 32]).unwrap();
        TrustAnswer {
            trust: self.trust.as_bytes().to_vec().into(),
            roots: vec![*stranger.public_key(), *self.root.public_key()],
            public_url: self.public_url.clone(),
        }
    }

    pub(crate) fn challenge(&self) -> Challenge {
        Challenge {
            nonce: Nonce::new([5; 16]),
            ephemeral: *self.ephemeral.public_key(),
        }
    }

    pub(crate) fn enrol(
        &mut self,
        request: &EnrolmentRequest,
    ) -> Result<EnrolmentAnswer, ErrorCode> {
        let Challenge { nonce, ephemeral } = self.challenge();
        let (enrolment, code) =
            Enrolment::verify(request, nonce, &ephemeral, |key| self.ephemeral.agree(key))
                .map_err(|_| ErrorCode::EnrolmentInvalid)?;
        let customer: CustomerId = CUSTOMER.parse().unwrap();
        if code.expose() != CODE || enrolment.customer != customer {
            return Err(ErrorCode::CodeInvalid);
        }
        let device = enrolment.device;
        if self.code_used_by.is_some_and(|other| other != device) {
            return Err(ErrorCode::CodeUsed);
        }
        self.code_used_by = Some(device);
        let known = self.readers.insert(
            device,
            Reader {
                session: enrolment.session,
                agreement: enrolment.agreement,
                removed: false,
            },
        );
        if known.is_none() {
            let id = format!("device.added/{device}").parse().unwrap();
            let entry = Entry::device_added(id, self.time(), device);
            self.tell(&entry);
        }
        let grant = self.current_grant(device).into();
        let snapshot = self.signed_snapshot(None);
        let mut answer = EnrolmentAnswer {
            device,
            channel_token: format!("token-of-{device}"),
            channels: vec![ChannelGiven {
                channel: self.channel,
                kind: ChannelKind::Customer,
                generation: self.head.generation,
            }],
            grant,
            trust: self.trust.as_bytes().to_vec().into(),
            snapshot,
        };
        if let Some(tamper) = &mut self.tamper_enrolment {
            tamper(&mut answer);
        }
        Ok(answer)
    }

    /// Lets the code enrol one more device.
    pub(crate) fn renew_code(&mut self) {
        self.code_used_by = None;
    }

    pub(crate) fn checkpoint_at(&self, head: &Head, nonce: Nonce) -> Vec<u8> {
        let checkpoint = Checkpoint {
            channel: self.channel,
            generation: head.generation,
            number: head.number,
            hash: head.hash,
            epoch: self.epoch,
            time: self.time().max(head.time),
            nonce,
        };
        checkpoint.sign(&self.head_key).unwrap()
    }

    pub(crate) fn checkpoint(
        &mut self,
        device: DeviceId,
        request: &CheckpointRequest,
    ) -> Result<CheckpointAnswer, ErrorCode> {
        self.reader(device)?;
        let lacking = request.epoch != Some(self.epoch);
        let mut answer = CheckpointAnswer {
            checkpoint: self.checkpoint_at(&self.head, request.nonce).into(),
            grant: lacking.then(|| self.current_grant(device).into()),
            trust: self.newer_trust(request.trust_version),
        };
        if let Some(tamper) = &mut self.tamper_checkpoint {
            tamper(&mut answer);
        }
        Ok(answer)
    }

    fn newer_trust(&self, version: Option<u64>) -> Option<protocol::Base64UrlBytes> {
        (version.is_none_or(|version| version < self.trust.version()))
            .then(|| self.trust.as_bytes().to_vec().into())
    }

    pub(crate) fn reader(&self, device: DeviceId) -> Result<(), ErrorCode> {
        match self.readers.get(&device) {
            Some(reader) if !reader.removed => Ok(()),
            _ => Err(ErrorCode::DeviceRevoked),
        }
    }

    pub(crate) fn snapshot(
        &mut self,
        device: DeviceId,
        request: &SnapshotRequest,
    ) -> Result<SnapshotAnswer, ErrorCode> {
        self.reader(device)?;
        let lacking = request.epoch != Some(self.epoch);
        let mut answer = SnapshotAnswer {
            snapshot: self.signed_snapshot(Some(request.nonce)),
            grant: lacking.then(|| self.current_grant(device).into()),
            trust: self.newer_trust(request.trust_version),
        };
        if let Some(tamper) = &mut self.tamper_snapshot {
            tamper(&mut answer);
        }
        Ok(answer)
    }

    pub(crate) fn pull(&self, after: Position, limit: usize) -> PullAnswer {
        let generation = Generation::new(self.broker.generation).unwrap();
        let newest = Number::new(self.broker.log.len() as u64).unwrap();
        let number = after.number.get();
        if after.generation != generation {
            return PullAnswer::Generation { generation };
        }
        if after.number > newest {
            return PullAnswer::Ahead { generation, newest };
        }
        if number + 1 < self.broker.oldest {
            let oldest = Number::new(self.broker.oldest).unwrap();
            return PullAnswer::Trimmed { generation, oldest };
        }
        let messages = self
            .broker
            .log
            .iter()
            .skip(number as usize)
            .take(limit)
            .cloned()
            .collect();
        PullAnswer::Messages {
            generation,
            newest,
            messages,
        }
    }

    /// What was reported, by its names.
    pub(crate) fn reported(&self) -> Vec<String> {
        self.reports
            .iter()
            .map(|report| report.reason.clone().unwrap())
            .collect()
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
