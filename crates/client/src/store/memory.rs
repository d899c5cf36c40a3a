//! A store in memory.

use super::{Batch, Change, Durability, Row, Store, StoreError};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Bound;

/// A store in memory, for tests and for what is not to be kept. Share one through `Rc`.
#[derive(Debug, Default)]
pub struct MemoryStore {
    rows: RefCell<BTreeMap<Vec<u8>, Vec<u8>>>,
}

impl MemoryStore {
    /// Everything in it, in the order of the keys.
    #[must_use]
    pub fn rows(&self) -> Vec<Row> {
        let rows = self.rows.borrow();
        rows.iter()
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    }
}

impl Store for MemoryStore {
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

    async fn commit(&self, batch: Batch, _durability: Durability) -> Result<(), StoreError> {
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
