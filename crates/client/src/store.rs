//! The port to the device's store: a key-value map with one atomic commit of many changes.
//!
//! SQLite natively, IndexedDB in a browser, memory in tests; all pass [`conformance`]. What is put here is sealed
//! already: a store sees ciphertext and the names of records.

pub mod conformance;
mod memory;

pub use memory::MemoryStore;

use std::error::Error;
use std::rc::Rc;
use thiserror::Error;

/// The store did not do what it was asked; nothing of a failed commit is there.
#[derive(Debug, Error)]
#[error("the device's store failed")]
pub struct StoreError(#[source] pub Box<dyn Error + Send + Sync>);

impl StoreError {
    /// Because of `cause`.
    pub fn new(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }
}

/// What a commit survives once it is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// A power cut. For what cannot be had again: grants, identity, outbox.
    Durable,
    /// The end of the process. After a power cut the newest such commits may be gone, the newest first; what is left is a
    /// state that once was.
    Relaxed,
}

/// One change of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Sets a key's value.
    Put(Vec<u8>, Vec<u8>),
    /// Removes a key, if it is there.
    Delete(Vec<u8>),
}

/// Changes that are made together or not at all, in this order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    changes: Vec<Change>,
}

impl Batch {
    /// Sets `key` to `value`.
    pub fn put(&mut self, key: Vec<u8>, value: Vec<u8>) {
        self.changes.push(Change::Put(key, value));
    }

    /// Removes `key`.
    pub fn delete(&mut self, key: Vec<u8>) {
        self.changes.push(Change::Delete(key));
    }

    /// Whether nothing would change.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// The changes, in order.
    #[must_use]
    pub fn into_changes(self) -> Vec<Change> {
        self.changes
    }
}

/// A key and its value.
pub type Row = (Vec<u8>, Vec<u8>);

/// The device's store. Its futures need not be `Send`: browsers' are not.
#[allow(async_fn_in_trait, reason = "futures need not be Send")]
pub trait Store {
    /// The value of `key`.
    async fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// The first `limit` keys that begin with `prefix`, bytewise ascending, with their values; those after the key
    /// `after` where one is given.
    async fn scan(
        &self,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Row>, StoreError>;

    /// Makes all changes or none.
    async fn commit(&self, batch: Batch, durability: Durability) -> Result<(), StoreError>;
}

impl<S: Store> Store for Rc<S> {
    async fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        S::get(self, key).await
    }

    async fn scan(
        &self,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Row>, StoreError> {
        S::scan(self, prefix, after, limit).await
    }

    async fn commit(&self, batch: Batch, durability: Durability) -> Result<(), StoreError> {
        S::commit(self, batch, durability).await
    }
}
