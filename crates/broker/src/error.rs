//! Errors of the broker.

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
    /// The message's kind does not belong in this channel.
    #[error("a message of this kind does not belong in this channel")]
    KindOfAnotherChannel,
    /// The message is neither the next one nor the one that is stored under its number.
    #[error("the channel is at {}", newest.position)]
    NotNext {
        /// The channel's newest message.
        newest: ChannelHead,
    },
    /// The channel is in another generation.
    #[error("the channel is at {}", newest.position)]
    Generation {
        /// The channel's newest message.
        newest: ChannelHead,
    },
    /// The log is unavailable now, and the message was not stored.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// It is unknown whether the message is stored. Publish the same bytes again.
    #[error(transparent)]
    OutcomeUnknown(#[from] OutcomeUnknown),
    /// The log has stopped. It is unknown whether the message is stored, until the log has recovered.
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
    /// The generation is neither the current one nor the next.
    #[error("the channel is at {}", newest.position)]
    Generation {
        /// The channel's newest message.
        newest: ChannelHead,
    },
    /// The log is unavailable now, and nothing was done. Retry after a pause.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// It is unknown whether the change was made. Repeat the same request. Only requests that change a channel return
    /// this.
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
