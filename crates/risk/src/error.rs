//! Failures, and refusals of what staff ask for.

use database::{DatabaseError, SealError};
use risk_rules::{LifeCycleError, RuleSetError};
use thiserror::Error;
use types::ErrorCode;
use vault::VaultError;

/// A failure that the caller did not cause.
#[derive(Debug, Error)]
pub enum Failure {
    /// The database failed.
    #[error("the database of risk failed")]
    Database(#[from] DatabaseError),
    /// Sealing or opening a column failed.
    #[error("a sealed column could not be sealed or opened")]
    Column(#[from] SealError),
    /// The vault failed.
    #[error("the vault failed")]
    Vault(#[from] VaultError),
    /// The system's random source failed.
    #[error("the system's random source failed")]
    NoRandomness,
    /// A stored decision cannot be read.
    #[error("a stored decision cannot be read")]
    StoredDecision(#[source] serde_json::Error),
    /// A stored rule set cannot be read.
    #[error("the stored rule set {version} cannot be read")]
    StoredRules {
        /// Its version.
        version: u32,
    },
    /// A stored list entry cannot be read.
    #[error("a stored entry of a list cannot be read")]
    StoredList,
}

impl Failure {
    /// The public code.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
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

/// Why something that staff ask for is not done.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refused {
    /// The rule set cannot decide.
    #[error(transparent)]
    Rules(#[from] RuleSetError),
    /// The version may not take this step.
    #[error(transparent)]
    Step(#[from] LifeCycleError),
    /// There is no such version.
    #[error("there is no such version of the rules")]
    NoSuchVersion,
    /// There is no such decision, or it is not about an order that people look at.
    #[error("there is no such decision")]
    NoSuchDecision,
    /// The case is closed.
    #[error("the case is closed")]
    CaseClosed,
    /// The list cannot have the entry.
    #[error("the list cannot have this entry: {0}")]
    Entry(String),
}

impl Refused {
    /// The public code.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::Rules(_) => ErrorCode::RiskRulesInvalid,
            Self::Step(_) | Self::CaseClosed => ErrorCode::RiskStepRefused,
            Self::NoSuchVersion | Self::NoSuchDecision => ErrorCode::RiskUnknown,
            Self::Entry(_) => ErrorCode::RiskEntryInvalid,
        }
    }
}
