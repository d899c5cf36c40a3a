//! Why an operation was not done: one enum each.

use crate::ports::PortError;
use database::{DatabaseError, SealError};
use envelope::{EnrolmentError, SigningFailed, TrustError};
use thiserror::Error;
use types::{DeviceId, ErrorCode};
use vault::VaultError;

/// ciam itself failed. Not the caller's doing.
#[derive(Debug, Error)]
pub enum Failure {
    /// The database failed.
    #[error("the database did not do it")]
    Database(#[from] DatabaseError),
    /// A personal column could not be sealed, or does not open.
    #[error("a sealed column could not be used")]
    Column(#[from] SealError),
    /// The vault failed.
    #[error("the vault did not do it")]
    Vault(#[from] VaultError),
    /// A key failed to sign.
    #[error("a statement or a token was not signed")]
    Signing(#[from] SigningFailed),
    /// The system gave no randomness.
    #[error("the system gives no random bytes")]
    NoRandomness,
    /// The settings contradict themselves or the formats.
    #[error("{key}: {problem}")]
    Settings {
        /// Which setting.
        key: &'static str,
        /// What is wrong.
        problem: &'static str,
    },
    /// The trust list that notification gives is not the root's.
    #[error("the trust list is not the root's")]
    TrustList(#[from] TrustError),
    /// The trust list lists no key for device statements that ciam holds and that is valid now.
    #[error("no key for device statements is listed and valid")]
    NoStatementKey,
    /// A sealed customer number is none.
    #[error("a customer number of ciam's own does not read")]
    Customer,
    /// A statement of version 1 is not one that ciam can sign anew.
    #[error("the former statement of device {0} cannot be signed anew")]
    FormerStatement(DeviceId),
    /// There is no key that signs tokens now.
    #[error("no key signs tokens now")]
    NoTokenKey,
}

impl Failure {
    /// The public code: without a key it is worth asking again, for one is made, and listed, at once.
    pub(crate) const fn code(&self) -> ErrorCode {
        match self {
            Self::NoStatementKey | Self::NoTokenKey => ErrorCode::Unavailable,
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
    /// No such challenge waits for an answer: it is older than five minutes, was never given, or was answered by another
    /// enrolment.
    #[error("the challenge is unknown, too old, or was answered")]
    ChallengeUnknown,
    /// The device did not prove possession of its three keys, or that it signed the code that it sends.
    #[error("the enrolment is not proven")]
    NotProven(#[source] EnrolmentError),
    /// No such code, or no such customer: which of the two is not told.
    #[error("the activation code is not the customer's")]
    CodeInvalid,
    /// The code is right, and too old.
    #[error("the activation code has expired")]
    CodeExpired,
    /// The code is right, but too many wrong ones were tried before.
    #[error("too many wrong activation codes were tried")]
    CodeExhausted,
    /// The code is right, and was used by another device, or by this one with other keys or long ago.
    #[error("the activation code was used")]
    CodeUsed,
    /// The device's id belongs to another device.
    #[error("the device id is taken")]
    DeviceConflict,
    /// The customer has as many devices as a rekey has grants.
    #[error("the customer has as many devices as are allowed")]
    TooManyDevices,
    /// The device was enrolled and has been revoked since.
    #[error("the device was revoked")]
    DeviceRevoked,
    /// The device is enrolled, but another service did not do its part. Asked again, it goes on from there.
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
            Self::DeviceRevoked => ErrorCode::DeviceRevoked,
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
    /// The device was enrolled too long ago: the person has to be asked again.
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
    /// The core bank knows no such customer.
    #[error("the core bank has no such customer")]
    CustomerUnknown,
    /// The core bank does not say.
    #[error("the customer could not be asked for")]
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
            Self::NotAsked(_) => ErrorCode::Unavailable,
            Self::Failed(failure) => failure.code(),
        }
    }
}

/// Why "revoked" is not answered.
#[derive(Debug, Error)]
pub enum RevokeError {
    /// There is no such device.
    #[error("there is no such device")]
    DeviceUnknown,
    /// ciam does not know the device, and notification does not say whether it does.
    #[error("the device could not be asked for")]
    NotAsked(#[source] PortError),
    /// The revocation is committed and edges learn of it, but the rekey is not numbered yet. It is tried until it is;
    /// asked again, this answers where it stands.
    #[error("the device is shut out, but its channel has no new key yet")]
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
