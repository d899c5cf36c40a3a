//! The port itself.

use crate::{
    Append, AppendError, Appended, ChannelHead, LogChannelKind, OutcomeUnknown, Read, ReadLimit,
    Stopped, Unavailable, Watch, WatchError,
};
use async_trait::async_trait;
use thiserror::Error;
use types::{ChannelId, Generation, Position};

/// Why a request about one channel was refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LogError {
    /// Nobody opened this channel.
    #[error("no such channel")]
    UnknownChannel,
    /// The channel exists with another kind.
    #[error("the channel exists with another kind")]
    KindDiffers {
        /// The kind that it has.
        kind: LogChannelKind,
    },
    /// The generation is neither the current one nor the next.
    #[error("the channel is at {}", newest.position)]
    Generation {
        /// The channel's newest record.
        newest: ChannelHead,
    },
    /// The trim position is beyond the newest record.
    #[error("the newest is {}", newest.position)]
    BeyondNewest {
        /// The channel's newest record.
        newest: ChannelHead,
    },
    /// The engine is unavailable now, and nothing was done.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// It is unknown whether the change was made. Only methods that write return this.
    #[error(transparent)]
    OutcomeUnknown(#[from] OutcomeUnknown),
    /// The engine has stopped.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

impl From<WatchError> for LogError {
    fn from(error: WatchError) -> Self {
        match error {
            WatchError::Unavailable(unavailable) => Self::Unavailable(unavailable),
            WatchError::Stopped(stopped) => Self::Stopped(stopped),
        }
    }
}

/// A durable log of many channels. Shared by reference; every method may be called from any number of tasks at once.
///
/// Every future may be dropped at any await. After a dropped call of a method that writes, it is unknown whether the
/// write happens, as with [`OutcomeUnknown`]; repeating the call is always safe.
///
/// An engine returns [`Unavailable`] rather than waiting: the caller decides how long to wait.
#[async_trait]
pub trait ChannelLog: Send + Sync {
    /// Opens a channel, or finds it. A new channel is in generation 1, without records, and durable when the call
    /// returns. Fails with [`LogError::KindDiffers`] if the channel exists with another kind.
    async fn open(&self, channel: ChannelId, kind: LogChannelKind)
    -> Result<ChannelHead, LogError>;

    /// Appends records of one or many channels, each channel's in the order of their numbers. Returns when all accepted
    /// records are durable; the answers are in the order of the records. Channels are independent: the records of one
    /// may be stored while another's are refused. Waits while the engine's queue is full.
    ///
    /// A record whose number is at or below the newest is compared with the stored record. An equal hash gets the
    /// stored answer, a different hash [`AppendError::Differs`]. The newest record's hash is stored for ever. Earlier
    /// hashes are stored as long as their records; after that the answer is [`AppendError::Trimmed`].
    async fn append(&self, records: Vec<Append>) -> Vec<Result<Appended, AppendError>>;

    /// Reads the records after `after`.
    async fn read(
        &self,
        channel: ChannelId,
        after: Position,
        limit: ReadLimit,
    ) -> Result<Read, LogError>;

    /// The channel's kind, generation, and newest durable record.
    async fn head(&self, channel: ChannelId) -> Result<ChannelHead, LogError>;

    /// Registers for the channel's newest durable position. The channel need not be open yet.
    async fn watch(&self, channel: ChannelId) -> Result<Watch, WatchError>;

    /// Drops the records up to and including `through`, durably. Trimming to the same or an earlier position, or in an
    /// earlier generation, changes nothing. Number and hash of the newest record stay known. Fails with
    /// [`LogError::BeyondNewest`] if `through` is beyond the newest record.
    async fn trim(&self, channel: ChannelId, through: Position) -> Result<(), LogError>;

    /// Starts the channel's next generation without records and drops those of the current one. If `to` is already the
    /// current generation, the call changes nothing and returns its head. Any other generation fails with
    /// [`LogError::Generation`].
    async fn restart(
        &self,
        channel: ChannelId,
        generation: Generation,
    ) -> Result<ChannelHead, LogError>;
}
