//! Checkpoints: copy the content of the write-ahead log into the file.

use super::identity::{say_not_whole, say_whole};
use rusqlite::Connection;
use rusqlite::config::DbConfig;

/// Number of frames, of a page of 4 KiB each, in the log before a checkpoint. A large number means few checkpoints,
/// whose syncs delay commits.
const FRAMES: i64 = 4_000;

/// Decides when to make a checkpoint while the database runs.
#[derive(Default)]
pub(crate) struct Folding {
    /// No checkpoint before the log has this many frames, because a reader of an older state blocked the last one.
    next: i64,
}

/// The number of frames in the log, and how many of them are in the file.
struct Progress {
    frames: i64,
    copied: i64,
}

/// Copies the log of an earlier run into the file, synced. That run may have ended at a failed sync. After that the
/// system considers the log's pages clean: they can be read, but no later sync writes them to the disk. Copying puts
/// their content on the disk before anything depends on it.
///
/// The log is not truncated: an incomplete file must never be beside an empty log.
pub(crate) fn settle(connection: &Connection) -> rusqlite::Result<()> {
    say_not_whole(connection)?;
    all(&checkpoint(connection, "PRAGMA wal_checkpoint(FULL)")?)?;
    say_whole(connection)
}

/// Ends a database: the file is complete without its log, and the last connection deletes the log.
pub(crate) fn finish(connection: &Connection) -> rusqlite::Result<()> {
    all(&checkpoint(connection, "PRAGMA wal_checkpoint(TRUNCATE)")?)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    Ok(())
}

impl Folding {
    /// Makes a checkpoint if the log is long. Does not wait for readers.
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
    let problem = "a reader uses an older state of the database";
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
