//! The queue.

use crate::consumer::{Delivery, Progress};
use crate::{PartitionId, PubSubError};
use channel_log::{
    Append, AppendError, Appended, ChannelLog, LogChannelKind, LogError, Read, ReadLimit,
    Unavailable, Watch,
};
use envelope::event_id_hash;
use protocol::CloudEvent;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, MutexGuard};
use types::{Number, Position};

/// How often publishing assigns numbers again after an earlier publisher was dropped during its append.
const NUMBERINGS_MAX: usize = 8;

/// How long an append of unknown outcome waits before it is sent again. The wait doubles each time, up to
/// [`RETRY_LAST`].
const RETRY_FIRST: Duration = Duration::from_millis(50);
const RETRY_LAST: Duration = Duration::from_secs(2);

/// Maximum unacknowledged events per partition. At the limit, publishing fails with [`PubSubError::Full`]. Some tens of
/// megabytes.
const UNACKNOWLEDGED_MAX: u64 = 65_536;

struct Partition {
    id: PartitionId,
    /// Locked while numbers are assigned, so that there is one writer.
    publishing: Mutex<()>,
    /// Locked while a consumer waits for the next events, so that they are delivered once. `None` before the first
    /// read, and after the log lost the registration.
    receiving: Mutex<Option<Watch>>,
    progress: Mutex<Progress>,
}

/// A queue of events on a channel log, in a fixed number of partitions.
pub struct EmbeddedPubSub {
    log: Arc<dyn ChannelLog>,
    partitions: Vec<Partition>,
    count: u16,
    unacknowledged_max: u64,
}

impl EmbeddedPubSub {
    /// Opens the queue on a log of its own. Events that were not acknowledged in an earlier run are delivered again.
    ///
    /// The number of partitions may grow while nothing is queued. It must not change otherwise, because a subject's
    /// events would be in two partitions.
    pub async fn open(log: Arc<dyn ChannelLog>, partition_count: u16) -> Result<Self, PubSubError> {
        let mut partitions = Vec::new();
        let count = partition_count.max(1);
        for id in (0..count).map(PartitionId) {
            let head = log.open(id.channel(), LogChannelKind::Queue).await?;
            let start = Position::new(head.position.generation, Number::ZERO);
            let limit = ReadLimit {
                records: 1,
                bytes: 1,
            };
            let trimmed = match log.read(id.channel(), start, limit).await? {
                Read::Trimmed { oldest, .. } => before(oldest),
                _ => Number::ZERO,
            };
            partitions.push(Partition {
                id,
                publishing: Mutex::new(()),
                receiving: Mutex::new(None),
                progress: Mutex::new(Progress::after(Position::new(start.generation, trimmed))),
            });
        }
        Ok(Self {
            log,
            partitions,
            count,
            unacknowledged_max: UNACKNOWLEDGED_MAX,
        })
    }

    /// Sets another maximum of unacknowledged events per partition than 65,536.
    #[must_use]
    pub fn with_unacknowledged_max(mut self, max: u64) -> Self {
        self.unacknowledged_max = max;
        self
    }

    /// Every partition.
    pub fn partitions(&self) -> impl Iterator<Item = PartitionId> + '_ {
        self.partitions.iter().map(|partition| partition.id)
    }

    fn partition(&self, id: PartitionId) -> Result<&Partition, PubSubError> {
        self.partitions
            .get(usize::from(id.0))
            .ok_or(PubSubError::NoSuchPartition(id))
    }

    /// Stores events, each after the earlier ones of its subject. Returns when all are durable. After an error some may
    /// be stored: publish all of them again. If a partition has its maximum of unacknowledged events, nothing is stored
    /// ([`PubSubError::Full`]). One call may exceed the maximum, so that a large call is never refused for ever.
    ///
    /// If the log is unavailable, the error says so and nothing is stored. If the log does not know whether it stored
    /// events, the same records are sent again until it does.
    pub async fn publish(&self, events: &[CloudEvent]) -> Result<(), PubSubError> {
        let mut by_partition: BTreeMap<PartitionId, Vec<&CloudEvent>> = BTreeMap::new();
        for event in events {
            by_partition
                .entry(PartitionId::of(&event.subject, self.count))
                .or_default()
                .push(event);
        }
        let Some(first) = by_partition.keys().next().copied() else {
            return Ok(());
        };
        // Locks in the order of the partitions, so that two publishers never wait for each other.
        let mut writing: Vec<MutexGuard<'_, ()>> = Vec::new();
        for id in by_partition.keys() {
            writing.push(self.partition(*id)?.publishing.lock().await);
        }
        for _ in 0..NUMBERINGS_MAX {
            let mut runs = Vec::with_capacity(by_partition.len());
            for (id, events) in &by_partition {
                runs.push(Run {
                    id: *id,
                    after: self.newest(*id).await?,
                    events,
                });
            }
            if self.append(&runs).await? {
                return Ok(());
            }
        }
        Err(PubSubError::AnotherWriter(first))
    }

    /// The number of stored, unacknowledged events in all partitions.
    pub async fn waiting(&self) -> Result<u64, PubSubError> {
        let mut waiting = 0;
        for partition in &self.partitions {
            let progress = partition.progress.lock().await;
            let newest = self.log.head(partition.id.channel()).await?.position;
            waiting += progress.kept(newest.number);
        }
        Ok(waiting)
    }

    /// The newest position of a partition that has room.
    async fn newest(&self, id: PartitionId) -> Result<Position, PubSubError> {
        // The lock comes before the read of the log, so that no later event is delivered in between.
        let mut progress = self.partition(id)?.progress.lock().await;
        let newest = self.log.head(id.channel()).await?.position;
        progress.note_newest(id, newest);
        if progress.kept(newest.number) >= self.unacknowledged_max {
            return Err(PubSubError::Full(id));
        }
        Ok(newest)
    }

    /// Appends runs until it is known whether they are stored. Returns false if another publisher's events have some of
    /// their numbers: the append of a dropped publisher was executed after the newest number was read.
    async fn append(&self, runs: &[Run<'_>]) -> Result<bool, PubSubError> {
        let mut retry = RETRY_FIRST;
        let mut sent = false;
        loop {
            let mut appends = Vec::new();
            for run in runs {
                run.number(&mut appends)?;
            }
            let answers = self.log.append(appends).await;
            // From here on a record may be stored, unless all were refused.
            sent |= !answers.iter().all(is_unavailable);
            match answers
                .into_iter()
                .filter_map(Result::err)
                .max_by_key(urgency)
            {
                None => return Ok(true),
                Some(AppendError::OutcomeUnknown(_)) => {}
                Some(AppendError::Unavailable(_)) if sent => {}
                Some(
                    AppendError::NotNext { .. }
                    | AppendError::Differs { .. }
                    | AppendError::Trimmed { .. },
                ) => return Ok(false),
                Some(refused) => return Err(PubSubError::Append(refused)),
            }
            tokio::time::sleep(retry).await;
            retry = (retry * 2).min(RETRY_LAST);
        }
    }

    /// The next undelivered events of a partition, at least one and at most `max`. Waits for one. Order is kept with
    /// one consumer per partition; other callers wait meanwhile. Cancel safe: a dropped future has received nothing.
    pub async fn next(&self, id: PartitionId, max: usize) -> Result<Vec<Delivery>, PubSubError> {
        let partition = self.partition(id)?;
        let mut receiving = partition.receiving.lock().await;
        let limit = ReadLimit {
            records: max,
            ..ReadLimit::default()
        };
        loop {
            // The registration comes before the read, so that nothing is missed in between.
            let watch = match &mut *receiving {
                Some(watch) => watch,
                unregistered => {
                    let watch = self.log.watch(id.channel()).await.map_err(LogError::from)?;
                    unregistered.insert(watch)
                }
            };
            let mine = self.delivered(partition).await?;
            match self.log.read(id.channel(), mine, limit).await? {
                Read::Records { records, .. } => {
                    if let Some(last) = records.last().map(|record| record.number) {
                        partition.progress.lock().await.deliver(last);
                        let deliveries = records.into_iter().map(|record| Delivery {
                            number: record.number,
                            event: record.bytes,
                        });
                        return Ok(deliveries.collect());
                    }
                }
                Read::Trimmed { oldest, .. } => {
                    tracing::error!(partition = %id, %oldest, "events that were never delivered are gone");
                    partition.progress.lock().await.gone(before(oldest));
                    continue;
                }
                Read::Ahead { newest } | Read::Generation { newest } => {
                    let problem = format!(
                        "the newest position is {}, but it was beyond",
                        newest.position
                    );
                    return Err(LogError::from(Unavailable::new(&problem)).into());
                }
            }
            if let Err(error) = watch.beyond(mine).await {
                *receiving = None;
                return Err(LogError::from(error).into());
            }
        }
    }

    /// The position up to which a partition was delivered.
    async fn delivered(&self, partition: &Partition) -> Result<Position, PubSubError> {
        let mut progress = partition.progress.lock().await;
        let newest = self.log.head(partition.id.channel()).await?.position;
        progress.note_newest(partition.id, newest);
        Ok(progress.delivered())
    }

    /// Acknowledges deliveries. Drops from the log, durably, all events up to the first unacknowledged one.
    pub async fn acknowledge(
        &self,
        id: PartitionId,
        numbers: &[Number],
    ) -> Result<(), PubSubError> {
        let partition = self.partition(id)?;
        let through = partition.progress.lock().await.acknowledge(numbers);
        if let Some(through) = through {
            self.log.trim(id.channel(), through).await?;
            partition.progress.lock().await.trimmed(through);
        }
        Ok(())
    }
}

impl Progress {
    /// Records the newest position in the log.
    fn note_newest(&mut self, id: PartitionId, newest: Position) {
        if self.found(newest) {
            tracing::error!(partition = %id, %newest, "the log lost events that were delivered");
        }
    }
}

/// Events for one partition, and the position after which they go.
struct Run<'e> {
    id: PartitionId,
    after: Position,
    events: &'e [&'e CloudEvent],
}

impl Run<'_> {
    /// The same records in each attempt.
    fn number(&self, appends: &mut Vec<Append>) -> Result<(), PubSubError> {
        let mut number = self.after.number;
        for event in self.events {
            number = number.next();
            appends.push(Append {
                channel: self.id.channel(),
                generation: self.after.generation,
                number,
                hash: event_id_hash(&event.source, &event.id),
                bytes: event.to_json().map_err(PubSubError::Encoding)?.into(),
            });
        }
        Ok(())
    }
}

fn is_unavailable(answer: &Result<Appended, AppendError>) -> bool {
    matches!(answer, Err(AppendError::Unavailable(_)))
}

/// Orders errors: the caller first has to learn which records are stored.
const fn urgency(error: &AppendError) -> u8 {
    match error {
        AppendError::Stopped(_) => 3,
        AppendError::OutcomeUnknown(_) | AppendError::Unavailable(_) => 2,
        AppendError::UnknownChannel | AppendError::TooLarge => 1,
        AppendError::NotNext { .. }
        | AppendError::Differs { .. }
        | AppendError::Trimmed { .. }
        | AppendError::Generation { .. } => 0,
    }
}

/// The number before the oldest one of a trimmed partition.
///
/// # Panics
/// If the log reports number 0 as the oldest stored.
fn before(oldest: Number) -> Number {
    let before = oldest.previous();
    before.unwrap_or_else(|| panic!("a trimmed log reports {oldest} as its oldest number"))
}
