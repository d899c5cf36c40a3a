//! The writing thread. Waiting commits are made in one transaction.

use crate::revision;
use client::store::{Batch, Change, Durability, Revision, StoreError};
use rusqlite::{Connection, TransactionBehavior};
use std::io;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use tokio::sync::{mpsc, oneshot};

/// Maximum waiting commits. Further callers wait for capacity.
const WAITING_MAX: usize = 1_024;
/// Maximum commits in one transaction.
const GROUP_MAX: usize = 256;

/// A store's changes for the writer.
pub(crate) struct Commit {
    pub(crate) space: Arc<str>,
    /// The newest revision, and the revision that this commit makes. `None` for a commit that only waits for the
    /// earlier ones.
    pub(crate) step: Option<(Revision, Revision)>,
    pub(crate) batch: Batch,
    pub(crate) durability: Durability,
    pub(crate) done: oneshot::Sender<Result<(), StoreError>>,
}

/// The thread that owns the connection for writing.
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
        // A writer that panicked has dropped its reply channels, which refuses its commits.
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
            // A caller that no longer waits needs no answer.
            let _ = one.done.send(answer);
        }
        if failed {
            // It is unknown how much of the transaction reached the disk. Nothing more is written until the file has
            // been read again.
            return;
        }
    }
}

/// Makes the commits of a group in one transaction, except stale ones. Returns the outcome of each.
fn commit(
    connection: &mut Connection,
    synced: &mut Option<bool>,
    group: &mut [Commit],
) -> rusqlite::Result<Vec<Result<(), StoreError>>> {
    let sync = group
        .iter()
        .any(|commit| commit.durability == Durability::Durable);
    if *synced != Some(sync) {
        // In FULL mode, each commit syncs the whole log. In NORMAL mode, the log is synced when it is copied into the
        // file.
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
