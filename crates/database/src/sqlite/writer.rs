//! The single writer: group commit.

use super::folding::{self, Folding};
use super::statement;
use crate::DatabaseError;
use crate::unit::{Unit, Work};
use rusqlite::Connection;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Maximum units in one transaction. It limits how long the first unit waits for the last.
const GROUP_UNITS_MAX: usize = 256;

/// Runs units until the end is requested, all senders are gone, or the disk failed. Dropping the queue informs the
/// callers.
pub(crate) fn run(connection: Connection, mut queue: mpsc::Receiver<Work>) {
    let mut folding = Folding::default();
    let mut taken = Vec::with_capacity(GROUP_UNITS_MAX);
    let mut group = Vec::with_capacity(GROUP_UNITS_MAX);
    let mut end = None;
    while end.is_none() && queue.blocking_recv_many(&mut taken, GROUP_UNITS_MAX) > 0 {
        for work in taken.drain(..) {
            match work {
                Work::Unit(unit) => group.push(unit),
                Work::End(ended) => end = Some(ended),
            }
        }
        let ran = if group.is_empty() {
            Ok(())
        } else {
            run_group(&connection, &mut group)
        };
        let folded = ran.and_then(|()| {
            let failed = |cause| DatabaseError::statement("PRAGMA wal_checkpoint", cause);
            folding.fold_if_long(&connection).map_err(failed)
        });
        if let Err(DatabaseError::DiskFailed { cause }) = folded {
            tracing::error!(error = %cause, "the disk under the database failed; the database stops");
            return;
        }
    }
    drop(queue);
    if let Err(cause) = folding::finish(&connection) {
        tracing::warn!(error = %cause, "the write-ahead log stays: the next start reads it");
    }
    drop(connection);
    if let Some(ended) = end {
        let _caller_left = ended.send(());
    }
}

/// Runs one transaction over the whole group. After an error nothing of the group is committed, and every caller got
/// its answer.
fn run_group(connection: &Connection, group: &mut Vec<Box<dyn Unit>>) -> Result<(), DatabaseError> {
    let committed = command(connection, "BEGIN IMMEDIATE")
        .and_then(|()| {
            group
                .iter_mut()
                .try_for_each(|unit| run_unit(connection, unit))
        })
        .and_then(|()| command(connection, "COMMIT"));
    // SQLite may have rolled back by itself; then nothing is left to undo.
    let undone = if connection.is_autocommit() {
        Ok(())
    } else {
        command(connection, "ROLLBACK")
    };
    for mut unit in group.drain(..) {
        if let Err(cause) = &committed {
            unit.fail(DatabaseError::Commit {
                cause: Arc::new(cause.clone()),
            });
        }
        unit.answer();
    }
    committed.and(undone)
}

fn run_unit(connection: &Connection, unit: &mut Box<dyn Unit>) -> Result<(), DatabaseError> {
    command(connection, "SAVEPOINT unit")?;
    let (keep, failure) = statement::run(connection, unit);
    if let Some(failure @ DatabaseError::DiskFailed { .. }) = failure {
        return Err(failure);
    }
    if !keep {
        command(connection, "ROLLBACK TO unit")?;
    }
    // When the disk or memory is full, SQLite rolls back the whole transaction and the savepoint is gone. This
    // statement then fails, which is correct, because the earlier units were rolled back too.
    command(connection, "RELEASE unit")
}

fn command(connection: &Connection, sql: &'static str) -> Result<(), DatabaseError> {
    connection
        .prepare_cached(sql)
        .and_then(|mut statement| statement.raw_execute())
        .map(drop)
        .map_err(|cause| DatabaseError::statement(sql, cause))
}
