//! The single writer: group commit.

use super::folding::{self, Folding};
use super::running;
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

/// How the units of a group are separated from each other.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Separation {
    /// Not at all: no unit is to be undone.
    None,
    /// A savepoint for each unit, whose changes can be undone alone. It costs about as much as a statement of the unit.
    Savepoints,
}

/// Why a group was not committed.
enum NotCommitted {
    /// A unit is to be undone, and the group has no savepoints.
    Refused,
    Failed(DatabaseError),
}

impl From<DatabaseError> for NotCommitted {
    fn from(cause: DatabaseError) -> Self {
        Self::Failed(cause)
    }
}

/// Runs one transaction over the whole group. After an error nothing of the group is committed, and every caller got
/// its answer.
///
/// Most groups have no unit to undo. The group therefore runs without savepoints first, and if that fails it runs again
/// with them.
fn run_group(connection: &Connection, group: &mut Vec<Box<dyn Unit>>) -> Result<(), DatabaseError> {
    let committed = match try_group(connection, group, Separation::None) {
        // The only unit was undone with its transaction, and has its result.
        Err(NotCommitted::Refused) if group.len() == 1 => Ok(()),
        Err(NotCommitted::Refused) => try_group(connection, group, Separation::Savepoints),
        committed => committed,
    };
    let committed = match committed {
        Ok(()) => Ok(()),
        Err(NotCommitted::Failed(cause)) => Err(cause),
        Err(NotCommitted::Refused) => unreachable!("savepoints undo a unit alone"),
    };
    for mut unit in group.drain(..) {
        if let Err(cause) = &committed {
            unit.fail(DatabaseError::Commit {
                cause: Arc::new(cause.clone()),
            });
        }
        unit.answer();
    }
    committed
}

/// Commits the group, or leaves nothing of it.
fn try_group(
    connection: &Connection,
    group: &mut [Box<dyn Unit>],
    separation: Separation,
) -> Result<(), NotCommitted> {
    command(connection, "BEGIN IMMEDIATE")?;
    let committed = group
        .iter_mut()
        .try_for_each(|unit| run_unit(connection, unit, separation))
        .and_then(|()| Ok(command(connection, "COMMIT")?));
    // SQLite may have rolled back by itself; then nothing is left to undo.
    if !connection.is_autocommit() {
        command(connection, "ROLLBACK")?;
    }
    committed
}

fn run_unit(
    connection: &Connection,
    unit: &mut Box<dyn Unit>,
    separation: Separation,
) -> Result<(), NotCommitted> {
    if separation == Separation::Savepoints {
        command(connection, "SAVEPOINT unit")?;
    }
    let (keep, failure) = running::run(connection, unit);
    if let Some(failure @ DatabaseError::DiskFailed { .. }) = failure {
        return Err(failure.into());
    }
    match separation {
        Separation::None if keep => Ok(()),
        Separation::None => Err(NotCommitted::Refused),
        Separation::Savepoints => {
            if !keep {
                command(connection, "ROLLBACK TO unit")?;
            }
            // When the disk or memory is full, SQLite rolls back the whole transaction and the savepoint is gone. This
            // statement then fails, which is correct, because the earlier units were rolled back too.
            Ok(command(connection, "RELEASE unit")?)
        }
    }
}

fn command(connection: &Connection, sql: &'static str) -> Result<(), DatabaseError> {
    connection
        .prepare_cached(sql)
        .and_then(|mut statement| statement.raw_execute())
        .map(drop)
        .map_err(|cause| DatabaseError::statement(sql, cause))
}
