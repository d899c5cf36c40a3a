//! What a database file says of itself: whose it is, and whether it is whole without its write-ahead log.
//!
//! SQLite takes a file whose write-ahead log is gone for what the file alone holds, without a word. Therefore the file
//! says that it is not whole as long as the log may hold more: each checkpoint copies a 0 into the file, and the commit
//! after it, which only the log has, makes it a 1. Whoever reads both reads 1; whoever has the file alone reads 0. The
//! last checkpoint of a clean end copies the 1. (A checkpoint that a reader of an older state held up may leave a 1 in
//! the file until the next one.)

use super::connection::{self, Mode};
use crate::{DatabaseError, Identity};
use rusqlite::{Connection, OptionalExtension as _};
use std::path::Path;

/// One row. The deployment and the part are null until [`identify`] sets them.
const TABLE: &str = "CREATE TABLE IF NOT EXISTS identity
    (whole INTEGER NOT NULL, deployment BLOB, part TEXT);
    INSERT INTO identity (whole) SELECT 1 WHERE NOT EXISTS (SELECT whole FROM identity)";

/// The identity in the file at `path`; `None` where it has none yet. Changes nothing.
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

/// Whether any schema was ever made in the file at `path`. Changes nothing.
pub(crate) fn is_used(path: &Path) -> Result<bool, DatabaseError> {
    const READ: &str = "SELECT count(*) FROM sqlite_schema WHERE name = 'migration'";
    let connection = open_still(path)?;
    let found: rusqlite::Result<i64> = connection.query_row(READ, [], |row| row.get(0));
    Ok(found.map_err(|cause| DatabaseError::statement(READ, cause))? > 0)
}

/// A connection to a file that is not to be changed, and whose write-ahead log is there if it is needed.
pub(crate) fn open_still(path: &Path) -> Result<Connection, DatabaseError> {
    require_log(path)?;
    connection::still(path).map_err(|cause| DatabaseError::open(path, cause))
}

/// Refuses a file that is not whole without its write-ahead log where that is missing or empty.
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

/// Makes the table where it is not there yet.
pub(crate) fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(TABLE)
}

/// Has the next checkpoint copy into the file that it is not whole by itself.
pub(crate) fn say_not_whole(connection: &Connection) -> rusqlite::Result<()> {
    say(connection, false)
}

/// Says in the write-ahead log alone that file and log together are whole.
pub(crate) fn say_whole(connection: &Connection) -> rusqlite::Result<()> {
    say(connection, true)
}

fn say(connection: &Connection, whole: bool) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE identity SET whole = $1")?
        .execute([whole])
        .map(drop)
}
