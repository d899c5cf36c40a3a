//! Checkpoints: what is in the write-ahead log is copied into the file.

use super::identity::{say_not_whole, say_whole};
use rusqlite::Connection;
use rusqlite::config::DbConfig;

/// Frames, of a page of 4 KiB each, that wait in the log before they are copied: few checkpoints, and so few of their
/// syncs in the way of commits.
const FRAMES: i64 = 4_000;

/// Decides when the log is folded while the database runs.
#[derive(Default)]
pub(crate) struct Folding {
    /// Not before the log has so many frames: a reader of an older state held the last checkpoint up.
    next: i64,
}

/// How much is in the log, and how much of it the file has.
struct Progress {
    frames: i64,
    copied: i64,
}

/// Copies what an earlier run left in the log, synced. That run may have ended at a sync that failed, after which the
/// system takes the log's pages for clean: they are read back, and no later sync brings them to the disk. Copied, they are
/// on it before anything depends on them.
///
/// The log is not emptied: a file that is not whole without its log never stands beside an empty one.
pub(crate) fn settle(connection: &Connection) -> rusqlite::Result<()> {
    say_not_whole(connection)?;
    all(&checkpoint(connection, "PRAGMA wal_checkpoint(FULL)")?)?;
    say_whole(connection)
}

/// The end of a database: the file is whole without its log, and the log is gone with its last connection.
pub(crate) fn finish(connection: &Connection) -> rusqlite::Result<()> {
    all(&checkpoint(connection, "PRAGMA wal_checkpoint(TRUNCATE)")?)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    Ok(())
}

impl Folding {
    /// Folds the log if it has grown long. Waits for no reader.
    pub(crate) fn fold_if_long(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let log = checkpoint(connection, "PRAGMA wal_checkpoint(NOOP)")?;
        if log.frames - log.copied < FRAMES || log.frames < self.next {
            return Ok(());
        }
        say_not_whole(connection)?;
        let log = checkpoint(connection, "PRAGMA wal_checkpoint(PASSIVE)")?;
        self.next = if log.frames == log.copied {
            0
        } else {
            log.frames + FRAMES
        };
        say_whole(connection)
    }
}

fn all(log: &Progress) -> rusqlite::Result<()> {
    if log.frames == log.copied {
        return Ok(());
    }
    let busy = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY);
    let problem = "somebody reads an older state of the database";
    Err(rusqlite::Error::SqliteFailure(busy, Some(problem.into())))
}

fn checkpoint(connection: &Connection, statement: &str) -> rusqlite::Result<Progress> {
    connection.prepare_cached(statement)?.query_row([], |row| {
        Ok(Progress {
            frames: row.get(1)?,
            copied: row.get(2)?,
        })
    })
}
