//! The single writer of a process: group commit in SERIALIZABLE transactions.
//!
//! A group is one transaction with a savepoint per unit. If it conflicts with another process's commit, its units run
//! again one by one. A unit that conflicts too often runs while no other process writes.
//!
//! If the answer to a commit was lost, `commit_mark` shows whether it was committed: each writer has a row there with
//! the number of its newest group.

use super::connector::Connector;
use super::server::Server;
use super::session::Session;
use crate::unit::{Unit, Work};
use crate::{Cause, DatabaseError, Transaction, Value};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// Maximum units in one transaction: a PostgreSQL snapshot lists 64 subtransactions of another transaction.
const GROUP_UNITS_MAX: usize = 64;

/// Maximum conflicts of a unit before it runs while no other process writes, and maximum attempts before it is refused.
const MEETINGS_MAX: u32 = 3;
const REPEATS_MAX: u32 = 8;

/// The planner of a writing connection prefers indexes, because a scan of a whole table conflicts with all writers to
/// it. Where no index helps, as in a table of one row, it takes the scan for so costly that the server would compile the
/// statement to machine code at each execution, which takes a hundred times as long as the statement.
const SETTINGS: &str = "SET default_transaction_isolation TO 'serializable'; SET enable_seqscan TO off; SET jit TO off";

/// The lock comes before the first statement, which determines the state that the transaction sees.
const BEGIN_BESIDE_OTHERS: &str = "BEGIN; LOCK TABLE commit_mark IN ROW EXCLUSIVE MODE";
const BEGIN_ALONE: &str = "BEGIN; LOCK TABLE commit_mark IN EXCLUSIVE MODE";

/// The outcome of a transaction over some units.
enum Ended {
    /// Committed and durable.
    Committed,
    /// Not committed. It may run again at once, or when the server is available.
    Again(DatabaseError),
    /// Not committed. Another attempt would fail in the same way.
    Refused(DatabaseError),
    /// Unknown whether it was committed.
    Unknown(DatabaseError),
}

struct Writer {
    connector: Connector,
    /// The writer's id in `commit_mark`.
    id: [u8; 16],
    /// The number of the newest group.
    number: i64,
    disk_failed: bool,
}

/// Runs units until the end is requested, all senders are gone, or the server's disk failed. Dropping the queue informs
/// the callers.
pub(super) fn run(server: Server, mut queue: mpsc::Receiver<Work>) {
    let mut id = [0; 16];
    if let Err(error) = getrandom::fill(&mut id) {
        tracing::error!(%error, "the system's random source failed; the database stops");
        return;
    }
    let runtime = match super::runtime() {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!(%error, "the writer of the database failed to start");
            return;
        }
    };
    let mut writer = Writer {
        connector: Connector::new(server, SETTINGS),
        id,
        number: 0,
        disk_failed: false,
    };
    let mut taken = Vec::with_capacity(GROUP_UNITS_MAX);
    let mut end: Option<oneshot::Sender<()>> = None;
    while end.is_none() && queue.blocking_recv_many(&mut taken, GROUP_UNITS_MAX) > 0 {
        let mut group = Vec::with_capacity(taken.len());
        for work in taken.drain(..) {
            match work {
                Work::Unit(unit) => group.push(unit),
                Work::End(ended) => end = Some(ended),
            }
        }
        if !group.is_empty() {
            runtime.block_on(writer.run_group(group));
        }
        if writer.disk_failed {
            tracing::error!("the disk under the database failed; the database stops");
            return;
        }
    }
    drop(queue);
    runtime.block_on(writer.forget_mark());
    drop((writer, runtime));
    if let Some(ended) = end {
        let _caller_left = ended.send(());
    }
}

impl Writer {
    async fn run_group(&mut self, mut group: Vec<Box<dyn Unit>>) {
        match self.attempt(&mut group, BEGIN_BESIDE_OTHERS).await {
            Ended::Again(_) => {
                for unit in group {
                    self.run_unit(unit).await;
                }
            }
            ended => answer(group, ended),
        }
    }

    /// Runs one unit alone, until it is committed or refused.
    async fn run_unit(&mut self, unit: Box<dyn Unit>) {
        let mut unit = vec![unit];
        let mut ended = Ended::Committed;
        for repeat in 0..REPEATS_MAX {
            let begin = if repeat < MEETINGS_MAX {
                BEGIN_BESIDE_OTHERS
            } else {
                BEGIN_ALONE
            };
            ended = self.attempt(&mut unit, begin).await;
            match &ended {
                Ended::Again(_) => pause(repeat).await,
                _ => break,
            }
        }
        answer(unit, ended);
    }

    /// Runs one transaction over the units.
    async fn attempt(&mut self, units: &mut [Box<dyn Unit>], begin: &'static str) -> Ended {
        let session = match self.connector.session().await {
            Ok(session) => session,
            Err(error) => return Ended::Refused(error),
        };
        match self.fill(&session, units, begin).await {
            Ok(()) => self.commit(session).await,
            Err(error) => self.give_up(session, error).await,
        }
    }

    /// Rolls back a transaction that failed as a whole. A lost connection is not used again.
    async fn give_up(&mut self, session: Session, error: DatabaseError) -> Ended {
        let away = matches!(error, DatabaseError::Unavailable { .. });
        if !away && session.command("ROLLBACK").await.is_ok() {
            self.connector.keep(session);
        }
        match error {
            error if away => Ended::Again(error),
            DatabaseError::Conflict { .. } => Ended::Again(error),
            error => {
                self.disk_failed |= matches!(error, DatabaseError::DiskFailed { .. });
                Ended::Refused(DatabaseError::Commit {
                    cause: Arc::new(error),
                })
            }
        }
    }

    /// Runs the units, each in a savepoint. An error concerns all of them.
    async fn fill(
        &mut self,
        session: &Session,
        units: &mut [Box<dyn Unit>],
        begin: &'static str,
    ) -> Result<(), DatabaseError> {
        session.command(begin).await?;
        self.mark(session).await?;
        for unit in units {
            session.before_next("SAVEPOINT unit");
            let mut transaction = Transaction::on_postgres(session);
            let ran = session.drive(unit.run(&mut transaction)).await;
            let keep = match transaction.failure() {
                Some(
                    error @ (DatabaseError::Conflict { .. }
                    | DatabaseError::Unavailable { .. }
                    | DatabaseError::DiskFailed { .. }),
                ) => return Err(error),
                // A concurrent commit that is not visible yet may have the key.
                Some(DatabaseError::Constraint {
                    repeated: true,
                    cause,
                    ..
                }) if begin == BEGIN_BESIDE_OTHERS => {
                    return Err(DatabaseError::Conflict { cause });
                }
                Some(error) => {
                    unit.fail(error);
                    false
                }
                None if ran.is_none() => {
                    unit.fail(DatabaseError::Waited);
                    false
                }
                None => ran == Some(true),
            };
            if !keep {
                session.before_next("ROLLBACK TO SAVEPOINT unit");
            }
            session.before_next("RELEASE SAVEPOINT unit");
        }
        Ok(())
    }

    /// Stores the number of this group.
    async fn mark(&mut self, session: &Session) -> Result<(), DatabaseError> {
        const MARK: &str = "INSERT INTO commit_mark (writer, number) VALUES ($1, $2)
            ON CONFLICT (writer) DO UPDATE SET number = excluded.number, at = now()";
        self.number += 1;
        let values = [Value::Blob(self.id.to_vec()), Value::Integer(self.number)];
        session.execute(MARK, &values).await.map(drop)
    }

    async fn commit(&mut self, session: Session) -> Ended {
        match session.command("COMMIT").await {
            Ok(()) => {
                self.connector.keep(session);
                Ended::Committed
            }
            Err(DatabaseError::Unavailable { cause }) => {
                drop(session);
                self.outcome(cause).await
            }
            Err(error) => self.give_up(session, error).await,
        }
    }

    /// Determines whether the newest group was committed after its answer was lost.
    async fn outcome(&mut self, cause: Cause) -> Ended {
        match self.newest_kept().await {
            Ok(Some(number)) if number == self.number => Ended::Committed,
            Ok(_) => Ended::Again(DatabaseError::Unavailable { cause }),
            Err(error) => {
                tracing::error!(%error, "it is unknown whether a group of units was committed");
                Ended::Unknown(DatabaseError::OutcomeUnknown { cause })
            }
        }
    }

    /// The number of the newest committed group. Waits for a commit that the server is still processing, because its
    /// transaction has locked the row.
    async fn newest_kept(&mut self) -> Result<Option<i64>, DatabaseError> {
        const READ: &str = "SELECT number FROM commit_mark WHERE writer = $1 FOR UPDATE";
        let session = self.connector.session().await?;
        session
            .command("BEGIN ISOLATION LEVEL READ COMMITTED")
            .await?;
        let rows = session
            .query(READ, &[Value::Blob(self.id.to_vec())])
            .await?;
        session.command("COMMIT").await?;
        self.connector.keep(session);
        rows.first().map(|row| row.get(0)).transpose()
    }

    /// Deletes the writer's row at its end, when nobody asks for its groups any more.
    async fn forget_mark(&mut self) {
        const FORGET: &str = "DELETE FROM commit_mark WHERE writer = $1";
        if self.number == 0 {
            return;
        }
        if let Ok(session) = self.connector.session().await {
            // A row that stays is deleted with other old rows at a later opening.
            let _stays = session
                .execute(FORGET, &[Value::Blob(self.id.to_vec())])
                .await;
        }
    }
}

fn answer(units: Vec<Box<dyn Unit>>, ended: Ended) {
    for mut unit in units {
        match &ended {
            Ended::Committed => {}
            Ended::Again(error) | Ended::Refused(error) | Ended::Unknown(error) => {
                unit.fail(error.clone());
            }
        }
        unit.answer();
    }
}

/// A pause of random length, so that conflicting writers do not conflict again.
async fn pause(repeat: u32) {
    let mut random = [0];
    // Without randomness the longest pause is used.
    let share = getrandom::fill(&mut random).map_or(u8::MAX, |()| random[0]);
    let longest = Duration::from_millis(4 << repeat);
    tokio::time::sleep(longest * u32::from(share) / u32::from(u8::MAX)).await;
}
