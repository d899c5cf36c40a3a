//! A device's store: its space in a database.

use crate::database::Database;
use crate::reading;
use crate::revision;
use crate::writer::Commit;
use client::store::{Batch, CommitDurability, Revision, Row, Store, StoreError, end_of_prefix};
use rusqlite::OptionalExtension as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::{OwnedMutexGuard, oneshot};

const STOPPED: &str = "the store has stopped writing";

/// The records of one device.
#[derive(Clone)]
pub struct SqliteStore {
    database: Database,
    space: Arc<str>,
    /// Whether every earlier commit of this space is known to have ended. A dropped commit call may leave a commit
    /// under way, possibly one sent through an earlier store.
    settled: Arc<AtomicBool>,
}

impl SqliteStore {
    /// Makes the store in `space` of `database`. No two devices may share a space.
    #[must_use]
    pub fn new(database: &Database, space: &str) -> Self {
        Self {
            database: database.clone(),
            space: space.into(),
            settled: Arc::default(),
        }
    }

    /// Waits for all earlier commits: commits run in the order of sending.
    async fn settle(&self) -> Result<(), StoreError> {
        if self.database.commits().is_some() && !self.settled.load(Ordering::Acquire) {
            self.send(None, Batch::default(), CommitDurability::Relaxed)
                .await?;
        }
        Ok(())
    }

    async fn send(
        &self,
        step: Option<(Revision, Revision)>,
        batch: Batch,
        durability: CommitDurability,
    ) -> Result<(), StoreError> {
        let (done, answer) = oneshot::channel();
        let commit = Commit {
            space: self.space.clone(),
            step,
            batch,
            durability,
            done,
        };
        let commits = self.database.commits();
        let commits = commits.ok_or_else(|| StoreError::new(STOPPED))?;
        self.settled.store(false, Ordering::Release);
        let sent = commits.send(commit).await;
        sent.map_err(|_| StoreError::new(STOPPED))?;
        let made = answer.await.map_err(|_| StoreError::new(STOPPED))?;
        self.settled.store(true, Ordering::Release);
        made
    }
}

impl Store for SqliteStore {
    /// Valid for this space within this process. The database's lock excludes other processes.
    type Lease = OwnedMutexGuard<()>;

    async fn try_lease(&self) -> Result<Self::Lease, StoreError> {
        let lease = self.database.lease(&self.space).try_lock_owned();
        lease.map_err(|_| StoreError::InUse)
    }

    async fn lease(&self) -> Result<Self::Lease, StoreError> {
        Ok(self.database.lease(&self.space).lock_owned().await)
    }

    async fn revision(&self) -> Result<Revision, StoreError> {
        self.settle().await?;
        let reader = self.database.reader();
        let newest = revision::read(&reader, &self.space).map_err(StoreError::new)?;
        if self.database.commits().is_none() {
            // Later commits of another process do not affect the overlay.
            reading::keep_revision(&reader, &self.space, newest).map_err(StoreError::new)?;
        }
        Ok(newest)
    }

    async fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.settle().await?;
        let reader = self.database.reader();
        let mut query = reader
            .prepare_cached("SELECT value FROM record WHERE space = ?1 AND name = ?2")
            .map_err(StoreError::new)?;
        query
            .query_row((&*self.space, key), |row| row.get(0))
            .optional()
            .map_err(StoreError::new)
    }

    async fn scan(
        &self,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Row>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let end = end_of_prefix(prefix);
        self.settle().await?;
        let reader = self.database.reader();
        let mut query = reader
            .prepare_cached(
                "SELECT name, value FROM record
                 WHERE space = ?1 AND name >= ?2 AND (?3 IS NULL OR name > ?3) AND (?4 IS NULL OR name < ?4)
                 ORDER BY name LIMIT ?5",
            )
            .map_err(StoreError::new)?;
        let from = after.filter(|after| *after > prefix).unwrap_or(prefix);
        query
            .query_map((&*self.space, from, after, end, limit), |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .and_then(Iterator::collect)
            .map_err(StoreError::new)
    }

    async fn commit(
        &self,
        step: (Revision, Revision),
        batch: Batch,
        durability: CommitDurability,
    ) -> Result<(), StoreError> {
        if self.database.commits().is_none() {
            let reader = self.database.reader();
            let kept = reading::keep(&reader, &self.space, step, batch);
            return kept.map_err(StoreError::new)?;
        }
        self.send(Some(step), batch, durability).await
    }
}
