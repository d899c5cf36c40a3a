//! Why the bank refuses a request.

use database::DatabaseError;
use ledger::LedgerError;
use order::OrderError;
use protocol::ParseError;
use thiserror::Error;
use types::{AccountId, CustomerId, ErrorCode, IntentId, MoneyError, TransactionId};

/// Why the bank refuses a request. A refused request changes nothing.
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
    /// The customer exists with a different name.
    #[error("customer {0} exists with different content")]
    CustomerConflict(CustomerId),
    /// The account or its holder exists with different content.
    #[error("account {0} exists with different content")]
    AccountConflict(AccountId),
    /// The transaction was booked with different content.
    #[error("transaction {0} was booked with different content")]
    TransactionConflict(TransactionId),
    /// The request is invalid.
    #[error("{0}")]
    Invalid(&'static str),
    /// The request has too many rows, or its event would be too large to seal.
    #[error("{0}")]
    TooLarge(&'static str),
    /// A text is too long.
    #[error("{what} has {bytes} bytes; a text has at most 1,024")]
    TextTooLong {
        /// The text's field.
        what: &'static str,
        /// The text's length in bytes.
        bytes: usize,
    },
    /// A text contains a character that would control a terminal.
    #[error("{what} has a control character")]
    ControlCharacter {
        /// The text's field.
        what: &'static str,
    },
    /// An error in one of several rows, counted from 1.
    #[error("row {row}: {problem}")]
    Row {
        /// The row's number.
        row: usize,
        /// The error.
        #[source]
        problem: Box<BankError>,
    },
    /// The ledger refuses the operation.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The customer placed another order with this id.
    #[error("customer {0} placed another order with the id {1}")]
    OrderConflict(CustomerId, IntentId),
    /// A stored row is not what the bank writes.
    #[error("a stored row is broken: {0}")]
    Broken(&'static str),
    /// A stored order does not parse.
    #[error("a stored order does not parse")]
    BrokenOrder(#[from] OrderError),
    /// A stored event does not parse.
    #[error("a stored event does not parse")]
    BrokenEvent(#[from] ParseError),
    /// The system returned no random bytes.
    #[error("the system returns no random bytes")]
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
    /// The public error code.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::TextTooLong { .. } => ErrorCode::TooLarge,
            Self::ControlCharacter { .. } => ErrorCode::Malformed,
            Self::Row { problem, .. } => problem.code(),
            Self::CustomerUnknown(_) => ErrorCode::CustomerUnknown,
            Self::AccountUnknown(_) | Self::NotAHolder(..) => ErrorCode::AccountUnknown,
            Self::CustomerConflict(_) | Self::AccountConflict(_) => ErrorCode::AccountConflict,
            Self::TransactionConflict(_) | Self::OrderConflict(..) => {
                ErrorCode::TransactionConflict
            }
            Self::Invalid(_) => ErrorCode::Malformed,
            Self::TooLarge(_) => ErrorCode::TooLarge,
            Self::Ledger(LedgerError::Insufficient { .. }) => ErrorCode::InsufficientFunds,
            Self::Ledger(LedgerError::Money(MoneyError::Currencies(..))) => {
                ErrorCode::CurrencyMismatch
            }
            Self::Ledger(LedgerError::Money(_)) => ErrorCode::AmountOutOfRange,
            Self::Ledger(_)
            | Self::Broken(_)
            | Self::BrokenOrder(_)
            | Self::BrokenEvent(_)
            | Self::NoRandomness => ErrorCode::Internal,
            Self::Database(_) => ErrorCode::Unavailable,
        }
    }
}
