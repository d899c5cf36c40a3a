//! Why a signed statement is refused.

use crate::es256::SigningFailed;
use protocol::ParseError;
use protocol::cbor::CborError;
use thiserror::Error;

/// Why a signed statement is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SignatureError {
    /// It is not of the form it must have.
    #[error(transparent)]
    Parse(#[from] ParseError),
    /// The payload is embedded where it must be detached, or the other way round.
    #[error("the payload is not where it belongs")]
    PayloadMisplaced,
    /// No key of this identifier is trusted.
    #[error("unknown key")]
    UnknownKey,
    /// The key is listed for something else.
    #[error("a key of another purpose")]
    KeyOfAnotherPurpose,
    /// The key is listed, but not for that time.
    #[error("the key was not valid then")]
    KeyNotValidThen,
    /// The signature is not that key's over this statement.
    #[error("the signature does not verify")]
    SignatureInvalid,
    /// A statement about another channel than the one asked for.
    #[error("a statement about another channel")]
    AnotherChannel,
    /// Session and approval key are one and the same.
    #[error("session and approval key do not differ")]
    KeysDoNotDiffer,
    /// The statement could not be signed.
    #[error(transparent)]
    Signing(#[from] SigningFailed),
}

impl SignatureError {
    /// A stable word for the check that failed.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Parse(cause) => cause.reason(),
            Self::PayloadMisplaced => "payload_misplaced",
            Self::UnknownKey => "unknown_key",
            Self::KeyOfAnotherPurpose => "key_of_another_purpose",
            Self::KeyNotValidThen => "key_not_valid_then",
            Self::SignatureInvalid => "signature_invalid",
            Self::AnotherChannel => "another_channel",
            Self::KeysDoNotDiffer => "keys_do_not_differ",
            Self::Signing(_) => "signing_failed",
        }
    }
}

impl From<CborError> for SignatureError {
    fn from(error: CborError) -> Self {
        Self::Parse(error.into())
    }
}
