//! What a device needs of a native platform: its store in SQLite, the network through reqwest, a key file, tokio's timers.
//!
//! Many devices may share one database, each in a space of its own: their commits join one transaction. Nothing here
//! knows what is in a record: it comes sealed.
//!
//! Invariants: a commit that was answered is in the database's file, and a durable one on the disk; a failed commit stops
//! the database, and what is left is read again at the next start. Keys are readable by their owner alone. Plain HTTP is
//! spoken to this machine only.
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
