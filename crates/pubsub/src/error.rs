//! Errors of the queue.

use crate::PartitionId;
use channel_log::{AppendError, LogError};
use protocol::CloudEventError;
use thiserror::Error;

/// Why the queue failed. Publishing again is always safe.
#[derive(Debug, Error)]
pub enum PubSubError {
    /// The log refused or has stopped.
    #[error("the log of the queue refused")]
    Log(#[from] LogError),
    /// An event was not stored.
    #[error("an event was not stored")]
    Append(#[source] AppendError),
    /// An event could not be encoded as JSON.
    #[error("an event cannot be encoded as JSON")]
    Encoding(#[source] CloudEventError),
    /// Another writer uses the queue's log.
    #[error("{0} has another writer")]
    AnotherWriter(PartitionId),
    /// The consumer lags. There is room again after it has acknowledged events.
    #[error("{0} has the maximum of unacknowledged events")]
    Full(PartitionId),
    /// The queue has fewer partitions.
    #[error("there is no {0}")]
    NoSuchPartition(PartitionId),
}
