//! A store in memory.

use super::{Batch, Change, Durability, Revision, Row, Store, StoreError};
use futures_util::lock::{Mutex, OwnedMutexGuard};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

/// A store in memory, for tests and for temporary data. Share one through `Rc`.
#[derive(Debug)]
pub struct MemoryStore {
    rows: RefCell<BTreeMap<Vec<u8>, Vec<u8>>>,
    revision: Cell<Revision>,
    lease: Arc<Mutex<()>>,
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self {
            rows: RefCell::default(),
            revision: Cell::new(Revision::START),
            lease: Arc::default(),
        }
    }
}

impl MemoryStore {
    /// All its content, in the order of the keys.
    #[must_use]
    pub fn rows(&self) -> Vec<Row> {
        let rows = self.rows.borrow();
        rows.iter()
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    }
}

impl Store for MemoryStore {
    type Lease = OwnedMutexGuard<()>;

    async fn try_lease(&self) -> Result<Self::Lease, StoreError> {
        self.lease.try_lock_owned().ok_or(StoreError::InUse)
    }

    async fn lease(&self) -> Result<Self::Lease, StoreError> {
        Ok(self.lease.clone().lock_owned().await)
    }

    async fn revision(&self) -> Result<Revision, StoreError> {
        Ok(self.revision.get())
    }

    async fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.rows.borrow().get(key).cloned())
    }

    async fn scan(
        &self,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Row>, StoreError> {
        let from = match after {
            Some(after) if after >= prefix => Bound::Excluded(after),
            _ => Bound::Included(prefix),
        };
        let rows = self.rows.borrow();
        Ok(rows
            .range::<[u8], _>((from, Bound::Unbounded))
            .take_while(|(key, _)| key.starts_with(prefix))
            .take(limit)
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect())
    }

    async fn commit(
        &self,
        (from, to): (Revision, Revision),
        batch: Batch,
        _durability: Durability,
    ) -> Result<(), StoreError> {
        if self.revision.get() != from {
            return Err(StoreError::Stale);
        }
        self.revision.set(to);
        let mut rows = self.rows.borrow_mut();
        for change in batch.into_changes() {
            match change {
                Change::Put(key, value) => {
                    rows.insert(key, value);
                }
                Change::Delete(key) => {
                    rows.remove(&key);
                }
            }
        }
        Ok(())
    }
}
