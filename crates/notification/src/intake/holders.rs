//! Delivers events to their holders, in one transaction for each customer.

use crate::comparing::books::{self, Contradiction};
use crate::counters::Counts;
use crate::failure::chain;
use crate::intake::opened::Opened;
use crate::keys::epoch_key::EpochKey;
use crate::keys::key_set::KeySet;
use crate::numbering::message::{Numbered, Numbering};
use crate::store::inbox::{self, Waiting};
use crate::store::seen::{self, Seen};
use crate::store::{SubjectIndex, channel};
use crate::{Failure, Notification};
use database::{DatabaseError, Transaction};
use futures_util::future::join_all;
use std::collections::HashMap;
use std::sync::Arc;
use tracing::field::Empty;
use tracing::{Span, trace_span};
use types::{ChannelId, CustomerId, Generation, KeyEpoch, Number, Sequence, Time};

/// Maximum attempts of a unit of work when the key epoch changes meanwhile.
const TRIES_MAX: usize = 16;

/// The result of delivering an event. An event from pub/sub that a channel could not accept waits in the inbox. An
/// event that was fetched from the core bank has to be fetched again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// A holder's channel lacks earlier events, after this sequence.
    pub(crate) gap: Option<Sequence>,
    /// A holder's channel cannot accept events now: it is not ready, or cannot be sealed for.
    pub(crate) waiting: bool,
    /// A holder's channel has later events of the subject. Only the books can tell whether the channel has this event
    /// or a different one with the same sequence.
    pub(crate) overtaken: bool,
}

impl Verdict {
    const DONE: Self = Self {
        gap: None,
        waiting: false,
        overtaken: false,
    };
    const WAITING: Self = Self {
        waiting: true,
        ..Self::DONE
    };
    const OVERTAKEN: Self = Self {
        overtaken: true,
        ..Self::DONE
    };

    const fn lacks(after: Sequence) -> Self {
        Self {
            gap: Some(after),
            ..Self::DONE
        }
    }

    /// Whether every enrolled holder has the event.
    pub(crate) fn is_done(&self) -> bool {
        self.gap.is_none() && !self.waiting
    }

    /// Combines the results of two channels. The lowest missing sequence counts.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            gap: match (self.gap, other.gap) {
                (Some(one), Some(other)) => Some(one.min(other)),
                (one, other) => one.or(other),
            },
            waiting: self.waiting || other.waiting,
            overtaken: self.overtaken || other.overtaken,
        }
    }
}

/// An event for one channel.
struct Item {
    event: Arc<Opened>,
    /// The event's index in the batch.
    index: usize,
    introduced: bool,
    leaves: bool,
    ordered: bool,
    /// In which it is numbered.
    span: Span,
}

/// The result of one unit of work.
struct Given {
    verdicts: Vec<(usize, Verdict)>,
    generation: Generation,
    /// The newest number that the broker was known to have before.
    sent: Option<Number>,
    numbered: Vec<Numbered>,
    /// Whether the books contradict the channel.
    contradicted: bool,
}

enum NotGiven {
    /// The channel's key epoch changed.
    Epoch(KeyEpoch),
    Failed(Failure),
}

impl From<DatabaseError> for NotGiven {
    fn from(cause: DatabaseError) -> Self {
        Self::Failed(cause.into())
    }
}

impl From<Failure> for NotGiven {
    fn from(cause: Failure) -> Self {
        Self::Failed(cause)
    }
}

impl Notification {
    /// Delivers events to their enrolled holders: each customer's events in the given order, different customers
    /// concurrently. Events that a channel already has are dropped. After an error, some channels may have received
    /// their events: deliver all of them again. All events must be of the current books
    /// ([`is_current`](Self::is_current)).
    pub(crate) async fn give(&self, events: &[Arc<Opened>]) -> Result<Vec<Verdict>, Failure> {
        let books = self.books.read().await;
        if books.is_none() || events.iter().any(|event| event.incarnation != *books) {
            return Err(Failure::BooksChanged);
        }
        let channels = self.channels_of(events).await?;
        let mut items: HashMap<ChannelId, Vec<Item>> = HashMap::new();
        for (index, event) in events.iter().enumerate() {
            for holder in &event.holders {
                if let Some(channel) = channels.get(&holder.customer) {
                    items.entry(*channel).or_default().push(Item {
                        event: event.clone(),
                        index,
                        introduced: holder.introduced,
                        leaves: holder.leaves,
                        ordered: holder.ordered,
                        span: trace_span!(
                            target: types::ENTRY_SPANS,
                            "number",
                            subject = %event.subject,
                            sequence = event.sequence.get(),
                            %channel,
                            generation = Empty,
                            number = Empty,
                        ),
                    });
                }
            }
        }
        let units = items
            .into_iter()
            .map(|(channel, items)| self.give_or_wait(channel, Arc::new(items)));
        let mut verdicts = vec![Verdict::DONE; events.len()];
        // All are awaited even if one fails, because what was committed has to reach the publisher.
        let given: Vec<_> = join_all(units)
            .await
            .into_iter()
            .collect::<Result<_, _>>()?;
        for (index, verdict) in given.into_iter().flatten() {
            if let Some(total) = verdicts.get_mut(index) {
                *total = total.and(verdict);
            }
        }
        Ok(verdicts)
    }

    /// The channels of the enrolled holders.
    ///
    /// A customer without a channel at this read commits the channel later, and reads the core bank's snapshot later
    /// still. That snapshot contains these events, because they were committed before they arrived here.
    async fn channels_of(
        &self,
        events: &[Arc<Opened>],
    ) -> Result<HashMap<CustomerId, ChannelId>, Failure> {
        let mut channels = HashMap::new();
        let mut unknown = Vec::new();
        for holder in events.iter().flat_map(|event| &event.holders) {
            if channels.contains_key(&holder.customer) {
                continue;
            }
            match self.channels.get(&holder.customer) {
                Some(channel) => {
                    channels.insert(holder.customer.clone(), channel);
                }
                None => unknown.push((
                    holder.customer.clone(),
                    self.customer_index(&holder.customer),
                )),
            }
        }
        if unknown.is_empty() {
            return Ok(channels);
        }
        let found = self
            .database
            .read(async move |tx| {
                let mut found = Vec::new();
                for (customer, index) in &unknown {
                    if let Some(channel) = channel::of_customer(tx, index).await? {
                        found.push((customer.clone(), channel));
                    }
                }
                Ok::<_, Failure>(found)
            })
            .await?;
        for (customer, channel) in found {
            self.channels.put(customer.clone(), channel);
            channels.insert(customer, channel);
        }
        Ok(channels)
    }

    /// A channel that cannot be sealed for keeps its events waiting, raises an alarm, and delays no other channel.
    async fn give_or_wait(
        &self,
        channel: ChannelId,
        items: Arc<Vec<Item>>,
    ) -> Result<Vec<(usize, Verdict)>, Failure> {
        match self.give_channel(channel, &items).await {
            Err(failure) if failure.is_of_one_channel() => {
                let error = chain(&failure);
                tracing::error!(%channel, error, "a channel cannot accept events; they wait");
                let now = self.now();
                self.database
                    .write(async move |tx| wait_all(tx, channel, &items, now).await)
                    .await
            }
            given => given,
        }
    }

    async fn give_channel(
        &self,
        channel: ChannelId,
        items: &Arc<Vec<Item>>,
    ) -> Result<Vec<(usize, Verdict)>, Failure> {
        let mut epoch = match self.epochs.get(&channel) {
            Some(epoch) => epoch,
            None => self.epoch_of(channel).await?,
        };
        for _ in 0..TRIES_MAX {
            let key = self.current_key(channel, epoch).await?;
            let (items, keys, now) = (items.clone(), self.signing.current(), self.now());
            let found = [(channel, Contradiction::AnotherEvent)];
            let acts = self.contradictions(&found);
            let given = self
                .database
                .write(async move |tx| {
                    let given = give_in(tx, channel, &key, &items, &keys, now).await?;
                    if given.contradicted {
                        books::keep(tx, &acts).await?;
                    }
                    Ok::<_, NotGiven>(given)
                })
                .await;
            match given {
                Ok(given) => {
                    self.epochs.put(channel, epoch);
                    Counts::add(&self.counts.entries, given.numbered.len());
                    self.outbox
                        .offer(channel, given.generation, given.sent, given.numbered);
                    if given.contradicted {
                        self.alarm(&found);
                        self.compare_soon.notify_one();
                    }
                    return Ok(given.verdicts);
                }
                Err(NotGiven::Epoch(current)) => epoch = current,
                Err(NotGiven::Failed(failure)) => return Err(failure),
            }
        }
        Err(Failure::Contended)
    }

    async fn epoch_of(&self, channel: ChannelId) -> Result<KeyEpoch, Failure> {
        self.database
            .read(async move |tx| {
                let row = channel::find(tx, channel).await?;
                row.map(|row| row.epoch)
                    .ok_or(Failure::Broken("a channel is missing"))
            })
            .await
    }
}

/// The unit of work on one channel.
async fn give_in(
    tx: &mut Transaction<'_>,
    channel: ChannelId,
    key: &EpochKey,
    items: &[Item],
    keys: &KeySet,
    now: Time,
) -> Result<Given, NotGiven> {
    let mut row = channel::find(tx, channel)
        .await?
        .ok_or(Failure::Broken("a channel is missing"))?;
    let mut given = Given {
        verdicts: Vec::with_capacity(items.len()),
        generation: row.head.generation,
        sent: row.sent,
        numbered: Vec::new(),
        contradicted: false,
    };
    if row.contradicted {
        // A restart reads the books again. Until then no event of theirs is numbered.
        let done = items.iter().map(|item| (item.index, Verdict::DONE));
        given.verdicts = done.collect();
        return Ok(given);
    }
    if !row.ready {
        given.verdicts = wait_all(tx, channel, items, now).await?;
        return Ok(given);
    }
    if row.epoch != key.epoch {
        return Err(NotGiven::Epoch(row.epoch));
    }
    let numbering = Numbering {
        keys,
        time: row.time(now),
    };
    let mut followed: HashMap<SubjectIndex, Seen> = HashMap::new();
    for item in items {
        let event = &item.event;
        let seen = match followed.get(&event.index) {
            Some(seen) => Some(*seen),
            None => seen::find(tx, channel, event.index).await?,
        };
        let verdict = match turn(seen, item) {
            Turn::Past => Verdict::DONE,
            Turn::Overtaken => Verdict::OVERTAKEN,
            Turn::Contradicts => {
                given.contradicted = true;
                Verdict::DONE
            }
            // No further event of these books until the channel is restarted.
            Turn::Next if given.contradicted => Verdict::DONE,
            Turn::Next => {
                let numbered = numbering
                    .entry(tx, &mut row, key, event.entry_if(item.ordered))
                    .await?;
                item.span.record("generation", given.generation.get());
                item.span.record("number", numbered.number.get());
                given.numbered.push(numbered);
                let seen = Seen {
                    sequence: event.sequence,
                    holding: !item.leaves,
                    hash: Some(event.hash),
                };
                followed.insert(event.index, seen);
                Verdict::DONE
            }
            Turn::After(sequence) => {
                wait(tx, channel, item, now).await?;
                Verdict::lacks(sequence)
            }
        };
        given.verdicts.push((item.index, verdict));
    }
    for (subject, seen) in followed {
        seen::put(tx, channel, subject, seen).await?;
    }
    if !given.numbered.is_empty() {
        channel::advance(tx, &row).await?;
    }
    Ok(given)
}

/// Lets all events wait for a channel that cannot accept them now.
async fn wait_all(
    tx: &mut Transaction<'_>,
    channel: ChannelId,
    items: &[Item],
    now: Time,
) -> Result<Vec<(usize, Verdict)>, Failure> {
    let mut verdicts = Vec::with_capacity(items.len());
    for item in items {
        wait(tx, channel, item, now).await?;
        verdicts.push((item.index, Verdict::WAITING));
    }
    Ok(verdicts)
}

enum Turn {
    /// The channel has the event, or its customer did not hold the subject at that time.
    Past,
    /// The channel has later events of the subject.
    Overtaken,
    /// The channel has a different event with this sequence.
    Contradicts,
    /// The event is the next to number.
    Next,
    /// Events between this sequence and the event are missing.
    After(Sequence),
}

fn turn(seen: Option<Seen>, item: &Item) -> Turn {
    let sequence = item.event.sequence;
    match seen {
        Some(seen) if sequence < seen.sequence => Turn::Overtaken,
        Some(seen) if sequence == seen.sequence && seen.differs_from(item.event.hash) => {
            Turn::Contradicts
        }
        Some(seen) if sequence == seen.sequence => Turn::Past,
        // Events while the customer did not hold the subject are not theirs. A customer who holds it again starts with
        // the event that says so.
        Some(seen) if sequence == seen.sequence.next() || (item.introduced && !seen.holding) => {
            Turn::Next
        }
        Some(seen) => Turn::After(seen.sequence),
        None if item.introduced => Turn::Next,
        // The holder left before the first snapshot, so the channel never contained this subject.
        None if item.leaves => Turn::Past,
        None => Turn::After(Sequence::ZERO),
    }
}

/// Stores the event until the channel can accept it. An event that was fetched from the core bank is not stored: it is
/// fetched again.
async fn wait(
    tx: &mut Transaction<'_>,
    channel: ChannelId,
    item: &Item,
    now: Time,
) -> Result<(), DatabaseError> {
    let Some(source) = &item.event.source else {
        return Ok(());
    };
    let waiting = Waiting {
        channel,
        subject: item.event.index,
        sequence: item.event.sequence,
        event: source.clone(),
    };
    inbox::insert(tx, &waiting, now).await
}
