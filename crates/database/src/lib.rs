//! SQLite and PostgreSQL: connections, units of work with group commit, migrations, sealed columns, the audit chain.
//!
//! A service owns one SQLite file, or one schema on a PostgreSQL server, and all SQL over it. A unit of work is an
//! async closure over a [`Transaction`] that can run again. Its SQL is in the portable subset, with placeholders `$1`,
//! `$2`, … in order of appearance, so that the same text runs on both. One writer thread runs all waiting units in one
//! transaction, each in a savepoint, and commits once: many units share one fsync. Readers have their own connections
//! and see the committed state. Several processes may use one PostgreSQL schema: a unit that conflicts with another
//! process's unit runs again.
//!
//! Invariants:
//! - A unit's result is returned only after its commit is durable (SQLite: WAL, synchronous FULL; PostgreSQL:
//!   `synchronous_commit` is never off).
//! - A unit that returns an error, or one of whose statements failed, leaves nothing behind. Other units of its group
//!   are not affected.
//! - A disk failure stops the writer for good: [`Database::stopped`] returns, and every later unit is refused. An
//!   unavailable server stops nothing: units wait for half a minute and are then refused with
//!   [`DatabaseError::Unavailable`].
//! - A unit is committed once. If the answer to a commit was lost, the writer checks whether it was committed; if it
//!   cannot check, it returns [`DatabaseError::OutcomeUnknown`].
//! - An audit record is part of the unit of work that it describes: see [`audit_chain`].
//! - A file records whether it is complete without its write-ahead log. A file that lost its log is refused instead of
//!   being read as an older state. A clean end leaves the log empty.
//! - Queues are bounded; callers wait for capacity.
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
//!     sql: "CREATE TABLE customer (id TEXT PRIMARY KEY, since BIGINT NOT NULL)",
//!     postgres: None,
//! }];
//! let database = Database::open(directory.path().join("example.sqlite"), &migrations)?;
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
mod database;
mod error;
mod from_value;
mod location;
mod migration;
mod postgres;
mod row;
mod sealed_columns;
mod sqlite;
mod supervised;
mod thread;
mod transaction;
mod unit;
mod value;
mod verification;

pub use check::{Identity, check, exists, identify, identity, is_used, remove, size};
pub use database::{Database, Load};
pub use error::{Cause, DatabaseError};
pub use from_value::FromValue;
pub use location::Location;
pub use migration::Migration;
pub use postgres::{Server, ServerUrl, UrlError};
pub use row::{Column, Row};
pub use sealed_columns::{SealError, SealedColumns};
pub use sqlite::copy;
pub use transaction::Transaction;
pub use value::Value;
