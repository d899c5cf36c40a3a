//! Opening connections as every one of them must be.

use rusqlite::{Connection, OpenFlags};
use std::path::Path;
use std::time::Duration;

/// How long to wait for another process that has the file, a backup above all.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// Statements kept prepared on each connection; more than any service has.
const STATEMENTS_MAX: usize = 256;

/// The connection that writes. Creates the file.
pub(crate) fn writer(path: &Path) -> rusqlite::Result<Connection> {
    let connection = open(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
    )?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    // FULL: the write-ahead log is synced at every commit, before the commit is answered.
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // 4,000 pages of 4 KiB between checkpoints: fewer of their syncs in the way of commits.
    connection.pragma_update(None, "wal_autocheckpoint", 4_000)?;
    // Negative: in KiB.
    connection.pragma_update(None, "cache_size", -16_000)?;
    settle(&connection)?;
    Ok(connection)
}

/// Writes what is in the write-ahead log into the database, synced. An earlier run may have ended at a sync that failed,
/// after which the system takes the log's pages for clean: they are read back, and no later sync brings them to the
/// disk. Copied, they are on it before anything depends on them.
fn settle(connection: &Connection) -> rusqlite::Result<()> {
    let (frames, copied): (i64, i64) =
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| {
            Ok((row.get(1)?, row.get(2)?))
        })?;
    if frames == copied {
        return Ok(());
    }
    let busy = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY);
    let problem = "somebody reads an older state of the database";
    Err(rusqlite::Error::SqliteFailure(busy, Some(problem.into())))
}

/// A connection that only reads.
pub(crate) fn reader(path: &Path) -> rusqlite::Result<Connection> {
    open(path, OpenFlags::SQLITE_OPEN_READ_ONLY)
}

fn open(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    Ok(connection)
}
