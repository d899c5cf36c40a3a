//! Why something sealed does not open.

use protocol::ParseError;
use protocol::cbor::CborError;
use thiserror::Error;

/// Why something sealed does not open, or cannot be sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum OpenError {
    /// It, or what is in it, is not of the form it must have.
    #[error(transparent)]
    Parse(#[from] ParseError),
    /// It is sealed under another key epoch than the key's.
    #[error("sealed under another key epoch")]
    AnotherEpoch,
    /// Another key, another place, or altered bytes.
    #[error("does not open")]
    DoesNotOpen,
    /// It opens, but its padding is not the one for its length.
    #[error("wrong padding")]
    WrongPadding,
    /// A compression that this version does not know.
    #[error("unknown codec")]
    UnknownCodec,
}

impl OpenError {
    /// A stable word for the check that failed.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Parse(cause) => cause.reason(),
            Self::AnotherEpoch => "another_epoch",
            Self::DoesNotOpen => "does_not_open",
            Self::WrongPadding => "wrong_padding",
            Self::UnknownCodec => "unknown_codec",
        }
    }
}

impl From<CborError> for OpenError {
    fn from(error: CborError) -> Self {
        Self::Parse(error.into())
    }
}
