//! The thread that writes: commits that wait are made in one transaction.

use crate::revision;
use client::store::{Batch, Change, Durability, Revision, StoreError};
use rusqlite::{Connection, TransactionBehavior};
use std::io;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use tokio::sync::{mpsc, oneshot};

/// How many commits may wait; whoever comes then waits for a place.
const WAITING_MAX: usize = 1_024;
/// How many commits join one transaction.
const GROUP_MAX: usize = 256;

/// A store's changes, on their way.
pub(crate) struct Commit {
    pub(crate) space: Arc<str>,
    /// The newest revision, and the one that this makes; none for a commit that only waits for those before it.
    pub(crate) step: Option<(Revision, Revision)>,
    pub(crate) batch: Batch,
    pub(crate) durability: Durability,
    pub(crate) done: oneshot::Sender<Result<(), StoreError>>,
}

/// The thread that has the connection for writing.
pub(crate) struct Writer {
    thread: JoinHandle<()>,
}

impl Writer {
    pub(crate) fn start(connection: Connection) -> io::Result<(mpsc::Sender<Commit>, Self)> {
        let (sender, receiver) = mpsc::channel(WAITING_MAX);
        let thread = thread::Builder::new()
            .name("device-store".to_owned())
            .spawn(move || run(connection, receiver))?;
        Ok((sender, Self { thread }))
    }

    pub(crate) fn join(self) {
        // A writer that panicked has answered nobody: its commits were refused by that.
        let _ = self.thread.join();
    }
}

fn run(mut connection: Connection, mut commits: mpsc::Receiver<Commit>) {
    let mut synced = None;
    while let Some(first) = commits.blocking_recv() {
        let mut group = vec![first];
        while group.len() < GROUP_MAX
            && let Ok(next) = commits.try_recv()
        {
            group.push(next);
        }
        let outcome = commit(&mut connection, &mut synced, &mut group);
        let (answers, failed) = match outcome {
            Ok(answers) => (answers, false),
            Err(error) => {
                let error = error.to_string();
                let failed = group.iter().map(|_| Err(StoreError::new(error.clone())));
                (failed.collect(), true)
            }
        };
        for (one, answer) in group.into_iter().zip(answers) {
            // Who no longer waits does not need to know.
            let _ = one.done.send(answer);
        }
        if failed {
            // What of it reached the disk is not known: nothing more is written until the file has been read again.
            return;
        }
    }
}

/// Makes the commits of a group in one transaction, those that are stale apart. Answers how each ended.
fn commit(
    connection: &mut Connection,
    synced: &mut Option<bool>,
    group: &mut [Commit],
) -> rusqlite::Result<Vec<Result<(), StoreError>>> {
    let sync = group
        .iter()
        .any(|commit| commit.durability == Durability::Durable);
    if *synced != Some(sync) {
        // In FULL the log is synced at each commit, with all that is in it; in NORMAL when it is folded into the file.
        connection.pragma_update(None, "synchronous", if sync { "FULL" } else { "NORMAL" })?;
        *synced = Some(sync);
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut answers = Vec::with_capacity(group.len());
    {
        let mut put = transaction.prepare_cached(
            "INSERT INTO record (space, name, value) VALUES (?1, ?2, ?3)
             ON CONFLICT (space, name) DO UPDATE SET value = excluded.value",
        )?;
        let mut delete =
            transaction.prepare_cached("DELETE FROM record WHERE space = ?1 AND name = ?2")?;
        for commit in group {
            let space = &*commit.space;
            if let Some((from, to)) = commit.step {
                if revision::read(&transaction, space)? != from {
                    answers.push(Err(StoreError::Stale));
                    continue;
                }
                let revision = to.to_bytes();
                put.execute((revision::SPACE, space.as_bytes(), revision.as_slice()))?;
            }
            answers.push(Ok(()));
            for change in std::mem::take(&mut commit.batch).into_changes() {
                match change {
                    Change::Put(name, value) => put.execute((space, name, value))?,
                    Change::Delete(name) => delete.execute((space, name))?,
                };
            }
        }
    }
    transaction.commit()?;
    Ok(answers)
}
