//! The file's own record of its identity, and of whether it is complete without its write-ahead log.
//!
//! If a file's write-ahead log is missing, SQLite silently reads the file alone. The file therefore records that it is
//! incomplete while the log may contain more. Each checkpoint copies a 0 into the file. The next commit, which only the
//! log contains, sets it to 1. A reader of both reads 1; a reader of the file alone reads 0. The last checkpoint of a
//! clean end copies the 1. (If a reader of an older state blocked a checkpoint, the file may contain a 1 until the next
//! one.)

use super::connection::{self, Mode};
use crate::{DatabaseError, Identity};
use rusqlite::{Connection, OptionalExtension as _};
use std::path::Path;

/// One row. Deployment and part are null until [`identify`] sets them.
const TABLE: &str = "CREATE TABLE IF NOT EXISTS identity
    (whole INTEGER NOT NULL, deployment BLOB, part TEXT);
    INSERT INTO identity (whole) SELECT 1 WHERE NOT EXISTS (SELECT whole FROM identity)";

/// The identity in the file at `path`. `None` if it has none yet. Changes nothing.
pub(crate) fn identity(path: &Path) -> Result<Option<Identity>, DatabaseError> {
    const READ: &str = "SELECT deployment, part FROM identity
        WHERE deployment IS NOT NULL AND part IS NOT NULL";
    let connection = open_still(path)?;
    let failed = |cause| DatabaseError::statement(READ, cause);
    if !has_table(&connection).map_err(failed)? {
        return Ok(None);
    }
    connection
        .query_row(READ, [], |row| {
            Ok(Identity {
                deployment: row.get(0)?,
                part: row.get(1)?,
            })
        })
        .optional()
        .map_err(failed)
}

/// Sets the identity of the file at `path`, which a [`Database`](crate::Database) has opened before and may have open.
pub(crate) fn identify(path: &Path, identity: &Identity) -> Result<(), DatabaseError> {
    const SET: &str = "UPDATE identity SET deployment = $1, part = $2";
    let connection =
        connection::open(path, Mode::Write).map_err(|cause| DatabaseError::open(path, cause))?;
    connection
        .execute(SET, (identity.deployment, &identity.part))
        .map_err(|cause| DatabaseError::statement(SET, cause))?;
    Ok(())
}

/// Whether the file at `path` was ever given a schema. Changes nothing.
pub(crate) fn is_used(path: &Path) -> Result<bool, DatabaseError> {
    const READ: &str = "SELECT count(*) FROM sqlite_schema WHERE name = 'migration'";
    let connection = open_still(path)?;
    let found: rusqlite::Result<i64> = connection.query_row(READ, [], |row| row.get(0));
    Ok(found.map_err(|cause| DatabaseError::statement(READ, cause))? > 0)
}

/// A connection to a file that must not change, and whose write-ahead log exists if it is needed.
pub(crate) fn open_still(path: &Path) -> Result<Connection, DatabaseError> {
    require_log(path)?;
    connection::still(path).map_err(|cause| DatabaseError::open(path, cause))
}

/// Refuses a file that is incomplete without its write-ahead log if the log is missing or empty.
pub(crate) fn require_log(path: &Path) -> Result<(), DatabaseError> {
    const READ: &str = "SELECT whole FROM identity";
    if !path.exists() || !connection::log_is_empty(path) {
        return Ok(());
    }
    let connection = connection::still(path).map_err(|cause| DatabaseError::open(path, cause))?;
    let failed = |cause| DatabaseError::statement(READ, cause);
    if !has_table(&connection).map_err(failed)? {
        return Ok(());
    }
    let whole: Option<bool> = connection
        .query_row(READ, [], |row| row.get(0))
        .optional()
        .map_err(failed)?;
    if whole == Some(false) {
        return Err(DatabaseError::LogMissing {
            path: path.to_owned(),
            log: connection::log_of(path),
        });
    }
    Ok(())
}

fn has_table(connection: &Connection) -> rusqlite::Result<bool> {
    let count = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'identity'";
    connection.query_row(count, [], |row| Ok(row.get::<_, i64>(0)? > 0))
}

/// Creates the table if needed.
pub(crate) fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(TABLE)
}

/// Makes the next checkpoint mark the file as incomplete.
pub(crate) fn say_not_whole(connection: &Connection) -> rusqlite::Result<()> {
    say(connection, false)
}

/// Marks file and log together as complete, in the log alone.
pub(crate) fn say_whole(connection: &Connection) -> rusqlite::Result<()> {
    say(connection, true)
}

fn say(connection: &Connection, whole: bool) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE identity SET whole = $1")?
        .execute([whole])
        .map(drop)
}
