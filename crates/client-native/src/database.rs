//! The database file: one writer, one reader, and a lock that keeps other processes out.

use crate::reading;
use crate::writer::{Commit, Writer};
use rusqlite::Connection;
use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use thiserror::Error;
use tokio::sync::{Mutex as Lease, mpsc};

/// The version of the schema.
const VERSION: i64 = 1;

/// The rows are large. A table in insertion order with a separate index moves fewer bytes than a table that is its own
/// index.
const TABLES: &str = "
    CREATE TABLE record (
        space TEXT NOT NULL,
        name BLOB NOT NULL,
        value BLOB NOT NULL,
        PRIMARY KEY (space, name)
    );
    PRAGMA user_version = 1;
";

/// Why a database could not be opened.
#[derive(Debug, Error)]
pub enum DatabaseError {
    /// Another process, or this one, has the database open.
    #[error("the device's store is in use by another process")]
    InUse,
    /// Taking the lock file failed.
    #[error("the device's store cannot be locked")]
    Lock(#[source] io::Error),
    /// The database has a version that this program does not support.
    #[error("the device's store has version {0}, which this program does not support")]
    Version(i64),
    /// SQLite failed to open the database.
    #[error("the device's store cannot be opened")]
    Sqlite(#[from] rusqlite::Error),
}

/// A database of records, shared by the stores in it.
#[derive(Clone)]
pub struct Database(Arc<Shared>);

struct Shared {
    /// `None` if the database is read-only.
    commits: Option<mpsc::Sender<Commit>>,
    writer: Option<Writer>,
    reader: Mutex<Connection>,
    /// The spaces that had an owner, each with its lease.
    leases: Mutex<BTreeMap<Arc<str>, Arc<Lease<()>>>>,
    /// The lock file, locked until the writer has ended.
    _lock: Option<File>,
}

impl Database {
    /// Opens the database at `path`, or creates it. Fails if another process has it open.
    pub fn open(path: &Path) -> Result<Self, DatabaseError> {
        let lock = lock_file(path)?;
        match lock.try_lock() {
            Ok(()) => Self::open_locked(path, lock),
            Err(TryLockError::WouldBlock) => Err(DatabaseError::InUse),
            Err(TryLockError::Error(error)) => Err(DatabaseError::Lock(error)),
        }
    }

    /// The same, but waits until no other process has the database open: for a process that only receives beside the
    /// app. The future may be dropped while it waits.
    pub async fn open_when_free(path: &Path) -> Result<Self, DatabaseError> {
        let (lock, path) = (lock_file(path)?, path.to_owned());
        let opened = tokio::task::spawn_blocking(move || {
            lock.lock().map_err(DatabaseError::Lock)?;
            Self::open_locked(&path, lock)
        });
        opened
            .await
            .map_err(|error| DatabaseError::Lock(io::Error::other(error)))?
    }

    fn open_locked(path: &Path, lock: File) -> Result<Self, DatabaseError> {
        let connection = Connection::open(path)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "wal_autocheckpoint", 4_000)?;
        connection.pragma_update(None, "cache_size", -16_000)?;
        settle(&connection)?;
        prepare(&connection)?;
        let reader = Connection::open(path)?;
        reader.busy_timeout(Duration::from_secs(5))?;
        reader.pragma_update(None, "query_only", true)?;
        let (commits, writer) = Writer::start(connection).map_err(DatabaseError::Lock)?;
        Ok(Self(Arc::new(Shared {
            commits: Some(commits),
            writer: Some(writer),
            reader: Mutex::new(reader),
            leases: Mutex::default(),
            _lock: Some(lock),
        })))
    }

    /// Opens the database at `path` read-only, even if another process writes to it, or if nobody can. It takes no
    /// lock. Commits stay in memory and are lost when this value is dropped.
    pub fn open_to_read(path: &Path) -> Result<Self, DatabaseError> {
        let connection = reading::open(path)?;
        match version(&connection)? {
            VERSION => {}
            version => return Err(DatabaseError::Version(version)),
        }
        reading::overlay(&connection)?;
        Ok(Self(Arc::new(Shared {
            commits: None,
            writer: None,
            reader: Mutex::new(connection),
            leases: Mutex::default(),
            _lock: None,
        })))
    }

    pub(crate) fn commits(&self) -> Option<&mpsc::Sender<Commit>> {
        self.0.commits.as_ref()
    }

    /// The lease of the owner of `space`.
    pub(crate) fn lease(&self, space: &Arc<str>) -> Arc<Lease<()>> {
        let leases = self.0.leases.lock();
        let mut leases = leases.unwrap_or_else(PoisonError::into_inner);
        leases.entry(space.clone()).or_default().clone()
    }

    /// The connection for reading. Reads are short, and a reader that panicked has changed nothing, so poisoning is
    /// ignored.
    pub(crate) fn reader(&self) -> MutexGuard<'_, Connection> {
        self.0.reader.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        // The writer ends when no sender is left. Only then may another process open the database.
        self.commits = None;
        if let Some(writer) = self.writer.take() {
            writer.join();
        }
    }
}

fn lock_file(path: &Path) -> Result<File, DatabaseError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(name)
        .map_err(DatabaseError::Lock)
}

fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

/// Copies the write-ahead log into the database, synced. An earlier run may have ended at a failed sync. After that the
/// system considers the log's pages clean: they can be read, but no later sync writes them to the disk. Copying puts
/// their content on the disk before anything depends on it.
fn settle(connection: &Connection) -> Result<(), DatabaseError> {
    let (frames, copied): (i64, i64) =
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| {
            Ok((row.get(1)?, row.get(2)?))
        })?;
    if frames == copied {
        return Ok(());
    }
    Err(DatabaseError::InUse)
}

fn prepare(connection: &Connection) -> Result<(), DatabaseError> {
    match version(connection)? {
        0 => Ok(connection.execute_batch(&format!("BEGIN IMMEDIATE; {TABLES} COMMIT;"))?),
        VERSION => Ok(()),
        version => Err(DatabaseError::Version(version)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sqlite_does_not_lose_committed_writes() {
        // Before 3.51.3 a checkpoint could lose content of the write-ahead log.
        assert!(
            rusqlite::version_number() >= 3_051_003,
            "{}",
            rusqlite::version()
        );
    }

    #[test]
    fn one_process_at_a_time() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("store");
        let database = Database::open(&path).unwrap();
        assert!(matches!(Database::open(&path), Err(DatabaseError::InUse)));
        drop(database);
        Database::open(&path).unwrap();
    }

    #[test]
    fn the_write_ahead_log_of_an_earlier_run_is_copied_before_anything_depends_on_it() {
        let directory = tempfile::tempdir().unwrap();
        let (before, path) = (
            directory.path().join("before"),
            directory.path().join("store"),
        );
        let with = |path: &Path, end: &str| {
            let mut name = path.as_os_str().to_owned();
            name.push(end);
            std::path::PathBuf::from(name)
        };
        // As a killed process leaves the files: the row is only in the log.
        let killed = Connection::open(&before).unwrap();
        killed.pragma_update(None, "journal_mode", "WAL").unwrap();
        prepare(&killed).unwrap();
        let insert = "INSERT INTO record VALUES ('phone', x'01', x'02')";
        killed.execute(insert, []).unwrap();
        for end in ["", "-wal"] {
            std::fs::copy(with(&before, end), with(&path, end)).unwrap();
        }
        drop(killed);
        let length = || std::fs::metadata(with(&path, "-wal")).unwrap().len();
        assert!(length() > 0);

        let _open = Database::open(&path).unwrap();
        assert_eq!(length(), 0);
        let alone = directory.path().join("alone");
        std::fs::copy(&path, &alone).unwrap();
        let alone = Connection::open(&alone).unwrap();
        let rows: i64 = alone
            .query_row("SELECT count(*) FROM record", [], |row| row.get(0))
            .unwrap();
        assert_eq!(rows, 1, "the database file alone has the row");
    }

    #[test]
    fn a_store_of_a_later_version_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("store");
        Connection::open(&path)
            .unwrap()
            .pragma_update(None, "user_version", 2)
            .unwrap();
        assert!(matches!(
            Database::open(&path),
            Err(DatabaseError::Version(2))
        ));
    }
}
