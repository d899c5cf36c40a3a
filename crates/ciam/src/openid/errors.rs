//! Why a client, or the person at the provider's page, is refused.

use crate::errors::Failure;
use crate::session_errors::SessionError;
use database::DatabaseError;
use thiserror::Error;
use types::{ErrorCode, Time};

/// The errors of OAuth for clients (RFC 6749, 4.1.2.1 and 5.2; RFC 9449, 5; OpenID Connect Core, 3.1.2.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OauthError {
    /// A parameter is missing, repeated or malformed.
    InvalidRequest,
    /// The client did not prove who it is.
    InvalidClient,
    /// The code or the token is not good for this client.
    InvalidGrant,
    /// The client may not ask for these scopes.
    InvalidScope,
    /// There are no grants of this type.
    UnsupportedGrantType,
    /// There are no answers of this type.
    UnsupportedResponseType,
    /// There are no request objects.
    RequestNotSupported,
    /// The proof of possession is missing or not good.
    InvalidDpopProof,
    /// The proof has no nonce of the provider's, or an old one.
    UseDpopNonce,
}

impl OauthError {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::InvalidScope => "invalid_scope",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::RequestNotSupported => "request_not_supported",
            Self::InvalidDpopProof => "invalid_dpop_proof",
            Self::UseDpopNonce => "use_dpop_nonce",
        }
    }

    /// A refusal for this, with what is wrong for the client's developer.
    pub(crate) const fn because(self, detail: &'static str) -> Refusal {
        Refusal {
            error: self,
            detail,
        }
    }
}

/// A refused request of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{detail}")]
pub struct Refusal {
    /// The error.
    pub error: OauthError,
    /// What is wrong, for the client's developer.
    pub detail: &'static str,
}

/// Why a client's request failed.
#[derive(Debug, Error)]
pub enum ClientError {
    /// The request is refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// ciam failed.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl From<DatabaseError> for ClientError {
    fn from(error: DatabaseError) -> Self {
        Self::Failed(error.into())
    }
}

/// Why a person at the provider's page is refused.
#[derive(Debug, Error)]
pub enum AuthorizationError {
    /// The authorization does not exist (any more), is another client's, or was begun in another browser.
    #[error("the authorization has ended, or was begun in another browser")]
    Unknown,
    /// Nobody has logged in for it.
    #[error("nobody has logged in for this authorization")]
    LoginRequired,
    /// The challenge is too old, was answered already, or was not given for this authorization.
    #[error("the challenge is unknown, expired, or answered already")]
    ChallengeUnknown,
    /// The passkey is unknown, or its answer is not valid. The browser does not learn which.
    #[error("the passkey was not accepted")]
    Refused,
    /// Too many logins were refused before.
    #[error("too many logins were refused")]
    Locked {
        /// When the next login is judged.
        until: Time,
        /// The time now.
        now: Time,
    },
    /// ciam failed.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl AuthorizationError {
    /// The public code.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::Unknown => ErrorCode::AuthorizationUnknown,
            Self::LoginRequired | Self::Refused => ErrorCode::LoginRefused,
            Self::ChallengeUnknown => ErrorCode::ChallengeUnknown,
            Self::Locked { .. } => ErrorCode::LoginLocked,
            Self::Failed(failure) => failure.code(),
        }
    }
}

impl From<DatabaseError> for AuthorizationError {
    fn from(error: DatabaseError) -> Self {
        Self::Failed(error.into())
    }
}

/// Why a consent was not listed or withdrawn.
#[derive(Debug, Error)]
pub enum ConsentError {
    /// The person is not logged in any more.
    #[error(transparent)]
    NotLoggedIn(#[from] SessionError),
    /// The customer gave this client no consent.
    #[error("the customer gave this client no consent")]
    Unknown,
}

impl ConsentError {
    /// The public code.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::NotLoggedIn(error) => error.code(),
            Self::Unknown => ErrorCode::ConsentUnknown,
        }
    }
}

impl From<DatabaseError> for ConsentError {
    fn from(error: DatabaseError) -> Self {
        SessionError::from(error).into()
    }
}

impl From<Failure> for ConsentError {
    fn from(failure: Failure) -> Self {
        SessionError::from(failure).into()
    }
}
