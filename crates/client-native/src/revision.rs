//! Which commit is a space's newest: a row of its own beside the records, which an earlier version neither reads nor writes.

use client::store::Revision;
use rusqlite::{Connection, OptionalExtension as _};

/// The space of the revisions, whose names are the spaces. No device's space is called so.
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
