//! A core bank for development: customers, accounts, ledger, outbox and relay.
//!
//! The sandbox bank has the books that Passbook reads when no real core bank is connected. It stands for the bank's own
//! system and is not a part of Passbook. It makes the promises that every core bank must make.
//!
//! Invariants:
//! - A transaction is booked once, by double entry against the bank's own account of its currency, however often it is
//!   retried.
//! - Each event gets its subject's next sequence and the current holders, in the database transaction of the fact. The
//!   event's row serves as outbox, as history, and as the answer to later questions.
//! - The relay publishes events in the order of commits and marks them as published afterwards. So a crash repeats
//!   events and never loses one.
//!
//! ```
//! use protocol::http::{AccountRow, PostTransaction};
//! use sandbox_bank::SandboxBank;
//! use std::sync::Arc;
//! use types::{AccountKind, Money, Time};
//!
//! # let directory = tempfile::tempdir().unwrap();
//! # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
//! # runtime.block_on(async {
//! let bank = SandboxBank::open(&directory.path().join("bank.sqlite"), Arc::new(|| Time::from_ms(7)))?;
//! let amount = Money::new(90_000, "CZK".parse().unwrap());
//! bank.load_accounts(vec![AccountRow {
//!     account: "576".parse().unwrap(),
//!     kind: AccountKind::Current,
//!     name: "Household".to_owned(),
//!     currency: amount.currency(),
//!     opened: None,
//!     limit: None,
//! }])
//! .await?;
//! let deposit = PostTransaction {
//!     transaction: "171812".parse().unwrap(),
//!     account: "576".parse().unwrap(),
//!     amount,
//!     operation: "cash_deposit".to_owned(),
//!     date: None,
//!     purpose: None,
//!     counterparty_bank: None,
//!     counterparty_account: None,
//! };
//! let booked = bank.post(deposit.clone()).await?;
//! assert_eq!(booked.balance, amount);
//! assert_eq!(bank.post(deposit).await?, booked, "the same again is answered the same");
//! # Ok::<(), sandbox_bank::BankError>(())
//! # }).unwrap();
//! ```

mod account;
mod ahead;
mod bank;
mod calendar;
mod clock;
mod core_bank_port;
mod directory;
mod directory_listing;
mod error;
mod fees;
mod generate;
pub mod http;
mod incarnation;
mod listing;
mod load;
mod orders;
mod outbox;
mod own_account;
mod payee_check;
pub mod ports;
mod post;
mod rates;
mod relay;
mod text;
mod trial_balance;

pub use account::AccountState;
pub use bank::SandboxBank;
pub use directory::{Biller, Proxy, Unwilling};
pub use directory_listing::DirectoryListing;
pub use error::BankError;
pub use listing::Holding;
pub use load::{ROWS_MAX, check_account};
pub use orders::Executor;
pub use post::{Booked, check_posting};
pub use relay::Relay;
