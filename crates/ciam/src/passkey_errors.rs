//! Errors of passkeys, one enum per operation.

use crate::errors::Failure;
use database::DatabaseError;
use thiserror::Error;
use types::{ErrorCode, text::TextError};
use webauthn::RegistrationError;

/// Why a passkey was not registered.
#[derive(Debug, Error)]
pub enum RegisterPasskeyError {
    /// The name is too long, empty, or not what it looks like; or the transports are not words.
    #[error("{0}")]
    Malformed(#[source] MalformedPasskey),
    /// The challenge is too old, was answered already, or was not given to this device for a registration.
    #[error("the challenge is unknown, expired, or answered already")]
    ChallengeUnknown,
    /// A check of the registration failed.
    #[error("the passkey is not accepted")]
    NotVerified(#[source] RegistrationError),
    /// The customer can log in already, so that only a person who did so recently may register another passkey.
    #[error(
        "the customer has a passkey or a password already, and the last login is missing or too long ago"
    )]
    LoginRequired {
        /// How long ago the login may be, in seconds.
        max_age_s: u64,
    },
    /// The session of the login has ended.
    #[error("the session has ended")]
    SessionEnded,
    /// A credential with this id is registered, with another key or for another customer.
    #[error("the credential is registered already")]
    Conflict,
    /// The customer has as many passkeys as are allowed.
    #[error("the customer has as many passkeys as are allowed")]
    TooMany,
    /// The device was revoked, or erased with its customer.
    #[error("the device was revoked")]
    DeviceRevoked,
    /// ciam failed.
    #[error(transparent)]
    Failed(#[from] Failure),
}

/// What is wrong with what a person or an app says about a passkey.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum MalformedPasskey {
    /// The name's length.
    #[error("a passkey's name has 1 to 64 characters")]
    NameLength,
    /// The name's characters.
    #[error("a passkey's name: {0}")]
    NameText(TextError),
    /// The transports.
    #[error("at most 8 transports, each of 1 to 32 lower-case letters, digits and hyphens")]
    Transports,
}

impl RegisterPasskeyError {
    /// The public code.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::Malformed(_) => ErrorCode::Malformed,
            Self::ChallengeUnknown => ErrorCode::ChallengeUnknown,
            Self::NotVerified(_) => ErrorCode::PasskeyInvalid,
            Self::LoginRequired { .. } => ErrorCode::LoginRequired,
            Self::SessionEnded => ErrorCode::SessionEnded,
            Self::Conflict => ErrorCode::PasskeyConflict,
            Self::TooMany => ErrorCode::TooManyPasskeys,
            Self::DeviceRevoked => ErrorCode::DeviceRevoked,
            Self::Failed(failure) => failure.code(),
        }
    }
}

impl From<DatabaseError> for RegisterPasskeyError {
    fn from(error: DatabaseError) -> Self {
        Self::Failed(error.into())
    }
}

/// Why passkeys were not listed or changed.
#[derive(Debug, Error)]
pub enum PasskeyError {
    /// The name is too long, empty, or not what it looks like.
    #[error("{0}")]
    Malformed(#[source] MalformedPasskey),
    /// The login was too long ago.
    #[error("the last login was too long ago")]
    LoginRequired {
        /// How long ago the login may be, in seconds.
        max_age_s: u64,
    },
    /// The session of the login has ended.
    #[error("the session has ended")]
    SessionEnded,
    /// The customer has no such passkey.
    #[error("the customer has no such passkey")]
    Unknown,
    /// ciam failed.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl PasskeyError {
    /// The public code.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::Malformed(_) => ErrorCode::Malformed,
            Self::LoginRequired { .. } => ErrorCode::LoginRequired,
            Self::SessionEnded => ErrorCode::SessionEnded,
            Self::Unknown => ErrorCode::PasskeyUnknown,
            Self::Failed(failure) => failure.code(),
        }
    }
}

impl From<DatabaseError> for PasskeyError {
    fn from(error: DatabaseError) -> Self {
        Self::Failed(error.into())
    }
}
