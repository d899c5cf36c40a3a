//! Why the ledger refuses an operation.

use thiserror::Error;
use types::{Currency, Money, MoneyError};

/// Why the ledger refuses an operation.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LedgerError {
    /// The transaction has no postings.
    #[error("a transaction must have at least one posting")]
    Empty,
    /// The postings do not sum to zero.
    #[error("the postings in {currency} sum to {sum} instead of zero")]
    Unbalanced {
        /// The currency.
        currency: Currency,
        /// The sum in minor units.
        sum: i128,
    },
    /// The available balance does not cover the debit or the hold.
    #[error("only {available} is available")]
    Insufficient {
        /// The available balance.
        available: Money,
    },
    /// The amount of a hold or a release is negative, or the release is larger than the holds.
    #[error("a hold or release must not be negative, and a release must not exceed the holds")]
    Hold,
    /// The currencies differ, or the result is out of range.
    #[error(transparent)]
    Money(#[from] MoneyError),
}
