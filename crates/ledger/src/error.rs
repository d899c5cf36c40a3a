//! Why the books refuse.

use thiserror::Error;
use types::{Currency, Money, MoneyError};

/// Why the books refuse.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LedgerError {
    /// A transaction without postings.
    #[error("a transaction has at least one posting")]
    Empty,
    /// What goes in is not what goes out.
    #[error("the postings in {currency} sum to {sum}, not to zero")]
    Unbalanced {
        /// In which currency.
        currency: Currency,
        /// To how many minor units.
        sum: i128,
    },
    /// The available balance does not cover it.
    #[error("{available} is available")]
    Insufficient {
        /// How much is there.
        available: Money,
    },
    /// A hold or release of a negative amount, or a release of more than is held.
    #[error("a hold is of an amount that is not negative, and releases no more than is held")]
    Hold,
    /// Another currency, or beyond the range.
    #[error(transparent)]
    Money(#[from] MoneyError),
}
