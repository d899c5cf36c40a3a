//! What an app holds of its device while an owner keeps it.

use crate::command::{Queue, Urgent, Work};
use crate::error::SyncError;
use crate::filed::{Cursor, Listing};
use crate::keys::StorageKey;
use crate::shown::Shown;
use envelope::Judgement;
use protocol::Entry;
use types::AccountId;

/// A handle to a device's owner: cheap to clone, `Send` on every platform. Any call may be dropped; what it asked for may be
/// done nevertheless. Where the owner has stopped, every call answers [`SyncError::Stopped`].
#[derive(Debug, Clone)]
pub struct Handle {
    pub(crate) urgent: Queue<Urgent>,
    pub(crate) work: Queue<Work>,
}

impl Handle {
    /// What is shown now. It never waits for the network.
    pub async fn shown(&self) -> Result<Shown, SyncError> {
        self.urgent.ask(Urgent::Shown).await
    }

    /// The entries of `account`, or those that belong to no account, oldest first: at most
    /// [`LISTED_MAX`](crate::LISTED_MAX), those after `after` where one is given. What was withdrawn is listed as such. It
    /// never waits for the network.
    pub async fn entries(
        &self,
        account: Option<&AccountId>,
        after: Option<&Cursor>,
    ) -> Result<Listing, SyncError> {
        let (account, after) = (account.cloned(), after.cloned());
        let ask = |reply| Urgent::Entries(account, after, reply);
        self.urgent.ask(ask).await
    }

    /// Forgets everything that the storage key had opened. Once this returns, every read answers [`SyncError::Locked`].
    /// Work under way begins again, locked.
    pub async fn lock(&self) -> Result<(), SyncError> {
        self.urgent.ask(Urgent::Lock).await
    }

    /// Unlocks, and projects what was received meanwhile. Work under way begins again, unlocked.
    pub async fn unlock(&self, storage_key: StorageKey) -> Result<(), SyncError> {
        let ask = |reply| Urgent::Unlock(storage_key, reply);
        self.urgent.ask(ask).await
    }

    /// Pulls what the broker has, asks for a fresh checkpoint, waits up to 30 s for what it names, and reads what is missing
    /// from the synchronous side. Answers the new entries.
    pub async fn receive(&self) -> Result<Vec<Entry>, SyncError> {
        self.work.ask(Work::Receive).await
    }

    /// Asks for a fresh checkpoint now and judges what is here by it; none where a snapshot came between.
    pub async fn checkpoint(&self) -> Result<Option<Judgement>, SyncError> {
        self.work.ask(Work::Checkpoint).await
    }

    /// Has the channel token renewed now. An owner that is live does that by itself, when half of the token's life has passed.
    pub async fn renew(&self) -> Result<(), SyncError> {
        self.work.ask(Work::Renew).await
    }

    /// Ends the owner, which drops what is under way: what was committed stays.
    pub async fn stop(&self) -> Result<(), SyncError> {
        self.urgent.ask(Urgent::Stop).await
    }
}
