//! The one writer of a process: group commit in SERIALIZABLE transactions.
//!
//! A group is one transaction, a savepoint each unit. Where it contradicts what another process committed at the same
//! time, its units run again one by one, and a unit that met others too often runs while nobody else writes.
//!
//! Whether a commit was done whose answer was lost is read from `commit_mark`, in which each writer has a row with the
//! number of its newest group.

use super::connector::Connector;
use super::server::Server;
use super::session::Session;
use crate::unit::{Unit, Work};
use crate::{Cause, DatabaseError, Transaction, Value};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// Units in one transaction at most: a snapshot of PostgreSQL's lists 64 subtransactions of another transaction.
const GROUP_UNITS_MAX: usize = 64;

/// Times that a unit meets others before it runs while nobody else writes, and before it is refused.
const MEETINGS_MAX: u32 = 3;
const REPEATS_MAX: u32 = 8;

/// The planner of a connection that writes prefers indexes: a scan of a whole table contradicts whoever writes to it.
const SETTINGS: &str =
    "SET default_transaction_isolation TO 'serializable'; SET enable_seqscan TO off";

/// A lock before the first statement, which is what the transaction sees its state as of.
const BEGIN_BESIDE_OTHERS: &str = "BEGIN; LOCK TABLE commit_mark IN ROW EXCLUSIVE MODE";
const BEGIN_ALONE: &str = "BEGIN; LOCK TABLE commit_mark IN EXCLUSIVE MODE";

/// How a transaction over some units ended.
enum Ended {
    /// It is durable.
    Committed,
    /// Nothing was kept, and it may run again at once, or when the server is there.
    Again(DatabaseError),
    /// Nothing was kept, and it would end so again.
    Refused(DatabaseError),
    /// Whether it was kept is not known.
    Unknown(DatabaseError),
}

struct Writer {
    connector: Connector,
    /// By what `commit_mark` knows it.
    id: [u8; 16],
    /// Of the newest group.
    number: i64,
    disk_failed: bool,
}

/// Runs units until the end is asked for, all senders are gone, or the server's disk failed. Dropping the queue is what
/// tells the callers.
pub(super) fn run(server: Server, mut queue: mpsc::Receiver<Work>) {
    let mut id = [0; 16];
    if let Err(error) = getrandom::fill(&mut id) {
        tracing::error!(%error, "the system gives no random bytes; the database stops");
        return;
    }
    let runtime = match super::runtime() {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!(%error, "the writer of the database does not start");
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

    /// A unit by itself, until it is done or was refused.
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

    /// One transaction over the units.
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

    /// Undoes a transaction that failed as a whole. A connection that is away is not used again.
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

    /// Runs the units, a savepoint each. An error concerns all of them.
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
                // What was committed meanwhile, and is not seen yet, may have the key.
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

    /// Writes down which group this is.
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

    /// Whether the newest group was kept, whose commit was not answered.
    async fn outcome(&mut self, cause: Cause) -> Ended {
        match self.newest_kept().await {
            Ok(Some(number)) if number == self.number => Ended::Committed,
            Ok(_) => Ended::Again(DatabaseError::Unavailable { cause }),
            Err(error) => {
                tracing::error!(%error, "whether a group of units was kept is not known");
                Ended::Unknown(DatabaseError::OutcomeUnknown { cause })
            }
        }
    }

    /// The number of the newest group that was kept. Waits for a commit that the server is still busy with: its
    /// transaction has the row locked.
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

    /// The end of a writer: nobody asks for its groups any more.
    async fn forget_mark(&mut self) {
        const FORGET: &str = "DELETE FROM commit_mark WHERE writer = $1";
        if self.number == 0 {
            return;
        }
        if let Ok(session) = self.connector.session().await {
            // What stays is removed with old rows at some later opening.
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

/// A while of random length, so that those who met do not meet again.
async fn pause(repeat: u32) {
    let mut random = [0];
    // Without randomness the pause is the longest.
    let share = getrandom::fill(&mut random).map_or(u8::MAX, |()| random[0]);
    let longest = Duration::from_millis(4 << repeat);
    tokio::time::sleep(longest * u32::from(share) / u32::from(u8::MAX)).await;
}
