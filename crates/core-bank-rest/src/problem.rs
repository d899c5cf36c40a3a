//! The bank's refusals: one of a few predefined words each.

use core_bank::CoreBankError;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use types::{AccountId, CustomerId, IntentId};

/// Why the bank does not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Error)]
#[serde(tag = "problem", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Problem {
    /// The body is not the object of its call.
    #[error("the bank did not understand the call")]
    Malformed {},
    #[error("no such customer")]
    CustomerUnknown { customer: CustomerId },
    #[error("no such account")]
    AccountUnknown { account: AccountId },
    #[error("another order has this id")]
    OrderConflict { intent: IntentId },
    #[error("the bank does not answer now")]
    Unavailable {},
    #[error("the bank's records are inconsistent")]
    Broken {},
}

impl Problem {
    /// The status of HTTP that goes with it.
    pub(crate) const fn status(&self) -> StatusCode {
        match self {
            Self::Malformed {} => StatusCode::BAD_REQUEST,
            Self::CustomerUnknown { .. } | Self::AccountUnknown { .. } => StatusCode::NOT_FOUND,
            Self::OrderConflict { .. } => StatusCode::CONFLICT,
            Self::Unavailable {} => StatusCode::SERVICE_UNAVAILABLE,
            Self::Broken {} => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl From<CoreBankError> for Problem {
    /// The causes stay in the bank's own log.
    fn from(error: CoreBankError) -> Self {
        match error {
            CoreBankError::CustomerUnknown(customer) => Self::CustomerUnknown { customer },
            CoreBankError::AccountUnknown(account) => Self::AccountUnknown { account },
            CoreBankError::OrderConflict(intent) => Self::OrderConflict { intent },
            CoreBankError::Unavailable(cause) => {
                tracing::warn!(
                    cause = types::error_chain(&*cause),
                    "the core bank does not answer"
                );
                Self::Unavailable {}
            }
            CoreBankError::Broken(cause) => {
                tracing::error!(
                    cause = types::error_chain(&*cause),
                    "the core bank's records are broken"
                );
                Self::Broken {}
            }
        }
    }
}

impl From<Problem> for CoreBankError {
    fn from(problem: Problem) -> Self {
        match problem {
            Problem::CustomerUnknown { customer } => Self::CustomerUnknown(customer),
            Problem::AccountUnknown { account } => Self::AccountUnknown(account),
            Problem::OrderConflict { intent } => Self::OrderConflict(intent),
            Problem::Unavailable {} => Self::Unavailable(Box::new(problem)),
            Problem::Broken {} | Problem::Malformed {} => Self::Broken(Box::new(problem)),
        }
    }
}

/// An answer that is not the bank's, or not in a form that this version knows.
#[derive(Debug, Error)]
pub(crate) enum NoAnswer {
    #[error("the bank cannot be reached")]
    Unreachable(#[source] reqwest::Error),
    #[error("no random bytes")]
    Random(#[source] getrandom::Error),
    #[error("the package could not be made")]
    Package(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("the answer did not come from the bank's address")]
    AnotherAddress,
    #[error("the security stack did not let the package pass: {0}")]
    Stopped(String),
    #[error("the answer does not fit the package")]
    AnotherAnswer,
    #[error("the answer is longer than {0} bytes")]
    TooLong(usize),
    #[error("the answer is not in the form of its call: it is no object")]
    NoObject,
    #[error("the answer is not in the form of its call")]
    Shape(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl NoAnswer {
    pub(crate) fn shape(cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Shape(Box::new(cause))
    }
}

impl From<NoAnswer> for CoreBankError {
    fn from(cause: NoAnswer) -> Self {
        Self::Unavailable(Box::new(cause))
    }
}
