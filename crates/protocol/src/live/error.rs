//! Why a request or a frame is refused.

use crate::ParseError;
use thiserror::Error;
use types::EncodingError;

/// Why `after` or a frame of a stream is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LiveError {
    /// The text does not have this form.
    #[error("wrong shape: {0}")]
    WrongShape(&'static str),
    /// Bytes that are not canonical base64url.
    #[error("not canonical base64url without padding")]
    NotBase64Url,
    /// The request names more than 16 channels.
    #[error("more than 16 channels")]
    TooManyChannels,
    /// The frame is about a channel that the request does not name.
    #[error("a channel that was not asked for")]
    AnotherChannel,
    /// The frame exceeds the maximum length.
    #[error("a frame is longer than the limit")]
    TooLong,
    /// The frame's message does not parse.
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
            EncodingError::Length { .. } => Self::WrongShape("a channel id must have 16 bytes"),
            EncodingError::NotBase64Url | EncodingError::NotHex => Self::NotBase64Url,
        }
    }
}
