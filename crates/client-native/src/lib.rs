//! What a device needs from a native platform: its store in SQLite, HTTP through reqwest, a key file, tokio's timers.
//!
//! Many devices may share one database, each in its own space. Their commits join one transaction. This crate does not
//! know a record's content: records are sealed.
//!
//! Invariants: An acknowledged commit is in the database file, and a durable one is on the disk. A failed commit stops
//! the database, and the next start reads the file again. Only their owner can read keys. Plain HTTP is used to this
//! machine only.
//!
//! ```
//! use client_native::{Database, SqliteStore};
//! # let directory = tempfile::tempdir().unwrap();
//! let database = Database::open(&directory.path().join("devices.sqlite")).unwrap();
//! let (phone, tablet) = (SqliteStore::new(&database, "phone"), SqliteStore::new(&database, "tablet"));
//! # drop((phone, tablet));
//! ```

mod backoff;
mod database;
mod http;
mod monotonic;
mod native;
mod reading;
mod replacing;
mod revision;
mod secrets;
mod store;
mod writer;

pub use backoff::Backoff;
pub use database::{Database, DatabaseError};
pub use http::{HttpTransport, UrlError, http_client};
pub use native::{Native, NoNetwork, Offline, ports};
pub use replacing::replace_file;
pub use secrets::{DeviceSecrets, SecretsError};
pub use store::SqliteStore;
