//! Errors of logins and sessions, one enum per operation.

use crate::errors::{Failure, RenewError, RevokeError};
use database::DatabaseError;
use thiserror::Error;
use types::{ErrorCode, Time};

/// Why nobody was logged in.
#[derive(Debug, Error)]
pub enum LoginError {
    /// The challenge is too old, was answered already, or was not given to this device for a login.
    #[error("the challenge is unknown, expired, or answered already")]
    ChallengeUnknown,
    /// The request is by another key than the device's.
    #[error("the token names another key than the device's")]
    AnotherKey,
    /// The passkey is unknown, another customer's, or its answer is not valid; or there is no password, or it or the code is
    /// wrong, or the code was used. The device does not learn which.
    #[error("the login was not accepted")]
    Refused,
    /// The bank sends no codes, or not in this way.
    #[error("the bank sends no codes in this way")]
    NoCodes,
    /// People log in at the bank's outside provider.
    #[error("the bank has people log in at its login provider")]
    Elsewhere,
    /// Too many logins were refused before.
    #[error("too many logins were refused")]
    Locked {
        /// When the next login is judged.
        until: Time,
        /// The time now.
        now: Time,
    },
    /// The device gets no channel token.
    #[error(transparent)]
    NotRenewed(#[from] RenewError),
    /// ciam failed.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl LoginError {
    /// The public code.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::ChallengeUnknown => ErrorCode::ChallengeUnknown,
            Self::AnotherKey => ErrorCode::TokenInvalid,
            Self::Refused => ErrorCode::LoginRefused,
            Self::NoCodes => ErrorCode::NotFound,
            Self::Elsewhere => ErrorCode::LoginElsewhere,
            Self::Locked { .. } => ErrorCode::LoginLocked,
            Self::NotRenewed(error) => error.code(),
            Self::Failed(failure) => failure.code(),
        }
    }
}

impl From<DatabaseError> for LoginError {
    fn from(error: DatabaseError) -> Self {
        Self::Failed(error.into())
    }
}

/// Why a session was not refreshed, listed or ended.
#[derive(Debug, Error)]
pub enum SessionError {
    /// The session has ended, or is another device's.
    #[error("the session has ended, or is another device's")]
    Ended,
    /// The customer has no such session.
    #[error("the customer has no such session")]
    Unknown,
    /// ciam failed.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl SessionError {
    /// The public code.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::Ended => ErrorCode::SessionEnded,
            Self::Unknown => ErrorCode::SessionUnknown,
            Self::Failed(failure) => failure.code(),
        }
    }
}

impl From<DatabaseError> for SessionError {
    fn from(error: DatabaseError) -> Self {
        Self::Failed(error.into())
    }
}

/// Why a customer's device was not removed, added or refused.
#[derive(Debug, Error)]
pub enum OwnDeviceError {
    /// The login was too long ago.
    #[error("the last login was too long ago")]
    LoginRequired {
        /// How long ago the login may be, in seconds.
        max_age_s: u64,
    },
    /// The person is not logged in any more.
    #[error(transparent)]
    NotLoggedIn(#[from] SessionError),
    /// The customer has no such device, or the removal could not be confirmed.
    #[error(transparent)]
    NotRevoked(#[from] RevokeError),
    /// No device with that id waits for an answer of this device.
    #[error("no such device waits for an answer of this one")]
    NotWaiting,
    /// The device that waits shows another number, and is refused.
    #[error("the waiting device shows another number, and is refused")]
    AnotherNumber,
}

impl OwnDeviceError {
    /// The public code.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::LoginRequired { .. } => ErrorCode::LoginRequired,
            Self::NotLoggedIn(error) => error.code(),
            Self::NotRevoked(error) => error.code(),
            Self::NotWaiting => ErrorCode::DeviceUnknown,
            Self::AnotherNumber => ErrorCode::ComparisonDiffers,
        }
    }
}

impl From<DatabaseError> for OwnDeviceError {
    fn from(error: DatabaseError) -> Self {
        SessionError::from(error).into()
    }
}

impl From<Failure> for OwnDeviceError {
    fn from(failure: Failure) -> Self {
        SessionError::from(failure).into()
    }
}
