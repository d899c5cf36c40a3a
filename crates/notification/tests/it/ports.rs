//! The services behind notification's ports: the real ones, connected as the composition connects them, with injected
//! faults.

use crate::world::PATIENCE;
use async_trait::async_trait;
use broker::{Broker, PublishError};
use bytes::Bytes;
use channel_log::{ChannelHead, Read, ReadLimit};
use core_bank::{CoreBankError, OrderState, PayeeCheck, Placing, Target};
use notification::ports::{
    Delivery, DeviceStatements, EventSource, MessageBroker, Newest, NumberedStatement, PortError,
    Publication, Published, Revocation,
};
use order::{Creditor, Fee, Order, OrderKind, Reason};
use protocol::ChannelKind;
use protocol::http::AckDurability;
use pubsub::{EmbeddedPubSub, PartitionId};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use sandbox_bank::ports::{EventSink, SinkError};
use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use tokio::sync::Notify;
use types::{
    AccountId, ChannelId, Currency, CustomerId, Generation, IntentId, Number, Position, Rate, Role,
};

/// Fails calls at random, before or after the call is made, so that the caller does not know which.
pub(crate) struct Faults {
    rng: Mutex<StdRng>,
    one_in: AtomicUsize,
    /// Whether the next append panics.
    pub(crate) panics: AtomicBool,
    /// A channel of which all messages are refused.
    pub(crate) refused: Mutex<Option<ChannelId>>,
    /// Channels whose newest message was requested.
    pub(crate) compared: AtomicUsize,
}

impl Faults {
    pub(crate) fn none() -> Self {
        Self::of(0)
    }

    pub(crate) fn of(seed: u64) -> Self {
        Self {
            rng: Mutex::new(StdRng::seed_from_u64(seed)),
            one_in: AtomicUsize::new(0),
            panics: AtomicBool::new(false),
            refused: Mutex::default(),
            compared: AtomicUsize::new(0),
        }
    }

    /// From now on one call in `one_in` fails: none if 0, all if 1.
    pub(crate) fn set(&self, one_in: usize) {
        self.one_in.store(one_in, Ordering::SeqCst);
    }

    fn strike(&self) -> Result<(), PortError> {
        let one_in = self.one_in.load(Ordering::SeqCst);
        if one_in > 0 && self.rng.lock().unwrap().random_range(0..one_in) == 0 {
            return Err(PortError::new("broker", "a fault of the test"));
        }
        Ok(())
    }
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> PortError {
    PortError::new("neighbour", error)
}

/// The broker, as notification sees it.
pub(crate) struct Messages {
    pub(crate) broker: Broker,
    pub(crate) faults: Faults,
}

fn published(answer: Result<channel_log::Appended, PublishError>) -> Result<Published, PortError> {
    match answer {
        Ok(_) => Ok(Published::Stored(AckDurability::Fsync)),
        Err(PublishError::NotNext { newest: head } | PublishError::Generation { newest: head }) => {
            Ok(Published::Refused(newest(head)))
        }
        Err(PublishError::ChannelUnknown) => Ok(Published::ChannelUnknown),
        Err(PublishError::Unavailable(_) | PublishError::OutcomeUnknown(_)) => {
            Ok(Published::SendAgain)
        }
        Err(PublishError::Stopped(stopped)) => Err(failed(stopped)),
        Err(invalid) => Ok(Published::Invalid(invalid.to_string())),
    }
}

fn newest(head: ChannelHead) -> Newest {
    Newest {
        position: head.position,
        hash: head.hash,
    }
}

#[async_trait]
impl MessageBroker for Messages {
    async fn append(&self, publications: Vec<Publication>) -> Result<Vec<Published>, PortError> {
        assert!(
            !self.faults.panics.load(Ordering::SeqCst),
            "a panic of the test"
        );
        self.faults.strike()?;
        let refused = *self.faults.refused.lock().unwrap();
        let taken = publications.iter().map(|of| Some(of.channel) != refused);
        let taken: Vec<bool> = taken.collect();
        let publications = publications
            .into_iter()
            .filter(|publication| Some(publication.channel) != refused)
            .map(|publication| broker::Publication {
                channel: publication.channel,
                generation: publication.generation,
                message: publication.bytes,
            });
        let answers = self.broker.publish_many(publications.collect()).await;
        self.faults.strike()?;
        let mut answers = answers.into_iter();
        let answer = |taken| match taken {
            false => Ok(Published::Invalid("a fault of the test".to_owned())),
            true => published(answers.next().unwrap()),
        };
        taken.into_iter().map(answer).collect()
    }

    async fn read(
        &self,
        channel: ChannelId,
        after: Position,
        limit: usize,
    ) -> Result<Vec<Bytes>, PortError> {
        self.faults.strike()?;
        let limit = ReadLimit {
            records: limit,
            ..ReadLimit::default()
        };
        match self
            .broker
            .read(channel, after, limit)
            .await
            .map_err(failed)?
        {
            Read::Records { records, .. } => {
                Ok(records.into_iter().map(|record| record.bytes).collect())
            }
            _ => Ok(Vec::new()),
        }
    }

    async fn newest(&self, channels: &[ChannelId]) -> Result<Vec<Option<Newest>>, PortError> {
        self.faults.strike()?;
        self.faults
            .compared
            .fetch_add(channels.len(), Ordering::SeqCst);
        let mut answers = Vec::new();
        for channel in channels {
            answers.push(self.broker.head(*channel).await.ok().map(newest));
        }
        Ok(answers)
    }

    async fn restart(&self, channel: ChannelId, generation: Generation) -> Result<(), PortError> {
        self.faults.strike()?;
        let opened = self.broker.open(channel, ChannelKind::Customer).await;
        let mut at = opened.map_err(failed)?.position.generation;
        while at < generation {
            let restarted = self.broker.restart(channel, at.next()).await;
            at = restarted.map_err(failed)?.position.generation;
        }
        Ok(())
    }
}

/// Both sides of a pub/sub. Events that the relay publishes can be lost.
pub(crate) struct Events {
    pub(crate) queue: EmbeddedPubSub,
    pub(crate) losing: AtomicBool,
}

fn partition(index: usize) -> PartitionId {
    PartitionId(index.try_into().unwrap())
}

#[async_trait]
impl EventSource for Events {
    fn partitions(&self) -> usize {
        self.queue.partitions().count()
    }

    async fn next(&self, index: usize, max: usize) -> Result<Vec<Delivery>, PortError> {
        let deliveries = self.queue.next(partition(index), max).await;
        let delivery = |delivery: pubsub::Delivery| Delivery {
            position: delivery.number.get(),
            event: delivery.event,
        };
        Ok(deliveries
            .map_err(failed)?
            .into_iter()
            .map(delivery)
            .collect())
    }

    async fn acknowledge(&self, index: usize, positions: &[u64]) -> Result<(), PortError> {
        let numbers: Vec<_> = positions
            .iter()
            .map(|position| Number::new(*position).unwrap())
            .collect();
        let done = self.queue.acknowledge(partition(index), &numbers).await;
        done.map_err(failed)
    }
}

#[async_trait]
impl EventSink for Events {
    async fn publish(&self, events: &[protocol::CloudEvent]) -> Result<(), SinkError> {
        if self.losing.load(Ordering::SeqCst) {
            return Ok(());
        }
        let published = self.queue.publish(events).await;
        published.map_err(|error| SinkError(Box::new(error)))
    }
}

/// A pub/sub of one partition that delivers the test's events in the test's batches and order.
#[derive(Default)]
pub(crate) struct Script {
    batches: Mutex<VecDeque<Vec<Bytes>>>,
    more: Notify,
    handed: AtomicUsize,
    pub(crate) acknowledged: Mutex<Vec<u64>>,
}

impl Script {
    pub(crate) fn hand(&self, batch: Vec<Bytes>) {
        self.batches.lock().unwrap().push_back(batch);
        self.more.notify_one();
    }

    pub(crate) fn is_done(&self) -> bool {
        let acknowledged = self.acknowledged.lock().unwrap().len();
        self.batches.lock().unwrap().is_empty()
            && acknowledged == self.handed.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl EventSource for Script {
    fn partitions(&self) -> usize {
        1
    }

    async fn next(&self, _partition: usize, _max: usize) -> Result<Vec<Delivery>, PortError> {
        loop {
            let batch = {
                let mut batches = self.batches.lock().unwrap();
                let batch = batches.pop_front();
                let length = batch.as_ref().map_or(0, Vec::len);
                let first = self.handed.fetch_add(length, Ordering::SeqCst);
                batch.map(|batch| (first, batch))
            };
            if let Some((first, batch)) = batch {
                let positions = u64::try_from(first).unwrap()..;
                return Ok(positions
                    .zip(batch)
                    .map(|(position, event)| Delivery { position, event })
                    .collect());
            }
            self.more.notified().await;
        }
    }

    async fn acknowledge(&self, _partition: usize, positions: &[u64]) -> Result<(), PortError> {
        self.acknowledged
            .lock()
            .unwrap()
            .extend_from_slice(positions);
        Ok(())
    }
}

/// ciam's statements, in memory.
#[derive(Default)]
pub(crate) struct Desk {
    statements: Mutex<Vec<NumberedStatement>>,
    revocations: Mutex<Vec<Revocation>>,
}

impl Desk {
    pub(crate) fn next_number(&self) -> u64 {
        let statements = self.statements.lock().unwrap().len();
        let revocations = self.revocations.lock().unwrap().len();
        u64::try_from(statements + revocations + 1).unwrap()
    }

    pub(crate) fn state(&self, number: u64, statement: Vec<u8>) {
        self.statements
            .lock()
            .unwrap()
            .push(NumberedStatement { number, statement });
    }

    pub(crate) fn revoke(&self, revocation: Revocation) {
        self.revocations.lock().unwrap().push(revocation);
    }
}

#[async_trait]
impl DeviceStatements for Desk {
    async fn statements_after(
        &self,
        number: u64,
        limit: usize,
    ) -> Result<Vec<NumberedStatement>, PortError> {
        let statements = self.statements.lock().unwrap();
        let after = statements.iter().filter(|stated| stated.number > number);
        Ok(after.take(limit).cloned().collect())
    }

    async fn revocations_after(
        &self,
        number: u64,
        limit: usize,
    ) -> Result<Vec<Revocation>, PortError> {
        let revocations = self.revocations.lock().unwrap();
        let after = revocations.iter().filter(|revoked| revoked.number > number);
        Ok(after.take(limit).copied().collect())
    }
}

/// The core bank, which sometimes does not answer, and which a test can block.
pub(crate) struct Bank {
    pub(crate) bank: sandbox_bank::SandboxBank,
    pub(crate) down: AtomicBool,
    /// Whether requests for snapshots fail.
    pub(crate) no_snapshots: AtomicBool,
    /// A subject for which requests for events fail.
    pub(crate) withheld: Mutex<Option<types::SubjectId>>,
    /// An event that is returned with more content than a message can contain.
    pub(crate) oversized: Mutex<Option<(types::SubjectId, types::Sequence)>>,
    /// A gate for a snapshot after it was read.
    pub(crate) snapshots: Gate,
    /// The next answer, instead of the current state of the books, as from a replica that lags.
    pub(crate) old_snapshots: Mutex<VecDeque<core_bank::CustomerSnapshot>>,
    /// Number of booked entries returned.
    pub(crate) read: AtomicUsize,
    /// Number of requests for booked entries that still succeed.
    pub(crate) histories: AtomicUsize,
    /// Number of requests for events, of one subject or of several.
    pub(crate) questions: AtomicUsize,
    /// A gate before a page of heads is returned.
    pub(crate) heads: Gate,
}

/// A gate that is open until it is armed. The next caller is then observed, and waits until the gate is opened.
#[derive(Default)]
pub(crate) struct Gate {
    armed: AtomicBool,
    arrived: Notify,
    passed: Notify,
}

impl Gate {
    pub(crate) fn arm(&self) {
        self.armed.store(true, Ordering::SeqCst);
    }

    pub(crate) async fn wait_for_arrival(&self) {
        let arrived = tokio::time::timeout(PATIENCE, self.arrived.notified()).await;
        arrived.expect("a caller at the gate");
    }

    pub(crate) fn open(&self) {
        self.passed.notify_one();
    }

    async fn pass(&self) {
        if self.armed.swap(false, Ordering::SeqCst) {
            self.arrived.notify_one();
            self.passed.notified().await;
        }
    }
}

impl Bank {
    pub(crate) fn of(bank: sandbox_bank::SandboxBank) -> std::sync::Arc<Self> {
        std::sync::Arc::new(Self {
            bank,
            down: AtomicBool::new(false),
            no_snapshots: AtomicBool::new(false),
            withheld: Mutex::default(),
            oversized: Mutex::default(),
            snapshots: Gate::default(),
            old_snapshots: Mutex::default(),
            read: AtomicUsize::new(0),
            histories: AtomicUsize::new(usize::MAX),
            questions: AtomicUsize::new(0),
            heads: Gate::default(),
        })
    }

    fn asked(&self) -> Result<&sandbox_bank::SandboxBank, core_bank::CoreBankError> {
        if self.down.load(Ordering::SeqCst) {
            return Err(core_bank::CoreBankError::Unavailable(
                "a fault of the test".into(),
            ));
        }
        Ok(&self.bank)
    }
}

impl Bank {
    async fn events_of(
        &self,
        subject: &types::SubjectId,
        after: types::Sequence,
        limit: usize,
    ) -> Result<Vec<protocol::Event>, core_bank::CoreBankError> {
        let bank = self.asked()?;
        if self.withheld.lock().unwrap().as_ref() == Some(subject) {
            return Err(core_bank::CoreBankError::Unavailable(
                "a fault of the test".into(),
            ));
        }
        let mut events = core_bank::CoreBank::events_after(bank, subject, after, limit).await?;
        for event in &mut events {
            if *self.oversized.lock().unwrap() == event.entry.subject {
                event.entry.fallback = Some("x".repeat(70_000));
            }
        }
        Ok(events)
    }
}

#[async_trait]
impl core_bank::CoreBank for Bank {
    async fn events_after(
        &self,
        subject: &types::SubjectId,
        after: types::Sequence,
        limit: usize,
    ) -> Result<Vec<protocol::Event>, core_bank::CoreBankError> {
        self.questions.fetch_add(1, Ordering::SeqCst);
        self.events_of(subject, after, limit).await
    }

    async fn events_of_each(
        &self,
        subjects: &[(types::SubjectId, types::Sequence)],
        limit: usize,
    ) -> Result<Vec<Vec<protocol::Event>>, core_bank::CoreBankError> {
        self.questions.fetch_add(1, Ordering::SeqCst);
        let mut answers = Vec::new();
        for (subject, after) in subjects {
            answers.push(self.events_of(subject, *after, limit).await?);
        }
        Ok(answers)
    }

    async fn heads(
        &self,
        after: core_bank::HeadsCursor,
        limit: usize,
    ) -> Result<core_bank::Heads, core_bank::CoreBankError> {
        let heads = self.asked()?.heads(after, limit).await;
        if limit > 1 {
            self.heads.pass().await;
        }
        heads
    }

    /// Reads first and waits afterwards, so that the answer may be old.
    async fn snapshot(
        &self,
        customer: &types::CustomerId,
    ) -> Result<core_bank::CustomerSnapshot, core_bank::CoreBankError> {
        let bank = self.asked()?;
        if self.no_snapshots.load(Ordering::SeqCst) {
            return Err(core_bank::CoreBankError::Unavailable(
                "a fault of the test".into(),
            ));
        }
        if let Some(old) = self.old_snapshots.lock().unwrap().pop_front() {
            return Ok(old);
        }
        let snapshot = bank.snapshot(customer).await;
        self.snapshots.pass().await;
        snapshot
    }

    async fn history(
        &self,
        account: &types::AccountId,
        after: u64,
        through: u64,
        limit: usize,
    ) -> Result<core_bank::History, core_bank::CoreBankError> {
        let bank = self.asked()?;
        let one_less = |left: usize| left.checked_sub(1);
        let (set, read) = (Ordering::SeqCst, Ordering::SeqCst);
        if self.histories.fetch_update(set, read, one_less).is_err() {
            return Err(core_bank::CoreBankError::Unavailable(
                "a fault of the test".into(),
            ));
        }
        let history = bank.history(account, after, through, limit).await?;
        self.read.fetch_add(history.entries.len(), Ordering::SeqCst);
        Ok(history)
    }

    async fn holders(
        &self,
        account: &types::AccountId,
    ) -> Result<Vec<(types::CustomerId, types::Role)>, core_bank::CoreBankError> {
        self.asked()?.holders(account).await
    }

    async fn place(&self, placing: Placing) -> Result<OrderState, CoreBankError> {
        self.asked()?.place(placing).await
    }

    async fn stop_orders(&self, customer: &CustomerId, number: u64) -> Result<u64, CoreBankError> {
        self.asked()?.stop_orders(customer, number).await
    }

    async fn resume_orders(&self, customer: &CustomerId, number: u64) -> Result<(), CoreBankError> {
        self.asked()?.resume_orders(customer, number).await
    }

    async fn order_state(
        &self,
        customer: &CustomerId,
        intent: IntentId,
    ) -> Result<Option<OrderState>, CoreBankError> {
        self.asked()?.order_state(customer, intent).await
    }

    async fn target(
        &self,
        customer: &CustomerId,
        kind: OrderKind,
        target: &str,
    ) -> Result<Target, CoreBankError> {
        self.asked()?.target(customer, kind, target).await
    }

    async fn role(
        &self,
        customer: &CustomerId,
        account: &AccountId,
    ) -> Result<Option<Role>, CoreBankError> {
        self.asked()?.role(customer, account).await
    }

    async fn examine(
        &self,
        customer: &CustomerId,
        order: &Order,
    ) -> Result<Option<Reason>, CoreBankError> {
        self.asked()?.examine(customer, order).await
    }

    async fn check_payee(&self, creditor: &Creditor) -> Result<PayeeCheck, CoreBankError> {
        self.asked()?.check_payee(creditor).await
    }

    async fn fees(&self) -> Result<Vec<Fee>, CoreBankError> {
        self.asked()?.fees().await
    }

    async fn rate(&self, from: Currency, to: Currency) -> Result<Option<Rate>, CoreBankError> {
        self.asked()?.rate(from, to).await
    }
}
