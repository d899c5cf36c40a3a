//! Why sealed data does not open.

use protocol::ParseError;
use protocol::cbor::CborError;
use thiserror::Error;

/// Why sealed data does not open, or data cannot be sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum OpenError {
    /// The sealed data or its content has the wrong form.
    #[error(transparent)]
    Parse(#[from] ParseError),
    /// It is sealed under an epoch other than the key's.
    #[error("sealed under another key epoch")]
    AnotherEpoch,
    /// The key is wrong, the position is wrong, or the bytes were altered.
    #[error("does not open")]
    DoesNotOpen,
    /// It opens, but the padding is not the one for its length.
    #[error("wrong padding")]
    WrongPadding,
    /// This version does not know the compression.
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
