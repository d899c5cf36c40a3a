//! SQLite: connections, units of work with group commit, migrations, sealed columns, the audit chain.
//!
//! A service owns one file and all SQL over it. A unit of work is an async closure over a [`Transaction`]; its SQL is
//! in the portable subset, placeholders `$1`, `$2`, … in order of appearance, so that the same text can run on
//! PostgreSQL one day. On SQLite one writer thread runs all units that wait in one transaction, a savepoint each, and
//! commits once: many units share one fsync. Readers have connections of their own and see what is committed.
//!
//! Invariants:
//! - A unit's answer is given only after the commit that holds it is durable (WAL, synchronous FULL).
//! - A unit that answers an error leaves nothing behind; the units beside it are not touched.
//! - A failed disk stops the writer for good: [`Database::stopped`] says so, every later unit is refused.
//! - An audit record is part of the unit of work that it tells of: see [`audit_chain`].
//! - A file says whether it is whole without its write-ahead log: one that lost its log is refused, not read as an older
//!   state. A clean end leaves nothing in the log.
//! - Queues are bounded; who comes when one is full waits.
//!
//! ```
//! use database::{Database, DatabaseError, Migration, Transaction, params};
//! use types::{CustomerId, Time};
//!
//! # let directory = tempfile::tempdir().unwrap();
//! # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
//! # runtime.block_on(async {
//! let migrations = [Migration {
//!     version: 1,
//!     name: "customers",
//!     sql: "CREATE TABLE customer (id TEXT PRIMARY KEY, since INTEGER NOT NULL) WITHOUT ROWID;",
//! }];
//! let database = Database::open(&directory.path().join("example.sqlite"), &migrations)?;
//! let customer: CustomerId = "1001".parse().unwrap();
//! database
//!     .write(async move |tx: &mut Transaction<'_>| -> Result<(), DatabaseError> {
//!         tx.execute("INSERT INTO customer (id, since) VALUES ($1, $2)", params![&customer, Time::from_ms(7)])
//!             .await?;
//!         Ok(())
//!     })
//!     .await?;
//! let since: Time = database
//!     .read(async move |tx: &mut Transaction<'_>| -> Result<Time, DatabaseError> {
//!         tx.query_one("SELECT since FROM customer WHERE id = $1", params!["1001"]).await?.get("since")
//!     })
//!     .await?;
//! assert_eq!(since, Time::from_ms(7));
//! # Ok::<(), DatabaseError>(())
//! # }).unwrap();
//! ```

pub mod audit_chain;
mod check;
mod connection;
mod copying;
mod database;
mod error;
mod folding;
mod from_value;
mod identity;
mod migration;
mod reader;
mod row;
mod sealed_columns;
mod transaction;
mod unit;
mod value;
mod writer;

pub use check::check;
pub use copying::copy;
pub use database::{Database, Load};
pub use error::{Cause, DatabaseError};
pub use from_value::FromValue;
pub use identity::{Identity, identify, identity, is_used};
pub use migration::Migration;
pub use row::{Column, Row};
pub use sealed_columns::{SealError, SealedColumns};
pub use transaction::Transaction;
pub use value::Value;
