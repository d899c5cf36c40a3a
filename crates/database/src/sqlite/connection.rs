//! Opens connections with the settings that all of them need.

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long to wait for another process that has locked the file, such as a backup.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// Maximum prepared statements per connection; more than any service has.
const STATEMENTS_MAX: usize = 256;

/// The access mode of a connection.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Mode {
    /// Reads and writes, and creates the file.
    Create,
    /// Reads and writes an existing file.
    Write,
    /// Reads.
    Read,
}

/// The writing connection. Creates the file.
pub(crate) fn writer(path: &Path) -> rusqlite::Result<Connection> {
    let connection = open(path, Mode::Create)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    // FULL: the write-ahead log is synced at every commit, before the commit returns.
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // Deleted content, above all keys, is overwritten in its page.
    connection.pragma_update(None, "secure_delete", "fast")?;
    // The writer's thread makes the checkpoints: see `folding`.
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    // Negative: in KiB.
    connection.pragma_update(None, "cache_size", -16_000)?;
    Ok(connection)
}

/// A read-only connection beside one that writes.
pub(crate) fn reader(path: &Path) -> rusqlite::Result<Connection> {
    open(path, Mode::Read)
}

/// A read-only connection to a file that may be on a read-only file system. Nobody can write to such a file. If its log
/// is empty, it can be read without the files that coordinate readers with a writer.
pub(crate) fn still(path: &Path) -> rusqlite::Result<Connection> {
    // SQLite opens files at the first read.
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

/// The path of the write-ahead log of the database at `path`.
pub(crate) fn log_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    name.into()
}

/// Whether the write-ahead log of the database at `path` is empty.
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
    // Plans do not depend on the values of parameters. Otherwise each execution of a statement with ORDER BY or DISTINCT
    // and a parameter would prepare it again.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // Only the writer makes checkpoints. Otherwise the last connection to close would delete the log of a file that is
    // incomplete without it.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    Ok(connection)
}

#[cfg(test)]
mod tests {
    use super::{Mode, open};
    use rusqlite::StatementStatus;

    #[test]
    fn a_statement_is_prepared_once_for_all_values() {
        let directory = tempfile::tempdir().unwrap();
        let connection = open(&directory.path().join("file.sqlite"), Mode::Create).unwrap();
        let table = "CREATE TABLE thing (whole INTEGER, part INTEGER, PRIMARY KEY (whole, part)) WITHOUT ROWID";
        connection.execute_batch(table).unwrap();
        let select = "SELECT part FROM thing WHERE whole = $1 ORDER BY part";
        for whole in 0..10 {
            let mut statement = connection.prepare_cached(select).unwrap();
            statement.raw_bind_parameter(1, whole).unwrap();
            assert!(statement.raw_query().next().unwrap().is_none());
        }
        let statement = connection.prepare_cached(select).unwrap();
        assert_eq!(statement.get_status(StatementStatus::RePrepare), 0);
    }
}
