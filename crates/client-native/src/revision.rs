//! The newest revision of a space: a row beside the records that earlier versions neither read nor write.

use client::store::Revision;
use rusqlite::{Connection, OptionalExtension as _};

/// The space of the revisions; the names in it are the spaces. No device's space has this name.
pub(crate) const SPACE: &str = "\0revision";

/// The newest revision of `space`.
pub(crate) fn read(connection: &Connection, space: &str) -> rusqlite::Result<Revision> {
    let mut query =
        connection.prepare_cached("SELECT value FROM record WHERE space = ?1 AND name = ?2")?;
    let value: Option<Vec<u8>> = query
        .query_row((SPACE, space.as_bytes()), |row| row.get(0))
        .optional()?;
    let revision = value.and_then(|value| Revision::from_bytes(&value));
    Ok(revision.unwrap_or(Revision::START))
}
