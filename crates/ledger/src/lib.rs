//! Double entry: transactions that sum to zero, holds, typed balances.
//!
//! This crate does no I/O. The caller loads an account's [`Book`], applies a posting, and stores the returned book, in
//! one database transaction. Invariants: a transaction's postings sum to zero in each currency; arithmetic is checked
//! and in integers of minor units; an amount of zero is booked like any other; control totals are `i128` and cannot
//! overflow.
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
