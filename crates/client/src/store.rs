//! The port to the device's store: a key-value map with atomic commits of many changes, a lease for one owner, and a
//! revision in every commit.
//!
//! The lease keeps a second owner waiting. If it is lost nevertheless (a browser may steal a Web Lock), the revision
//! refuses the owner that does not know the newest commit. The implementations are SQLite natively, IndexedDB in a
//! browser, and memory in tests; all pass [`conformance`]. Values are sealed by the caller: a store sees ciphertext and
//! the names of records.

pub mod conformance;
mod memory;

pub use memory::MemoryStore;

use std::error::Error;
use std::rc::Rc;
use thiserror::Error;

/// The store failed. A failed commit leaves nothing behind.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The store failed.
    #[error("the device's store failed")]
    Failed(#[source] Box<dyn Error + Send + Sync>),
    /// The commit does not follow the newest one: another owner has committed since.
    #[error("another owner has written to the device's store")]
    Stale,
    /// Another owner has the lease.
    #[error("the device's store is in use by another owner")]
    InUse,
}

impl StoreError {
    /// Makes the error with its `cause`.
    pub fn new(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Failed(cause.into())
    }
}

/// Identifies a store's newest commit: the number of commits, and the owner who made it. Two owners never make the same
/// revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revision {
    number: u64,
    owner: [u8; 8],
}

impl Revision {
    /// Before the first commit.
    pub const START: Self = Self {
        number: 0,
        owner: [0; 8],
    };

    /// The next revision, made by `owner`: eight bytes that no other owner has.
    #[must_use]
    pub const fn next(self, owner: [u8; 8]) -> Self {
        Self {
            number: self.number.saturating_add(1),
            owner,
        }
    }

    /// The stored form.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 16] {
        let mut bytes = [0; 16];
        let (number, owner) = bytes.split_at_mut(8);
        number.copy_from_slice(&self.number.to_be_bytes());
        owner.copy_from_slice(&self.owner);
        bytes
    }

    /// Parses the stored form. `None` if the length is wrong.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (number, owner) = bytes.split_first_chunk()?;
        Some(Self {
            number: u64::from_be_bytes(*number),
            owner: owner.try_into().ok()?,
        })
    }
}

/// What an acknowledged commit survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommitDurability {
    /// A power failure. For data that cannot be fetched again: grants, identity, outbox.
    Durable,
    /// The end of the process. After a power failure the newest such commits may be lost, the newest first. The
    /// remaining state is an earlier committed state.
    Relaxed,
}

/// One change of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Sets a key's value.
    Put(Vec<u8>, Vec<u8>),
    /// Removes a key, if it exists.
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

/// The first key after all keys with the prefix `prefix`, for stores that scan ranges. `None` if there is no such key.
#[must_use]
pub fn end_of_prefix(prefix: &[u8]) -> Option<Vec<u8>> {
    let kept = prefix.iter().rposition(|byte| *byte < u8::MAX)?;
    let mut end = prefix.get(..=kept)?.to_vec();
    if let Some(last) = end.last_mut() {
        *last += 1;
    }
    Some(end)
}

/// A key and its value.
pub type Row = (Vec<u8>, Vec<u8>);

/// The device's store. Its futures need not be `Send`, because a browser's are not.
#[allow(async_fn_in_trait, reason = "futures need not be Send")]
pub trait Store {
    /// Excludes other owners while it lives.
    type Lease;

    /// The lease. Fails with [`StoreError::InUse`] if another owner has it.
    async fn try_lease(&self) -> Result<Self::Lease, StoreError>;

    /// The lease, after waiting for other owners. The future may be dropped while it waits.
    async fn lease(&self) -> Result<Self::Lease, StoreError>;

    /// The newest commit's revision. After it returns, no earlier dropped commit is executed any more.
    async fn revision(&self) -> Result<Revision, StoreError>;

    /// The value of `key`.
    async fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// The first `limit` keys with the prefix `prefix`, in ascending byte order, with their values. Only keys after
    /// `after` if given.
    async fn scan(
        &self,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Row>, StoreError>;

    /// Makes all changes or none. `step` is the newest revision and the revision of this commit. If the first is not
    /// the newest, fails with [`StoreError::Stale`]. If the call is dropped or fails, [`revision`](Self::revision)
    /// shows whether the commit was made.
    async fn commit(
        &self,
        step: (Revision, Revision),
        batch: Batch,
        durability: CommitDurability,
    ) -> Result<(), StoreError>;
}

impl<S: Store> Store for Rc<S> {
    type Lease = S::Lease;

    async fn try_lease(&self) -> Result<Self::Lease, StoreError> {
        S::try_lease(self).await
    }

    async fn lease(&self) -> Result<Self::Lease, StoreError> {
        S::lease(self).await
    }

    async fn revision(&self) -> Result<Revision, StoreError> {
        S::revision(self).await
    }

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

    async fn commit(
        &self,
        step: (Revision, Revision),
        batch: Batch,
        durability: CommitDurability,
    ) -> Result<(), StoreError> {
        S::commit(self, step, batch, durability).await
    }
}
