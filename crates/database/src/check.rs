//! A database as a whole, looked at beside the service that may have it open.

use crate::{DatabaseError, Location, postgres, sqlite};

/// Whose a database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The deployment, by 16 random bytes.
    pub deployment: [u8; 16],
    /// Which part of the deployment it is.
    pub part: String,
}

/// Whether a database is there: its file, or its schema. Blocks.
pub fn exists(location: impl Into<Location>) -> Result<bool, DatabaseError> {
    match location.into() {
        Location::File(path) => Ok(path.exists()),
        Location::Server(server) => postgres::blocking(async || postgres::exists(&server).await)?,
    }
}

/// Whether a schema was ever made in a database that is there. Changes nothing. Blocks.
pub fn is_used(location: impl Into<Location>) -> Result<bool, DatabaseError> {
    match location.into() {
        Location::File(path) => sqlite::is_used(&path),
        Location::Server(server) => postgres::blocking(async || postgres::is_used(&server).await)?,
    }
}

/// The identity of a database that is there; `None` where it has none yet. Changes nothing. Blocks.
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

/// Reads a database as a whole, which a service may be writing to meanwhile: of a file every page and index, of a schema
/// every row. Blocks, and takes as long as the database is large.
pub fn check(location: impl Into<Location>) -> Result<(), DatabaseError> {
    match location.into() {
        Location::File(path) => sqlite::check(&path),
        Location::Server(server) => postgres::blocking(async || postgres::check(&server).await)?,
    }
}

/// Removes a database that nobody has open, for good. Blocks.
pub fn remove(location: impl Into<Location>) -> Result<(), DatabaseError> {
    match location.into() {
        Location::File(path) => sqlite::remove(&path),
        Location::Server(server) => postgres::blocking(async || postgres::remove(&server).await)?,
    }
}
