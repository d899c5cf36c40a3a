//! The records of one store, sealed and opened, and committed by its single owner.

use crate::error::SyncError;
use crate::keys::InboxKey;
use crate::random::Random;
use crate::seal;
use crate::store::{Batch, Durability, Revision, Store, StoreError};
use std::cell::Cell;
use std::rc::Rc;
use zeroize::Zeroizing;

/// Seals and opens the records of one store, whose owner it is.
pub(crate) struct Records<S: Store> {
    pub(crate) store: Rc<S>,
    pub(crate) inbox_key: InboxKey,
    pub(crate) random: Random,
    /// The newest commit that this owner knows.
    revision: Cell<Revision>,
    /// Whether a later commit was started whose outcome is unknown.
    unsure: Cell<bool>,
    /// Distinguishes this owner's commits from all others.
    owner: [u8; 8],
    _lease: S::Lease,
}

impl<S: Store> Records<S> {
    /// The records of `store`, for the owner of its lease.
    pub(crate) async fn own(
        store: Rc<S>,
        lease: S::Lease,
        inbox_key: InboxKey,
        random: Random,
    ) -> Result<Self, SyncError> {
        let revision = Cell::new(store.revision().await?);
        Ok(Self {
            store,
            inbox_key,
            revision,
            unsure: Cell::new(false),
            owner: random.draw(),
            random,
            _lease: lease,
        })
    }

    /// Makes a commit after the newest one that this owner knows. If another owner has committed, nothing is committed,
    /// and this owner is refused from then on.
    pub(crate) async fn commit(
        &self,
        batch: Batch,
        durability: Durability,
    ) -> Result<(), SyncError> {
        self.make_sure().await?;
        let from = self.revision.get();
        let to = from.next(self.owner);
        self.unsure.set(true);
        self.store.commit((from, to), batch, durability).await?;
        self.revision.set(to);
        self.unsure.set(false);
        Ok(())
    }

    /// Determines whether the last commit was made, after it was dropped or failed.
    pub(crate) async fn make_sure(&self) -> Result<(), SyncError> {
        if !self.unsure.get() {
            return Ok(());
        }
        let known = self.revision.get();
        let newest = self.store.revision().await?;
        if newest != known && newest != known.next(self.owner) {
            return Err(StoreError::Stale.into());
        }
        self.revision.set(newest);
        self.unsure.set(false);
        Ok(())
    }

    pub(crate) async fn read_inbox(
        &self,
        name: &[u8],
    ) -> Result<Option<Zeroizing<Vec<u8>>>, SyncError> {
        self.read(self.inbox_key.expose(), name).await
    }

    pub(crate) async fn read(
        &self,
        key: &[u8; 32],
        name: &[u8],
    ) -> Result<Option<Zeroizing<Vec<u8>>>, SyncError> {
        match self.store.get(name).await? {
            Some(value) => Ok(Some(seal::open(key, name, &value)?)),
            None => Ok(None),
        }
    }

    pub(crate) fn put_inbox(
        &self,
        batch: &mut Batch,
        name: Vec<u8>,
        plaintext: &[u8],
    ) -> Result<(), SyncError> {
        self.put(batch, self.inbox_key.expose(), name, plaintext)
    }

    pub(crate) fn put(
        &self,
        batch: &mut Batch,
        key: &[u8; 32],
        name: Vec<u8>,
        plaintext: &[u8],
    ) -> Result<(), SyncError> {
        let sealed = seal::seal(key, &name, self.random.draw(), plaintext)?;
        batch.put(name, sealed);
        Ok(())
    }
}
