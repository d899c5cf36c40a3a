//! Why the queue did not do what it was asked.

use crate::PartitionId;
use channel_log::{AppendError, LogError};
use protocol::CloudEventError;
use thiserror::Error;

/// Why the queue did not do what it was asked. Publishing again is always safe.
#[derive(Debug, Error)]
pub enum PubSubError {
    /// The log refused or has stopped.
    #[error("the log of the queue refused")]
    Log(#[from] LogError),
    /// An event was not stored.
    #[error("an event was not stored")]
    Append(#[source] AppendError),
    /// An event that is no JSON.
    #[error("an event that cannot be written as JSON")]
    Encoding(#[source] CloudEventError),
    /// Somebody else writes to the queue's log.
    #[error("{0} has another writer")]
    AnotherWriter(PartitionId),
    /// The consumer is behind; when it has acknowledged there is room again.
    #[error("{0} is full of events that were not acknowledged yet")]
    Full(PartitionId),
    /// The queue has fewer partitions.
    #[error("there is no {0}")]
    NoSuchPartition(PartitionId),
}
