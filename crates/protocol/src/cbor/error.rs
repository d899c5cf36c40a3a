//! Why bytes are not deterministic CBOR.

use thiserror::Error;

/// Why bytes are not deterministic CBOR.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum CborError {
    /// The input ends inside a value.
    #[error("the value is cut short")]
    CutShort,
    /// Bytes follow the value.
    #[error("bytes follow the value")]
    TrailingBytes,
    /// A head is longer than necessary, a length is indefinite, or map keys are unsorted or repeated.
    #[error("not the deterministic encoding")]
    NonCanonical,
    /// A float, tag, undefined or other simple value, or a map key that is not an integer, text or byte string.
    #[error("a CBOR type that is not used")]
    TypeNotUsed,
    /// More than 16 nested arrays or maps.
    #[error("nested too deep")]
    TooDeep,
    /// A text string that is not UTF-8.
    #[error("text that is not UTF-8")]
    TextNotUtf8,
}

impl CborError {
    /// A stable word for the check that failed.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::CutShort => "cut_short",
            Self::TrailingBytes => "trailing_bytes",
            Self::NonCanonical => "non_canonical_cbor",
            Self::TypeNotUsed => "cbor_type_not_used",
            Self::TooDeep => "too_deep",
            Self::TextNotUtf8 => "text_not_utf8",
        }
    }
}
