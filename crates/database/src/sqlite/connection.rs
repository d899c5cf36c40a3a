//! Opening connections as every one of them must be.

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long to wait for another process that has the file, a backup above all.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// Statements kept prepared on each connection; more than any service has.
const STATEMENTS_MAX: usize = 256;

/// What a connection may do.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Mode {
    /// Read and write, and create the file.
    Create,
    /// Read and write a file that is there.
    Write,
    /// Read.
    Read,
}

/// The connection that writes. Creates the file.
pub(crate) fn writer(path: &Path) -> rusqlite::Result<Connection> {
    let connection = open(path, Mode::Create)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    // FULL: the write-ahead log is synced at every commit, before the commit is answered.
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // What is deleted, keys above all, is overwritten in the page that held it.
    connection.pragma_update(None, "secure_delete", "fast")?;
    // The writer's thread makes the checkpoints: see `folding`.
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    // Negative: in KiB.
    connection.pragma_update(None, "cache_size", -16_000)?;
    Ok(connection)
}

/// A connection that only reads, beside one that writes.
pub(crate) fn reader(path: &Path) -> rusqlite::Result<Connection> {
    open(path, Mode::Read)
}

/// A connection that only reads a file which may lie on a read-only file system. Such a file cannot be written to by
/// anybody, so that it may be read without the files that coordinate readers with a writer, if its log is empty.
pub(crate) fn still(path: &Path) -> rusqlite::Result<Connection> {
    // SQLite opens files when they are first read.
    let probe = |connection: Connection| {
        connection.query_row("PRAGMA schema_version", [], |_| Ok(()))?;
        Ok(connection)
    };
    reader(path).and_then(probe).or_else(|error| {
        let cannot = matches!(
            error.sqlite_error_code(),
            Some(rusqlite::ErrorCode::CannotOpen | rusqlite::ErrorCode::ReadOnly)
        );
        if !cannot || !log_is_empty(path) {
            return Err(error);
        }
        let name = percent_encoded(path);
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
            | OpenFlags::SQLITE_OPEN_URI
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        Connection::open_with_flags(format!("file:{name}?immutable=1"), flags).and_then(probe)
    })
}

/// A path as a URI's, every byte that could mean something else escaped.
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

/// Where SQLite keeps the write-ahead log of the database at `path`.
pub(crate) fn log_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    name.into()
}

/// Whether there is nothing in the write-ahead log of the database at `path`.
pub(crate) fn log_is_empty(path: &Path) -> bool {
    std::fs::metadata(log_of(path)).map_or(true, |log| log.len() == 0)
}

pub(crate) fn open(path: &Path, mode: Mode) -> rusqlite::Result<Connection> {
    let flags = match mode {
        Mode::Create => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
        Mode::Write => OpenFlags::SQLITE_OPEN_READ_WRITE,
        Mode::Read => OpenFlags::SQLITE_OPEN_READ_ONLY,
    };
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    // Only the writer makes checkpoints: whoever closes last would remove the log of a file that is not whole without it.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    Ok(connection)
}
