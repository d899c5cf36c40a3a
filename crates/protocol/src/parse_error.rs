//! Why something that was read is refused.

use crate::cbor::CborError;
use thiserror::Error;

/// Why a structure in CBOR is refused. Each has a stable [`reason`](ParseError::reason).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ParseError {
    /// It is not the one deterministic CBOR encoding of anything.
    #[error(transparent)]
    Cbor(#[from] CborError),
    /// Well-formed, but not this structure: a field is missing, too many, of another type or out of its range.
    #[error("wrong shape: {0}")]
    WrongShape(&'static str),
    /// A key that is always there is missing.
    #[error("key missing: {0}")]
    KeyMissing(&'static str),
    /// A statement made for another purpose.
    #[error("a statement of another purpose")]
    AnotherPurpose,
    /// A version that this reader does not know.
    #[error("unknown version")]
    UnknownVersion,
    /// A kind of message that this reader does not know.
    #[error("unknown kind of message")]
    UnknownKind,
    /// A form of device that this reader does not know.
    #[error("unknown form of device")]
    UnknownForm,
    /// More bytes than a reader takes.
    #[error("too long")]
    TooLong,
    /// More than 64 grants in one rekey.
    #[error("more than 64 grants")]
    TooManyGrants,
    /// An amount beyond a signed 64-bit number of minor units.
    #[error("an amount out of range")]
    MoneyOutOfRange,
}

impl ParseError {
    /// A stable word for the check that failed.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Cbor(cause) => cause.reason(),
            Self::WrongShape(_) => "wrong_shape",
            Self::KeyMissing(_) => "key_missing",
            Self::AnotherPurpose => "another_purpose",
            Self::UnknownVersion => "unknown_version",
            Self::UnknownKind => "unknown_kind",
            Self::UnknownForm => "unknown_form",
            Self::TooLong => "too_long",
            Self::TooManyGrants => "too_many_grants",
            Self::MoneyOutOfRange => "money_out_of_range",
        }
    }
}
