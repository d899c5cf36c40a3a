//! Errors of passwords.

use crate::errors::Failure;
use crate::password_rules::PasswordRule;
use crate::session_errors::SessionError;
use database::DatabaseError;
use thiserror::Error;
use types::ErrorCode;

/// Why a password was not set, shown or removed.
#[derive(Debug, Error)]
pub enum PasswordError {
    /// The login was too long ago.
    #[error("the last login was too long ago")]
    LoginRequired {
        /// How long ago the login may be, in seconds.
        max_age_s: u64,
    },
    /// The person is not logged in any more.
    #[error(transparent)]
    NotLoggedIn(#[from] SessionError),
    /// The secret was not given to this device, or too long ago.
    #[error("the authenticator's secret is unknown or has expired")]
    SecretUnknown,
    /// The code is not the app's.
    #[error("the code is not the authenticator's")]
    CodeWrong,
    /// The password is refused.
    #[error(transparent)]
    Refused(#[from] PasswordRule),
    /// The customer has no password.
    #[error("the customer has no password")]
    None,
}

impl PasswordError {
    /// A stable word for the audit record.
    #[must_use]
    pub(crate) const fn reason(&self) -> &'static str {
        match self {
            Self::LoginRequired { .. } => "login_required",
            Self::NotLoggedIn(_) => "not_logged_in",
            Self::SecretUnknown => "unknown_secret",
            Self::CodeWrong => "wrong_code",
            Self::Refused(_) => "refused_password",
            Self::None => "no_password",
        }
    }

    /// The public code.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::LoginRequired { .. } => ErrorCode::LoginRequired,
            Self::NotLoggedIn(error) => error.code(),
            Self::SecretUnknown => ErrorCode::ChallengeUnknown,
            Self::CodeWrong => ErrorCode::OneTimeCodeWrong,
            Self::Refused(_) => ErrorCode::PasswordRefused,
            Self::None => ErrorCode::PasswordUnknown,
        }
    }
}

impl From<DatabaseError> for PasswordError {
    fn from(error: DatabaseError) -> Self {
        SessionError::from(error).into()
    }
}

impl From<Failure> for PasswordError {
    fn from(failure: Failure) -> Self {
        SessionError::from(failure).into()
    }
}
