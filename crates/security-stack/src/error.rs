//! Failures of the stack.

use database::{DatabaseError, SealError};
use thiserror::Error;
use vault::VaultError;

/// A failure of the stack or of what it stands on.
#[derive(Debug, Error)]
pub enum Failure {
    /// The database failed.
    #[error("the database of the security stack failed")]
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
    /// A stored value cannot be read.
    #[error("a stored value cannot be read")]
    Stored,
}

impl From<getrandom::Error> for Failure {
    fn from(_: getrandom::Error) -> Self {
        Self::NoRandomness
    }
}

/// Why something that a person decides about the stack was not done.
#[derive(Debug, Error)]
pub enum ReviewError {
    /// A release needs a person's name and a reason.
    #[error("a release names who reviewed it, and why")]
    NotReviewed,
    /// The address is not disallowed.
    #[error("the address is not disallowed")]
    NotDisallowed,
    /// The text is no key.
    #[error("the text is no key; `passbook server-key new` prints one")]
    NotAKey,
    /// Two keys are valid already.
    #[error("two keys are valid; retire the older one first")]
    TwoKeys,
    /// Only one key is valid.
    #[error("only one key is valid; add the next one first")]
    OnlyKey,
    /// The stack failed.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl From<DatabaseError> for ReviewError {
    fn from(error: DatabaseError) -> Self {
        Self::Failed(error.into())
    }
}
