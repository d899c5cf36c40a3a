//! Why the bank refuses.

use database::DatabaseError;
use ledger::LedgerError;
use protocol::ParseError;
use thiserror::Error;
use types::{AccountId, CustomerId, ErrorCode, MoneyError, TransactionId};

/// Why the bank refuses. Nothing was done then.
#[derive(Debug, Error)]
pub enum BankError {
    /// There is no such customer.
    #[error("there is no customer {0}")]
    CustomerUnknown(CustomerId),
    /// There is no such account.
    #[error("there is no account {0}")]
    AccountUnknown(AccountId),
    /// The customer does not hold the account.
    #[error("customer {1} does not hold account {0}")]
    NotAHolder(AccountId, CustomerId),
    /// The customer is there with another name.
    #[error("customer {0} is there with other content")]
    CustomerConflict(CustomerId),
    /// The account, or the holder of it, is there otherwise.
    #[error("account {0} is there with other content")]
    AccountConflict(AccountId),
    /// The transaction was booked with other content.
    #[error("transaction {0} was booked with other content")]
    TransactionConflict(TransactionId),
    /// What is asked makes no sense.
    #[error("{0}")]
    Invalid(&'static str),
    /// Too many rows at once, or an event that would be too large to be sealed.
    #[error("{0}")]
    TooLarge(&'static str),
    /// A text that is too long.
    #[error("{what} has {bytes} bytes; a text has at most 1,024")]
    TextTooLong {
        /// Which text.
        what: &'static str,
        /// How long it is.
        bytes: usize,
    },
    /// A text that would command a terminal.
    #[error("{what} has a control character")]
    ControlCharacter {
        /// Which text.
        what: &'static str,
    },
    /// One of several rows, counted from 1.
    #[error("row {row}: {problem}")]
    Row {
        /// Which row.
        row: usize,
        /// What is wrong with it.
        #[source]
        problem: Box<BankError>,
    },
    /// The books refuse.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The tables hold an event that does not read.
    #[error("a stored event does not read")]
    BrokenEvent(#[from] ParseError),
    /// The system gave no randomness.
    #[error("the system gives no random bytes")]
    NoRandomness,
    /// The database failed.
    #[error("the bank's database failed")]
    Database(#[from] DatabaseError),
}

impl From<MoneyError> for BankError {
    fn from(error: MoneyError) -> Self {
        Self::Ledger(error.into())
    }
}

impl BankError {
    /// The public code.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::TextTooLong { .. } => ErrorCode::TooLarge,
            Self::ControlCharacter { .. } => ErrorCode::Malformed,
            Self::Row { problem, .. } => problem.code(),
            Self::CustomerUnknown(_) => ErrorCode::CustomerUnknown,
            Self::AccountUnknown(_) | Self::NotAHolder(..) => ErrorCode::AccountUnknown,
            Self::CustomerConflict(_) | Self::AccountConflict(_) => ErrorCode::AccountConflict,
            Self::TransactionConflict(_) => ErrorCode::TransactionConflict,
            Self::Invalid(_) => ErrorCode::Malformed,
            Self::TooLarge(_) => ErrorCode::TooLarge,
            Self::Ledger(LedgerError::Insufficient { .. }) => ErrorCode::InsufficientFunds,
            Self::Ledger(LedgerError::Money(MoneyError::Currencies(..))) => {
                ErrorCode::CurrencyMismatch
            }
            Self::Ledger(LedgerError::Money(_)) => ErrorCode::AmountOutOfRange,
            Self::Ledger(_) | Self::BrokenEvent(_) | Self::NoRandomness => ErrorCode::Internal,
            Self::Database(_) => ErrorCode::Unavailable,
        }
    }
}
