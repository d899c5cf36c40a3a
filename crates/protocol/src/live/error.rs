//! Why a request or a frame is refused.

use crate::ParseError;
use thiserror::Error;
use types::EncodingError;

/// Why `after` or a frame of a stream is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LiveError {
    /// Not in this form.
    #[error("wrong shape: {0}")]
    WrongShape(&'static str),
    /// Bytes that are not canonical base64url.
    #[error("not canonical base64url without padding")]
    NotBase64Url,
    /// More than 16 channels.
    #[error("more than 16 channels")]
    TooManyChannels,
    /// A frame about a channel that was not asked for.
    #[error("a channel that was not asked for")]
    AnotherChannel,
    /// A frame that does not end.
    #[error("a frame longer than any may be")]
    TooLong,
    /// A frame whose message is none.
    #[error("no message")]
    Message(#[from] ParseError),
}

impl LiveError {
    /// A stable word for the check that failed.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::WrongShape(_) => "wrong_shape",
            Self::NotBase64Url => "not_base64url",
            Self::TooManyChannels => "too_many_channels",
            Self::AnotherChannel => "another_channel",
            Self::TooLong => "too_long",
            Self::Message(cause) => cause.reason(),
        }
    }
}

impl From<EncodingError> for LiveError {
    fn from(error: EncodingError) -> Self {
        match error {
            EncodingError::Length { .. } => Self::WrongShape("bytes of another length are needed"),
            EncodingError::NotBase64Url | EncodingError::NotHex => Self::NotBase64Url,
        }
    }
}
