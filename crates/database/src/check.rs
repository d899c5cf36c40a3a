//! Checks of a whole database, beside the service that may have it open.

use crate::{DatabaseError, Location, postgres, sqlite};

/// The deployment and part to which a database belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The deployment's id: 16 random bytes.
    pub deployment: [u8; 16],
    /// The part of the deployment.
    pub part: String,
}

/// Whether a database exists: its file, or its schema. Blocks.
pub fn exists(location: impl Into<Location>) -> Result<bool, DatabaseError> {
    match location.into() {
        Location::File(path) => Ok(path.exists()),
        Location::Server(server) => postgres::blocking(async || postgres::exists(&server).await)?,
    }
}

/// Whether an existing database was ever given a schema. Changes nothing. Blocks.
pub fn is_used(location: impl Into<Location>) -> Result<bool, DatabaseError> {
    match location.into() {
        Location::File(path) => sqlite::is_used(&path),
        Location::Server(server) => postgres::blocking(async || postgres::is_used(&server).await)?,
    }
}

/// The bytes that an existing database takes: its file with the write-ahead log, or its schema's tables and indexes.
/// Blocks.
pub fn size(location: impl Into<Location>) -> Result<u64, DatabaseError> {
    match location.into() {
        Location::File(path) => Ok(sqlite::size(&path)),
        Location::Server(server) => postgres::blocking(async || postgres::size(&server).await)?,
    }
}

/// The identity of an existing database. `None` if it has none yet. Changes nothing. Blocks.
pub fn identity(location: impl Into<Location>) -> Result<Option<Identity>, DatabaseError> {
    match location.into() {
        Location::File(path) => sqlite::identity(&path),
        Location::Server(server) => postgres::blocking(async || postgres::identity(&server).await)?,
    }
}

/// Sets the identity of a database that a [`Database`](crate::Database) has opened before and may have open. Blocks.
pub fn identify(location: impl Into<Location>, identity: &Identity) -> Result<(), DatabaseError> {
    match location.into() {
        Location::File(path) => sqlite::identify(&path, identity),
        Location::Server(server) => {
            postgres::blocking(async || postgres::identify(&server, identity).await)?
        }
    }
}

/// Reads a whole database, while a service may write to it: every page and index of a file, every row of a schema.
/// Blocks; the time is proportional to the database's size.
pub fn check(location: impl Into<Location>) -> Result<(), DatabaseError> {
    match location.into() {
        Location::File(path) => sqlite::check(&path),
        Location::Server(server) => postgres::blocking(async || postgres::check(&server).await)?,
    }
}

/// Deletes a database that nobody has open. Blocks.
pub fn remove(location: impl Into<Location>) -> Result<(), DatabaseError> {
    match location.into() {
        Location::File(path) => sqlite::remove(&path),
        Location::Server(server) => postgres::blocking(async || postgres::remove(&server).await)?,
    }
}
