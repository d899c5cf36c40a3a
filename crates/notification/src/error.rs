//! Refusals that a caller of the service gets.

use crate::Failure;
use database::DatabaseError;
use envelope::{SignatureError, TrustError};
use thiserror::Error;

/// Why no grant was made.
#[derive(Debug, Error)]
pub enum GrantRefused {
    /// The device statement is not one of ciam's.
    #[error("the device statement does not verify")]
    Statement(#[from] SignatureError),
    /// The device was removed.
    #[error("the device was removed")]
    Revoked,
    /// The statement contradicts an earlier grant: another channel of the customer, another customer of the channel, or
    /// another agreement key of the device.
    #[error("the statement contradicts an earlier one")]
    Contradiction,
    /// The customer has as many devices as a rekey has room for.
    #[error("the customer has 64 devices")]
    TooManyDevices,
    /// The grant cannot be made now.
    #[error("the grant cannot be made now")]
    Failed(#[from] Failure),
}

/// Why a statement about a channel was refused.
#[derive(Debug, Error)]
pub enum StatementRefused {
    /// No customer has this channel.
    #[error("no such channel")]
    ChannelUnknown,
    /// The device was not granted the channel's key, or was removed.
    #[error("the device is not a reader of the channel")]
    NotAReader,
    /// The core bank's books contradict the channel, or one of its events cannot be processed. The device may have
    /// entries that the books do not have.
    #[error("the channel waits for the bank's books to be put in order")]
    BooksInRepair,
    /// The snapshot was deleted, was made for another device, or was never made.
    #[error("no such snapshot")]
    SnapshotUnknown,
    /// The snapshot has no such part, account or page.
    #[error("the snapshot has no such part or page")]
    PageUnknown,
    /// The bank did not sign the report's head.
    #[error("the bank did not sign the report's head")]
    ReportInvalid,
    /// The statement cannot be made now.
    #[error("the statement cannot be made now")]
    Failed(#[from] Failure),
}

/// Why a trust list was refused.
#[derive(Debug, Error)]
pub enum TrustRefused {
    /// The root did not sign the list, or the list is not newer than the current one.
    #[error("the trust list is not accepted")]
    Trust(#[from] TrustError),
    /// The list cannot be stored now.
    #[error("the trust list cannot be stored now")]
    Failed(#[from] Failure),
}

macro_rules! from_causes {
    ($($refused:ident),*) => {$(
        impl From<DatabaseError> for $refused {
            fn from(cause: DatabaseError) -> Self {
                Self::Failed(cause.into())
            }
        }
    )*};
}
from_causes!(GrantRefused, StatementRefused, TrustRefused);
