//! Why parsed data is refused.

use crate::cbor::CborError;
use thiserror::Error;

/// Why a structure in CBOR is refused. Each error has a stable [`reason`](ParseError::reason).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ParseError {
    /// The bytes are not deterministic CBOR.
    #[error(transparent)]
    Cbor(#[from] CborError),
    /// The CBOR is well-formed but has another structure: a field is missing, superfluous, of another type or out of
    /// range.
    #[error("wrong shape: {0}")]
    WrongShape(&'static str),
    /// A required key is missing.
    #[error("key missing: {0}")]
    KeyMissing(&'static str),
    /// The statement has another purpose.
    #[error("a statement of another purpose")]
    AnotherPurpose,
    /// This reader does not know the version.
    #[error("unknown version")]
    UnknownVersion,
    /// This reader does not know the kind of message.
    #[error("unknown kind of message")]
    UnknownKind,
    /// This reader does not know the form of device.
    #[error("unknown form of device")]
    UnknownForm,
    /// There are more bytes than the limit.
    #[error("too long")]
    TooLong,
    /// A rekey has more than 64 grants.
    #[error("more than 64 grants")]
    TooManyGrants,
    /// The amount does not fit into a signed 64-bit number of minor units.
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
