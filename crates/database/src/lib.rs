//! SQLite and PostgreSQL: connections, units of work with group commit, migrations, sealed columns, the audit chain.
//!
//! A service owns one file of SQLite, or one schema on a PostgreSQL server, and all SQL over it. A unit of work is an async
//! closure over a [`Transaction`] that can run again; its SQL is in the portable subset, placeholders `$1`, `$2`, … in order
//! of appearance, so that the same text runs on both. One writer thread runs all units that wait in one transaction, a
//! savepoint each, and commits once: many units share one fsync. Readers have connections of their own and see what is
//! committed. Several processes may have one PostgreSQL schema open: a unit that contradicts another process's runs again.
//!
//! Invariants:
//! - A unit's answer is given only after the commit that holds it is durable (SQLite: WAL, synchronous FULL; PostgreSQL:
//!   `synchronous_commit` is never off).
//! - A unit that answers an error, or one of whose statements failed, leaves nothing behind; the units beside it are not
//!   touched.
//! - A failed disk stops the writer for good: [`Database::stopped`] says so, every later unit is refused. A server that is
//!   away stops nothing: units wait for half a minute, then they are refused as [`DatabaseError::Unavailable`].
//! - A unit is done once. Where the answer to a commit was lost, the writer looks whether it was kept; where it cannot, it
//!   answers [`DatabaseError::OutcomeUnknown`].
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
mod transaction;
mod unit;
mod value;

pub use check::{Identity, check, exists, identify, identity, is_used, remove};
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
