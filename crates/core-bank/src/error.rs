//! Why a core bank did not answer.

use std::error::Error;
use thiserror::Error;
use types::{AccountId, CustomerId};

/// Why a core bank did not answer.
#[derive(Debug, Error)]
pub enum CoreBankError {
    /// It has no such customer.
    #[error("the core bank has no such customer")]
    CustomerUnknown(CustomerId),
    /// It has no such account.
    #[error("the core bank has no such account")]
    AccountUnknown(AccountId),
    /// It does not answer now; ask again later.
    #[error("the core bank does not answer")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// It holds something that cannot be: a fault of the core bank, which asking again does not mend.
    #[error("the core bank's records are broken")]
    Broken(#[source] Box<dyn Error + Send + Sync>),
}
