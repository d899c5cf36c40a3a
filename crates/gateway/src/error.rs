//! Failures of gateway that its callers did not cause.

use crate::ports::{PortError, StatementsError};
use core_bank::CoreBankError;
use database::{DatabaseError, SealError};
use envelope::{SignatureError, TrustError};
use thiserror::Error;
use types::ErrorCode;
use vault::VaultError;

/// A failure of gateway or of a service behind it.
#[derive(Debug, Error)]
pub enum Failure {
    /// The database failed.
    #[error("the database of gateway failed")]
    Database(#[from] DatabaseError),
    /// Sealing or opening a column failed.
    #[error("a sealed column could not be sealed or opened")]
    Column(#[from] SealError),
    /// The vault failed.
    #[error("the vault failed")]
    Vault(#[from] VaultError),
    /// notification failed.
    #[error("notification failed")]
    Statements(#[from] StatementsError),
    /// ciam failed.
    #[error(transparent)]
    Devices(#[from] PortError),
    /// The judge of risks failed.
    #[error("the order's risk could not be judged")]
    Risk(#[source] PortError),
    /// The core bank failed.
    #[error("the core bank failed")]
    CoreBank(#[from] CoreBankError),
    /// The trust list from notification is not signed by the root.
    #[error("the root did not sign the trust list")]
    TrustList(#[from] TrustError),
    /// ciam's statement about the device does not verify.
    #[error("the device's statement does not verify")]
    Statement(#[from] SignatureError),
    /// The system's random source failed.
    #[error("the system's random source failed")]
    NoRandomness,
    /// A stored order cannot be read.
    #[error("a stored order cannot be read")]
    StoredOrder,
    /// A stored customer number cannot be read.
    #[error("a stored customer number cannot be read")]
    StoredCustomer,
    /// A stored brake cannot be read.
    #[error("a stored brake cannot be read")]
    StoredBrake,
    /// A stored fact, which devices are to be told, cannot be read.
    #[error("a stored fact cannot be read")]
    StoredFact,
    /// A stored initiation cannot be read.
    #[error("a stored initiation cannot be read")]
    StoredInitiation,
    /// ciam's number of a call about a customer is too large.
    #[error("the number of a call about a customer is too large")]
    CallNumber,
}

impl Failure {
    /// The public code.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Database(error) if error.passes() => ErrorCode::Unavailable,
            Self::Statements(_) | Self::Devices(_) | Self::Risk(_) => ErrorCode::Unavailable,
            Self::CoreBank(CoreBankError::Unavailable(_)) => ErrorCode::Unavailable,
            _ => ErrorCode::Internal,
        }
    }
}

impl From<getrandom::Error> for Failure {
    fn from(_: getrandom::Error) -> Self {
        Self::NoRandomness
    }
}
