//! Why a call to the core bank failed.

use std::error::Error;
use thiserror::Error;
use types::{AccountId, CustomerId, IntentId};

/// Why a call to the core bank failed.
#[derive(Debug, Error)]
pub enum CoreBankError {
    /// The core bank has no such customer.
    #[error("the core bank has no such customer")]
    CustomerUnknown(CustomerId),
    /// The core bank has no such account.
    #[error("the core bank has no such account")]
    AccountUnknown(AccountId),
    /// The customer placed another order with this id.
    #[error("the customer placed another order with this id")]
    OrderConflict(IntentId),
    /// The core bank does not answer now. The caller may ask again later.
    #[error("the core bank does not answer")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// The core bank's records are inconsistent. This is a fault of the core bank; asking again does not help.
    #[error("the core bank's records are broken")]
    Broken(#[source] Box<dyn Error + Send + Sync>),
}
