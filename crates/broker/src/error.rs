//! Why the broker refuses.

use channel_log::{
    AppendError, ChannelHead, LogError, OutcomeUnknown, Stopped, Unavailable, WatchError,
};
use protocol::ParseError;
use thiserror::Error;

/// Why a message was not stored.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PublishError {
    /// Nobody opened the channel.
    #[error("no such channel")]
    ChannelUnknown,
    /// Not a message.
    #[error("not a message")]
    Malformed(#[from] ParseError),
    /// A message of a kind that does not belong in this channel.
    #[error("a message of this kind does not belong in this channel")]
    KindOfAnotherChannel,
    /// Neither the next message nor the one that is stored under its number: what the channel has instead.
    #[error("the channel is at {}", newest.position)]
    NotNext {
        /// The channel's newest.
        newest: ChannelHead,
    },
    /// The channel is in another generation.
    #[error("the channel is at {}", newest.position)]
    Generation {
        /// The channel's newest.
        newest: ChannelHead,
    },
    /// The log cannot be asked now, and the message was not stored.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// Whether the message is stored is unknown: publish the same bytes again.
    #[error(transparent)]
    OutcomeUnknown(#[from] OutcomeUnknown),
    /// The log has stopped: whether the message is stored is unknown until it has recovered.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

impl From<AppendError> for PublishError {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::UnknownChannel => Self::ChannelUnknown,
            AppendError::NotNext { newest }
            | AppendError::Differs { newest }
            | AppendError::Trimmed { newest } => Self::NotNext { newest },
            AppendError::Generation { newest } => Self::Generation { newest },
            AppendError::TooLarge => Self::Malformed(ParseError::TooLong),
            AppendError::Unavailable(unavailable) => Self::Unavailable(unavailable),
            AppendError::OutcomeUnknown(unknown) => Self::OutcomeUnknown(unknown),
            AppendError::Stopped(stopped) => Self::Stopped(stopped),
        }
    }
}

/// Why a channel could not be opened, read or restarted.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ReadError {
    /// Nobody opened the channel.
    #[error("no such channel")]
    ChannelUnknown,
    /// The channel exists with another kind.
    #[error("the channel exists with another kind")]
    KindDiffers,
    /// Neither the current generation nor the next.
    #[error("the channel is at {}", newest.position)]
    Generation {
        /// The channel's newest.
        newest: ChannelHead,
    },
    /// The log cannot be asked now, and nothing was done: ask again after a pause.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// Whether it was done is unknown: ask the same again. Only what changes a channel answers this.
    #[error(transparent)]
    OutcomeUnknown(#[from] OutcomeUnknown),
    /// The log has stopped.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

impl From<LogError> for ReadError {
    fn from(error: LogError) -> Self {
        match error {
            LogError::UnknownChannel => Self::ChannelUnknown,
            LogError::KindDiffers { .. } => Self::KindDiffers,
            LogError::Generation { newest } | LogError::BeyondNewest { newest } => {
                Self::Generation { newest }
            }
            LogError::Unavailable(unavailable) => Self::Unavailable(unavailable),
            LogError::OutcomeUnknown(unknown) => Self::OutcomeUnknown(unknown),
            LogError::Stopped(stopped) => Self::Stopped(stopped),
        }
    }
}

impl From<ReadError> for PublishError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::ChannelUnknown | ReadError::KindDiffers => Self::ChannelUnknown,
            ReadError::Generation { newest } => Self::Generation { newest },
            ReadError::Unavailable(unavailable) => Self::Unavailable(unavailable),
            ReadError::OutcomeUnknown(unknown) => Self::OutcomeUnknown(unknown),
            ReadError::Stopped(stopped) => Self::Stopped(stopped),
        }
    }
}

impl From<WatchError> for ReadError {
    fn from(error: WatchError) -> Self {
        LogError::from(error).into()
    }
}
