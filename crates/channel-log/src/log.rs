//! The port itself.

use crate::{
    Append, AppendError, Appended, ChannelHead, ChannelKind, OutcomeUnknown, Read, ReadLimit,
    Stopped, Unavailable, Watch, WatchError,
};
use async_trait::async_trait;
use thiserror::Error;
use types::{ChannelId, Generation, Position};

/// Why a question or an order about one channel was refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LogError {
    /// Nobody opened this channel.
    #[error("no such channel")]
    UnknownChannel,
    /// The channel exists with another kind.
    #[error("the channel exists with another kind")]
    KindDiffers {
        /// The kind that it has.
        kind: ChannelKind,
    },
    /// Neither the current generation nor the next.
    #[error("the channel is at {}", newest.position)]
    Generation {
        /// The channel's newest.
        newest: ChannelHead,
    },
    /// A trim beyond the newest record.
    #[error("the newest is {}", newest.position)]
    BeyondNewest {
        /// The channel's newest.
        newest: ChannelHead,
    },
    /// The engine cannot be asked now, and nothing was done.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// Whether it was done is unknown. Only methods that write answer this.
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
/// Every future may be dropped at any await. Dropping one of a method that writes leaves it open whether the write
/// happens, as [`OutcomeUnknown`] does; asking again is always safe.
///
/// An engine answers [`Unavailable`] rather than wait: how long to wait is the caller's decision.
#[async_trait]
pub trait ChannelLog: Send + Sync {
    /// Opens a channel, or finds it. A new channel is in generation 1, without records, and durable when this answers.
    /// [`LogError::KindDiffers`] if it exists with another kind.
    async fn open(&self, channel: ChannelId, kind: ChannelKind) -> Result<ChannelHead, LogError>;

    /// Appends records of one or many channels, each channel's in the order of their numbers, and answers in the order
    /// given once all that were accepted are durable. Each record stands for itself: those of one channel may be
    /// stored while another's are refused. Waits while the engine's queue is full.
    ///
    /// A number at or below the newest is compared with what is stored: equal hash gets the stored answer, another
    /// [`AppendError::Differs`]. Of the newest record the hash is kept for ever; of older ones as long as the record,
    /// after which the answer is [`AppendError::Trimmed`].
    async fn append(&self, records: Vec<Append>) -> Vec<Result<Appended, AppendError>>;

    /// Reads what follows `after`.
    async fn read(
        &self,
        channel: ChannelId,
        after: Position,
        limit: ReadLimit,
    ) -> Result<Read, LogError>;

    /// The channel's kind, generation, and newest durable record.
    async fn head(&self, channel: ChannelId) -> Result<ChannelHead, LogError>;

    /// Registers for the channel's newest durable position, also of a channel that is not open yet.
    async fn watch(&self, channel: ChannelId) -> Result<Watch, WatchError>;

    /// Drops the records up to and including `through`, durably. Trimming again, or less, or in an earlier generation,
    /// changes nothing. Number and hash of the newest record stay known. [`LogError::BeyondNewest`] beyond it.
    async fn trim(&self, channel: ChannelId, through: Position) -> Result<(), LogError>;

    /// Starts the channel's next generation without records and drops those of the current one. Asked again for what
    /// is then the current generation it changes nothing and answers its head; any other is [`LogError::Generation`].
    async fn restart(
        &self,
        channel: ChannelId,
        generation: Generation,
    ) -> Result<ChannelHead, LogError>;
}
