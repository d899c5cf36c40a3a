//! A read-only database, possibly on a read-only file system.

use crate::revision;
use client::store::{Batch, Change, Revision, StoreError};
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::path::Path;
use std::time::Duration;

/// Commits are in a table in memory that overlays the stored table. SQLite looks up names in `temp` first, so a query
/// of `record` reads both.
const OVERLAY: &str = "
    PRAGMA temp_store = MEMORY;
    CREATE TEMP TABLE changed (space TEXT NOT NULL, name BLOB NOT NULL, value BLOB, PRIMARY KEY (space, name));
    CREATE TEMP VIEW record AS
        SELECT space, name, value FROM main.record AS kept WHERE NOT EXISTS
            (SELECT 1 FROM changed WHERE changed.space = kept.space AND changed.name = kept.name)
        UNION ALL SELECT space, name, value FROM changed WHERE value IS NOT NULL;
";

pub(crate) fn open(path: &Path) -> rusqlite::Result<Connection> {
    // SQLite opens files at the first read.
    let probe = |connection: Connection| {
        connection.busy_timeout(Duration::from_secs(5))?;
        connection.query_row("PRAGMA schema_version", [], |_| Ok(()))?;
        Ok(connection)
    };
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(path, flags)
        .and_then(probe)
        .or_else(|error| {
            let cannot = matches!(
                error.sqlite_error_code(),
                Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly)
            );
            if !cannot || !path.exists() || !log_is_empty(path) {
                return Err(error);
            }
            // Nobody can write to the file, so readers need no coordination with a writer.
            let uri = format!("file:{}?immutable=1", percent_encoded(path));
            Connection::open_with_flags(uri, flags | OpenFlags::SQLITE_OPEN_URI).and_then(probe)
        })
}

pub(crate) fn overlay(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(OVERLAY)
}

/// Makes a commit's changes in memory, if it follows the newest revision.
pub(crate) fn keep(
    connection: &Connection,
    space: &str,
    (from, to): (Revision, Revision),
    batch: Batch,
) -> rusqlite::Result<Result<(), StoreError>> {
    if revision::read(connection, space)? != from {
        return Ok(Err(StoreError::Stale));
    }
    let mut put = connection.prepare_cached(
        "INSERT INTO changed (space, name, value) VALUES (?1, ?2, ?3)
         ON CONFLICT (space, name) DO UPDATE SET value = excluded.value",
    )?;
    for change in batch.into_changes() {
        match change {
            Change::Put(name, value) => put.execute((space, name, Some(value)))?,
            Change::Delete(name) => put.execute((space, name, None::<Vec<u8>>))?,
        };
    }
    keep_revision(connection, space, to)?;
    Ok(Ok(()))
}

/// Sets the newest revision, in memory.
pub(crate) fn keep_revision(
    connection: &Connection,
    space: &str,
    newest: Revision,
) -> rusqlite::Result<()> {
    let mut put = connection.prepare_cached(
        "INSERT INTO changed (space, name, value) VALUES (?1, ?2, ?3)
         ON CONFLICT (space, name) DO UPDATE SET value = excluded.value",
    )?;
    let newest = newest.to_bytes();
    put.execute((revision::SPACE, space.as_bytes(), newest.as_slice()))?;
    Ok(())
}

fn log_is_empty(path: &Path) -> bool {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    std::fs::metadata(name).map_or(true, |log| log.len() == 0)
}

/// The path as part of a URI, with every special byte escaped.
fn percent_encoded(path: &Path) -> String {
    let bytes = path.as_os_str().as_encoded_bytes().iter();
    bytes
        .map(|byte| match byte {
            b'/' | b'.' | b'-' | b'_' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => {
                char::from(*byte).to_string()
            }
            byte => format!("%{byte:02X}"),
        })
        .collect()
}
