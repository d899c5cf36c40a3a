//! The records of one store, sealed and opened.

use crate::error::SyncError;
use crate::keys::InboxKey;
use crate::random::Random;
use crate::seal;
use crate::store::{Batch, Store};
use std::rc::Rc;
use zeroize::Zeroizing;

/// Seals and opens the records of one store.
pub(crate) struct Records<S> {
    pub(crate) store: Rc<S>,
    pub(crate) inbox_key: InboxKey,
    pub(crate) random: Random,
}

impl<S: Store> Records<S> {
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
