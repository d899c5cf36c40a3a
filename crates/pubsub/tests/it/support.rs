//! A queue in a temporary directory, and events derived from their numbers.

use channel_log::{ChannelLog, Read, ReadLimit};
use log_embedded::{Config, EmbeddedLog};
use protocol::{BlindSubject, CloudEvent};
use pubsub::{Delivery, EmbeddedPubSub, PartitionId};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use types::{Hash, Number, Position, Sequence, Time};

pub(crate) const PARTITIONS: u16 = 4;

/// A directory, with a queue that can be closed and opened again.
pub(crate) struct Bench {
    directory: TempDir,
    log: Option<Arc<EmbeddedLog>>,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self {
            directory: tempfile::tempdir().unwrap(),
            log: None,
        }
    }

    /// Opens the queue, after closing the one that was open.
    pub(crate) async fn open(&mut self) -> Arc<EmbeddedPubSub> {
        if let Some(log) = self.log.take() {
            log.close().await;
        }
        let config = Config {
            segment_bytes: 64 << 10,
            ..Config::new(self.directory.path(), Arc::new(|| Time::from_ms(1)))
        };
        let log = Arc::new(EmbeddedLog::open(config).unwrap());
        self.log = Some(Arc::clone(&log));
        let log: Arc<dyn ChannelLog> = log;
        Arc::new(EmbeddedPubSub::open(log, PARTITIONS).await.unwrap())
    }

    pub(crate) fn shared_log(&self) -> Arc<EmbeddedLog> {
        Arc::clone(self.log.as_ref().unwrap())
    }

    pub(crate) fn log(&self) -> &EmbeddedLog {
        self.log.as_ref().unwrap()
    }
}

pub(crate) fn subject(n: u64) -> BlindSubject {
    BlindSubject::new(*Hash::of(&n.to_le_bytes()).as_bytes().first_chunk().unwrap())
}

/// A subject that goes to this partition.
pub(crate) fn subject_in(partition: PartitionId) -> u64 {
    let mut subjects = 0..;
    subjects
        .find(|n| PartitionId::of(&subject(*n), PARTITIONS) == partition)
        .unwrap()
}

/// The event of a subject with a sequence.
pub(crate) fn event(of: u64, sequence: u64) -> CloudEvent {
    CloudEvent {
        id: format!("{of}-{sequence}").parse().unwrap(),
        source: "/test".to_owned(),
        subject: subject(of),
        sequence: Sequence::new(sequence).unwrap(),
        data: format!("{sequence} of {of}").into_bytes(),
    }
}

pub(crate) fn number(n: u64) -> Number {
    Number::new(n).unwrap()
}

/// Deliveries as numbers and events.
pub(crate) fn delivered(deliveries: &[Delivery]) -> Vec<(u64, CloudEvent)> {
    deliveries
        .iter()
        .map(|delivery| {
            (
                delivery.number.get(),
                CloudEvent::parse(&delivery.event).unwrap(),
            )
        })
        .collect()
}

/// Waits for a future that must not hang.
pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), future)
        .await
        .expect("timed out")
}

/// Receives deliveries of a partition until there are that many.
pub(crate) async fn take(
    queue: &EmbeddedPubSub,
    partition: PartitionId,
    count: usize,
) -> Vec<Delivery> {
    let mut all = Vec::new();
    while all.len() < count {
        all.extend(
            soon(queue.next(partition, count - all.len()))
                .await
                .unwrap(),
        );
    }
    all
}

/// The oldest number of a partition that the log still stores. The next number if there is none.
pub(crate) async fn kept_from(bench: &Bench, partition: PartitionId) -> u64 {
    let read = bench
        .log()
        .read(partition.channel(), Position::START, ReadLimit::default())
        .await;
    match read.unwrap() {
        Read::Trimmed { oldest, .. } => oldest.get(),
        Read::Records { records, .. } => records[0].number.get(),
        other => panic!("{other:?}"),
    }
}
