//! Double entry: transactions that sum to zero, holds, typed balances.
//!
//! Pure: who keeps the books brings an account's [`Book`], applies a posting and keeps what comes out, in one database
//! transaction. Invariants: a transaction's postings sum to zero in each currency; arithmetic is checked, in integers of
//! minor units; zero amounts are booked like any other; control totals cannot overflow, being i128.
//!
//! ```
//! use ledger::{Book, Floor, Posting, Transaction};
//! use types::{AccountId, Money};
//! let amount = Money::new(90_000, "CZK".parse()?);
//! let (customer, cash): (AccountId, AccountId) = ("576".parse()?, "cash CZK".parse()?);
//! let deposit = Transaction::new(vec![
//!     Posting { account: customer, amount },
//!     Posting { account: cash, amount: amount.checked_neg()? },
//! ])?;
//! let book = Book::open(amount.currency(), Floor::At(0)).post(&deposit.postings()[0].amount)?;
//! assert_eq!(book.booked(), amount);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![deny(clippy::float_arithmetic)]

mod book;
mod control_total;
mod error;
mod transaction;

pub use book::{Book, Floor};
pub use control_total::ControlTotals;
pub use error::LedgerError;
pub use transaction::{Posting, Transaction};
