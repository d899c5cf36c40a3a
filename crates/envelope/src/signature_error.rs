//! Why a signed statement is refused.

use crate::es256::SigningFailed;
use protocol::ParseError;
use protocol::cbor::CborError;
use thiserror::Error;

/// Why a signed statement is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SignatureError {
    /// The statement has the wrong form.
    #[error(transparent)]
    Parse(#[from] ParseError),
    /// The payload is embedded although it must be detached, or the other way round.
    #[error("the payload is embedded instead of detached, or detached instead of embedded")]
    PayloadMisplaced,
    /// The trust list has no key with this identifier.
    #[error("unknown key")]
    UnknownKey,
    /// The trust list has the key for another purpose.
    #[error("a key for another purpose")]
    KeyOfAnotherPurpose,
    /// The key was not valid at the statement's time.
    #[error("the key was not valid at that time")]
    KeyNotValidThen,
    /// The signature is not valid for this statement and key.
    #[error("the signature does not verify")]
    SignatureInvalid,
    /// The statement is about another channel.
    #[error("a statement about another channel")]
    AnotherChannel,
    /// Session key and approval key are the same key.
    #[error("session key and approval key are the same")]
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
