//! Errors, one enum per operation.

use crate::ports::PortError;
use database::{DatabaseError, SealError};
use envelope::{EnrolmentError, SigningFailed, TrustError};
use thiserror::Error;
use types::{DeviceId, ErrorCode};
use vault::VaultError;

/// A failure inside ciam, not caused by the caller.
#[derive(Debug, Error)]
pub enum Failure {
    /// The database failed.
    #[error("the database of ciam failed")]
    Database(#[from] DatabaseError),
    /// Sealing or opening a personal column failed.
    #[error("a personal column could not be sealed or opened")]
    Column(#[from] SealError),
    /// The vault failed.
    #[error("the vault failed")]
    Vault(#[from] VaultError),
    /// Signing failed.
    #[error("a statement or a token could not be signed")]
    Signing(#[from] SigningFailed),
    /// The system's random source failed.
    #[error("the system's random source failed")]
    NoRandomness,
    /// The settings contradict each other or the formats.
    #[error("{key}: {problem}")]
    Settings {
        /// The setting.
        key: &'static str,
        /// The problem.
        problem: &'static str,
    },
    /// The trust list from notification is not signed by the root.
    #[error("the root did not sign the trust list")]
    TrustList(#[from] TrustError),
    /// The trust list contains no valid key of ciam for device statements.
    #[error("no key for device statements is on the trust list and valid")]
    NoStatementKey,
    /// A sealed customer number cannot be parsed.
    #[error("a stored customer number cannot be parsed")]
    Customer,
    /// A sealed text cannot be parsed.
    #[error("a stored text cannot be parsed")]
    Text,
    /// A stored authorization has a code, and nobody who logged in.
    #[error("a stored code belongs to nobody who logged in")]
    CodeWithoutLogin,
    /// ciam cannot sign a statement of version 1 again.
    #[error("the former statement of device {0} cannot be signed again")]
    FormerStatement(DeviceId),
    /// What followed a commit ended early. It is repeated.
    #[error("what follows the commit ended early, and is repeated")]
    Ended,
    /// A password could not be hashed.
    #[error("a password could not be hashed")]
    NotHashed,
    /// No key can sign tokens now.
    #[error("no key can sign tokens now")]
    NoTokenKey,
}

impl Failure {
    /// The public code. A missing key is worth a retry, because a key is made and listed at once.
    pub(crate) const fn code(&self) -> ErrorCode {
        match self {
            Self::NoStatementKey | Self::NoTokenKey | Self::Ended => ErrorCode::Unavailable,
            Self::Database(error) if error.passes() => ErrorCode::Unavailable,
            _ => ErrorCode::Internal,
        }
    }
}

impl From<getrandom::Error> for Failure {
    fn from(_: getrandom::Error) -> Self {
        Self::NoRandomness
    }
}

/// Why a device was not enrolled.
#[derive(Debug, Error)]
pub enum EnrolError {
    /// The challenge is older than five minutes, was never issued, or was answered by another enrolment.
    #[error("the challenge is unknown, expired, or answered already")]
    ChallengeUnknown,
    /// The device did not prove possession of its three keys, or did not sign the code that it sent.
    #[error("the enrolment's proof is not valid")]
    NotProven(#[source] EnrolmentError),
    /// The code or the customer does not exist. The device does not learn which.
    #[error("the activation code is not the customer's")]
    CodeInvalid,
    /// The code is correct but has expired.
    #[error("the activation code has expired")]
    CodeExpired,
    /// The code is correct, but too many wrong ones were tried before.
    #[error("too many wrong activation codes were tried")]
    CodeExhausted,
    /// The code is correct, but was used: by another device, or by this one with other keys or long ago.
    #[error("the activation code was used")]
    CodeUsed,
    /// The device's id belongs to another device.
    #[error("the device id belongs to another device")]
    DeviceConflict,
    /// The customer has as many devices as a rekey has room for.
    #[error("the customer has as many devices as are allowed")]
    TooManyDevices,
    /// The code was made by a device of the customer, which has not approved this one yet.
    #[error("the device that made the code has not approved this one yet")]
    Awaited,
    /// The device was enrolled and has since been revoked.
    #[error("the device was revoked")]
    DeviceRevoked,
    /// The customer stopped everything, and only the bank undoes it.
    #[error("the customer stopped everything: ask the bank to undo it")]
    CustomerStopped,
    /// The device is enrolled, but another service failed. Repeating the request continues the enrolment.
    #[error("the enrolment is not complete yet")]
    Incomplete(#[source] PortError),
    /// ciam failed.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl EnrolError {
    /// The public code.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::ChallengeUnknown => ErrorCode::ChallengeUnknown,
            Self::NotProven(_) => ErrorCode::EnrolmentInvalid,
            Self::CodeInvalid => ErrorCode::CodeInvalid,
            Self::CodeExpired => ErrorCode::CodeExpired,
            Self::CodeExhausted => ErrorCode::CodeExhausted,
            Self::CodeUsed => ErrorCode::CodeUsed,
            Self::DeviceConflict => ErrorCode::DeviceConflict,
            Self::TooManyDevices => ErrorCode::TooManyDevices,
            Self::Awaited => ErrorCode::EnrolmentAwaited,
            Self::DeviceRevoked => ErrorCode::DeviceRevoked,
            Self::CustomerStopped => ErrorCode::EnrolmentStopped,
            Self::Incomplete(_) => ErrorCode::Unavailable,
            Self::Failed(failure) => failure.code(),
        }
    }
}

/// Why a channel token was not renewed.
#[derive(Debug, Error)]
pub enum RenewError {
    /// The device was revoked, or erased with its customer.
    #[error("the device was revoked")]
    DeviceRevoked,
    /// The device was enrolled too long ago: the customer has to enrol it again.
    #[error("the device was enrolled too long ago")]
    EnrolmentExpired,
    /// ciam failed.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl RenewError {
    /// The public code.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::DeviceRevoked => ErrorCode::DeviceRevoked,
            Self::EnrolmentExpired => ErrorCode::EnrolmentExpired,
            Self::Failed(failure) => failure.code(),
        }
    }
}

/// Why no activation code was issued.
#[derive(Debug, Error)]
pub enum IssueCodeError {
    /// The core bank has no such customer.
    #[error("the core bank has no such customer")]
    CustomerUnknown,
    /// The customer stopped everything. The stop is ended first.
    #[error("the customer stopped everything: end the stop first")]
    CustomerStopped,
    /// The core bank did not answer.
    #[error("the core bank did not answer")]
    NotAsked(#[source] PortError),
    /// ciam failed.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl IssueCodeError {
    /// The public code.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::CustomerUnknown => ErrorCode::CustomerUnknown,
            Self::CustomerStopped => ErrorCode::EnrolmentStopped,
            Self::NotAsked(_) => ErrorCode::Unavailable,
            Self::Failed(failure) => failure.code(),
        }
    }
}

/// Why a customer's device could not stop everything.
#[derive(Debug, Error)]
pub enum StopError {
    /// The device was revoked before, or erased with its customer.
    #[error("the device was revoked")]
    DeviceRevoked,
    /// ciam failed.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl StopError {
    /// The public code.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::DeviceRevoked => ErrorCode::DeviceRevoked,
            Self::Failed(failure) => failure.code(),
        }
    }
}

impl From<DatabaseError> for StopError {
    fn from(error: DatabaseError) -> Self {
        Self::Failed(error.into())
    }
}

/// Why a customer's stop was not ended.
#[derive(Debug, Error)]
pub enum ResumeError {
    /// The core bank has no such customer.
    #[error("the core bank has no such customer")]
    CustomerUnknown,
    /// The core bank did not answer.
    #[error("the core bank did not answer")]
    NotAsked(#[source] PortError),
    /// gateway has not stopped the orders yet, or has not let the customer order again yet. It is retried until it has; a
    /// repeated request returns the current state.
    #[error("gateway has not done it yet")]
    NotTold(#[source] PortError),
    /// ciam failed.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl ResumeError {
    /// The public code.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::CustomerUnknown => ErrorCode::CustomerUnknown,
            Self::NotAsked(_) | Self::NotTold(_) => ErrorCode::Unavailable,
            Self::Failed(failure) => failure.code(),
        }
    }
}

/// Why a revocation could not be confirmed.
#[derive(Debug, Error)]
pub enum RevokeError {
    /// There is no such device.
    #[error("there is no such device")]
    DeviceUnknown,
    /// ciam does not know the device, and notification did not answer whether it does.
    #[error("notification did not answer whether it knows the device")]
    NotAsked(#[source] PortError),
    /// The revocation is committed and published to edges, but the rekey is not numbered yet. It is retried until it
    /// is; a repeated request returns the current state.
    #[error("the device is excluded, but its channel has no new key yet")]
    NotRekeyed(#[source] PortError),
    /// ciam failed.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl RevokeError {
    /// The public code.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::DeviceUnknown => ErrorCode::DeviceUnknown,
            Self::NotAsked(_) | Self::NotRekeyed(_) => ErrorCode::Unavailable,
            Self::Failed(failure) => failure.code(),
        }
    }
}
