//! What a caller did not get, and why.

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
    /// The statement contradicts what was granted before: another channel of the customer, another customer of the
    /// channel, or another agreement key of the device.
    #[error("the statement contradicts an earlier one")]
    Contradiction,
    /// The customer has as many devices as a rekey has room for.
    #[error("the customer has 64 devices")]
    TooManyDevices,
    /// It cannot be made now.
    #[error("the grant cannot be made now")]
    Failed(#[from] Failure),
}

/// Why nothing was stated about a channel.
#[derive(Debug, Error)]
pub enum StatementRefused {
    /// No customer has this channel.
    #[error("no such channel")]
    ChannelUnknown,
    /// The device was not granted the channel's key, or was removed.
    #[error("the device is no reader of the channel")]
    NotAReader,
    /// The core bank's books contradict what the channel was given, or an event of its cannot be processed: what the device
    /// has may not be what the books have.
    #[error("the channel waits for the bank's books to be put in order")]
    BooksInRepair,
    /// The snapshot is not kept any more, was made for another device, or was never made.
    #[error("no such snapshot")]
    SnapshotUnknown,
    /// The snapshot has no such part, account or page.
    #[error("the snapshot has no such part or page")]
    PageUnknown,
    /// The report's head is not one that the bank signed.
    #[error("the report carries no head of the bank's")]
    ReportInvalid,
    /// It cannot be stated now.
    #[error("nothing can be stated now")]
    Failed(#[from] Failure),
}

/// Why a trust list was not taken.
#[derive(Debug, Error)]
pub enum TrustRefused {
    /// It is not the root's, or not newer.
    #[error("the trust list is not accepted")]
    Trust(#[from] TrustError),
    /// It cannot be kept now.
    #[error("the trust list cannot be kept now")]
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
