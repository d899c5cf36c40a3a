//! Why nobody was logged in at the outside provider.

use crate::errors::{Failure, RenewError};
use crate::ports::PortError;
use database::DatabaseError;
use thiserror::Error;
use types::ErrorCode;

/// Why a login at the outside provider came to nothing.
#[derive(Debug, Error)]
pub enum ProviderError {
    /// The bank has no such provider, or lets it enrol no device.
    #[error("the bank has no such login provider")]
    NotConfigured,
    /// The challenge is too old, was answered already, or was not given to this device for this.
    #[error("the challenge is unknown, expired, or answered already")]
    ChallengeUnknown,
    /// The request is by another key than the device's.
    #[error("the token names another key than the device's")]
    AnotherKey,
    /// The provider did not accept the code, its ID token failed a check, or it names no customer, or another one than the
    /// device's. The device does not learn which; the audit record names the reason.
    #[error("the login at the provider was not accepted")]
    Refused,
    /// The customer stopped everything, and only the bank undoes it.
    #[error("the customer stopped everything: ask the bank to undo it")]
    CustomerStopped,
    /// The provider did not answer, or not as its specification says.
    #[error("the login provider does not answer")]
    Unavailable(#[source] PortError),
    /// The core bank did not answer whether the customer exists.
    #[error("the core bank did not answer")]
    NotAsked(#[source] PortError),
    /// The device gets no channel token.
    #[error(transparent)]
    NotRenewed(#[from] RenewError),
    /// ciam failed.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl ProviderError {
    /// The public code.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::NotConfigured => ErrorCode::NotFound,
            Self::ChallengeUnknown => ErrorCode::ChallengeUnknown,
            Self::AnotherKey => ErrorCode::TokenInvalid,
            Self::Refused => ErrorCode::ProviderLoginRefused,
            Self::CustomerStopped => ErrorCode::EnrolmentStopped,
            Self::Unavailable(_) => ErrorCode::ProviderUnavailable,
            Self::NotAsked(_) => ErrorCode::Unavailable,
            Self::NotRenewed(error) => error.code(),
            Self::Failed(failure) => failure.code(),
        }
    }
}

/// Why a logout token of the outside provider ended nothing.
#[derive(Debug, Error)]
pub enum ProviderLogoutError {
    /// The bank has no such provider.
    #[error("the bank has no login provider")]
    NotConfigured,
    /// The token failed a check, or was used before. The word names the check: the provider's administrator has to know, and
    /// a forger learns nothing that the specification does not say.
    #[error("the logout token is refused: {0}")]
    Refused(&'static str),
    /// The provider's keys could not be read.
    #[error("the login provider does not answer")]
    Unavailable(#[source] PortError),
    /// ciam failed.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl ProviderLogoutError {
    /// The public code.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::NotConfigured => ErrorCode::NotFound,
            Self::Refused(_) => ErrorCode::LogoutTokenInvalid,
            Self::Unavailable(_) => ErrorCode::ProviderUnavailable,
            Self::Failed(failure) => failure.code(),
        }
    }
}

impl From<DatabaseError> for ProviderLogoutError {
    fn from(error: DatabaseError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<DatabaseError> for ProviderError {
    fn from(error: DatabaseError) -> Self {
        Self::Failed(error.into())
    }
}

/// The provider answered what its specification does not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("its {document} {problem}")]
pub(super) struct Unusable {
    pub(super) document: &'static str,
    pub(super) problem: &'static str,
}

/// What nobody can redeem: the check that failed, or the provider that did not answer.
#[derive(Debug, Error)]
pub(super) enum NotProven {
    /// There is no ID token: a stable word for why. Anybody can send a code that is none.
    #[error("{0}")]
    NotRedeemed(&'static str),
    /// A stable word for the check of the ID token that failed.
    #[error("{0}")]
    Refused(&'static str),
    #[error(transparent)]
    Unavailable(#[from] PortError),
    #[error(transparent)]
    Failed(#[from] Failure),
}

/// The error of a provider that answers something else than its specification says.
pub(super) fn unusable(document: &'static str, problem: &'static str) -> PortError {
    PortError::new("the login provider", Unusable { document, problem })
}
