//! The queue itself.

use crate::consumer::{Delivery, Progress};
use crate::{PartitionId, PubSubError};
use channel_log::{Append, AppendError, ChannelKind, ChannelLog, Read, ReadLimit, Watch};
use envelope::event_id_hash;
use protocol::CloudEvent;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::{Mutex, MutexGuard};
use types::{Number, Position};

/// How often publishing numbers anew after an earlier publisher was dropped while its append was under way.
const NUMBERINGS_MAX: usize = 8;

/// So many events of a partition that wait to be acknowledged, and no more are taken: some tens of megabytes.
const UNACKNOWLEDGED_MAX: u64 = 65_536;

struct Partition {
    id: PartitionId,
    /// Held while numbers are given, so that there is one writer.
    publishing: Mutex<()>,
    /// Held while the next events are waited for, so that they are delivered once.
    receiving: Mutex<Watch>,
    progress: Mutex<Progress>,
}

/// A queue of events on a channel log, in a fixed number of partitions.
pub struct EmbeddedPubSub {
    log: Arc<dyn ChannelLog>,
    partitions: Vec<Partition>,
    unacknowledged_max: u64,
}

impl EmbeddedPubSub {
    /// Opens the queue on a log of its own; what was not acknowledged in an earlier run is delivered again.
    ///
    /// The number of partitions may grow while nothing is queued; it must not change otherwise, since a subject's events
    /// would be in two partitions.
    pub async fn open(log: Arc<dyn ChannelLog>, partition_count: u16) -> Result<Self, PubSubError> {
        let mut partitions = Vec::new();
        for id in (0..partition_count.max(1)).map(PartitionId) {
            let head = log.open(id.channel(), ChannelKind::Queue).await?;
            let watch = log.watch(id.channel());
            let start = Position::new(head.position.generation, Number::ZERO);
            let limit = ReadLimit {
                records: 1,
                bytes: 1,
            };
            let trimmed = match log.read(id.channel(), start, limit).await? {
                Read::Trimmed { oldest, .. } => oldest.previous().unwrap_or(Number::ZERO),
                _ => Number::ZERO,
            };
            partitions.push(Partition {
                id,
                publishing: Mutex::new(()),
                receiving: Mutex::new(watch),
                progress: Mutex::new(Progress::after(trimmed)),
            });
        }
        Ok(Self {
            log,
            partitions,
            unacknowledged_max: UNACKNOWLEDGED_MAX,
        })
    }

    /// Another bound than 65,536 for the events of a partition that are not acknowledged.
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

    /// Stores events, each behind those of its subject; answers when all are durable. After an error some may be stored:
    /// publish them all again. Where a partition has its bound of unacknowledged events, nothing is stored
    /// ([`PubSubError::Full`]); what one call brings may go beyond the bound, so that it is never too much for ever.
    pub async fn publish(&self, events: &[CloudEvent]) -> Result<(), PubSubError> {
        let count = u16::try_from(self.partitions.len()).unwrap_or(u16::MAX);
        let mut by_partition: BTreeMap<PartitionId, Vec<&CloudEvent>> = BTreeMap::new();
        for event in events {
            by_partition
                .entry(PartitionId::of(&event.subject, count))
                .or_default()
                .push(event);
        }
        // In the order of the partitions, so that two publishers never wait for each other.
        let mut writing: Vec<MutexGuard<'_, ()>> = Vec::new();
        for id in by_partition.keys() {
            writing.push(self.partition(*id)?.publishing.lock().await);
        }
        for _ in 0..NUMBERINGS_MAX {
            let mut appends = Vec::new();
            for (id, events) in &by_partition {
                self.number(*id, events, &mut appends).await?;
            }
            let answers = self.log.append(appends).await;
            match answers.into_iter().find_map(Result::err) {
                None => return Ok(()),
                // An append of a publisher that was dropped has arrived since the newest number was read.
                Some(AppendError::NotNext { .. } | AppendError::Differs { .. }) => {}
                Some(refused) => return Err(PubSubError::Append(refused)),
            }
        }
        let contended = by_partition
            .keys()
            .next()
            .copied()
            .unwrap_or(PartitionId(0));
        Err(PubSubError::AnotherWriter(contended))
    }

    /// Events that are stored and not acknowledged, in all partitions.
    pub async fn waiting(&self) -> Result<u64, PubSubError> {
        let mut waiting = 0;
        for partition in &self.partitions {
            let newest = self.log.newest(partition.id.channel()).await?.position;
            waiting += partition
                .progress
                .lock()
                .await
                .unacknowledged(newest.number);
        }
        Ok(waiting)
    }

    async fn number(
        &self,
        id: PartitionId,
        events: &[&CloudEvent],
        appends: &mut Vec<Append>,
    ) -> Result<(), PubSubError> {
        let newest = self.log.newest(id.channel()).await?.position;
        let progress = self.partition(id)?.progress.lock().await;
        if progress.unacknowledged(newest.number) >= self.unacknowledged_max {
            return Err(PubSubError::Full(id));
        }
        drop(progress);
        let mut number = newest.number;
        for event in events {
            number = number.next();
            appends.push(Append {
                channel: id.channel(),
                generation: newest.generation,
                number,
                hash: event_id_hash(&event.source, &event.id),
                bytes: event.to_json().map_err(PubSubError::Encoding)?.into(),
            });
        }
        Ok(())
    }

    /// The next events of a partition that were not delivered yet, at least one and at most `max`; waits for one. One
    /// consumer a partition keeps the order; others that ask meanwhile wait. Cancel safe: a dropped
    /// future has taken nothing.
    pub async fn next(&self, id: PartitionId, max: usize) -> Result<Vec<Delivery>, PubSubError> {
        let partition = self.partition(id)?;
        let mut watch = partition.receiving.lock().await;
        let limit = ReadLimit {
            records: max,
            ..ReadLimit::default()
        };
        loop {
            let newest = self.log.newest(id.channel()).await?.position;
            let mine = Position::new(
                newest.generation,
                partition.progress.lock().await.delivered(),
            );
            if let Read::Records { records, .. } = self.log.read(id.channel(), mine, limit).await?
                && let Some(last) = records.last().map(|record| record.number)
            {
                let deliveries = records.into_iter().map(|record| Delivery {
                    number: record.number,
                    event: record.bytes,
                });
                let deliveries = deliveries.collect();
                partition.progress.lock().await.deliver(last);
                return Ok(deliveries);
            }
            watch
                .beyond(mine)
                .await
                .map_err(channel_log::LogError::from)?;
        }
    }

    /// Takes note that deliveries were dealt with; drops from the log, durably, what nothing before it is waiting for.
    pub async fn acknowledge(
        &self,
        id: PartitionId,
        numbers: &[Number],
    ) -> Result<(), PubSubError> {
        let through = self
            .partition(id)?
            .progress
            .lock()
            .await
            .acknowledge(numbers);
        if let Some(through) = through {
            self.log.trim(id.channel(), through).await?;
        }
        Ok(())
    }
}
