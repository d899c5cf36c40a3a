//! What an owner can be asked for: two closed sets, each with a bounded queue of its own.

use crate::error::SyncError;
use crate::filed::{Cursor, Listing};
use crate::keys::StorageKey;
use crate::shown::Shown;
use envelope::Judgement;
use futures_channel::{mpsc, oneshot};
use futures_util::lock::Mutex;
use protocol::Entry;
use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;
use types::AccountId;

/// How many commands of a queue wait; whoever comes then waits for room.
const WAITING_MAX: usize = 64;

/// Where an answer goes. A caller that went away is not answered.
pub(crate) type Reply<T> = oneshot::Sender<Result<T, SyncError>>;

/// What is done at once, whatever else is under way.
pub(crate) enum Urgent {
    /// What is shown now.
    Shown(Reply<Shown>),
    /// Entries of an account, or those that belong to none, after a cursor.
    Entries(Option<AccountId>, Option<Cursor>, Reply<Listing>),
    /// Forget what the storage key opened.
    Lock(Reply<()>),
    /// Open what was received, and show it.
    Unlock(StorageKey, Reply<()>),
    /// End.
    Stop(Reply<()>),
}

/// What needs the bank, one after the other.
pub(crate) enum Work {
    /// Pull, ask for a checkpoint, wait for what it names, read what is missing.
    Receive(Reply<Vec<Entry>>),
    /// Ask for a checkpoint and judge what is here by it.
    Checkpoint(Reply<Option<Judgement>>),
    /// Have the channel token renewed.
    Renew(Reply<()>),
}

/// The sending side of a bounded queue.
pub(crate) struct Queue<T>(Arc<Mutex<mpsc::Sender<T>>>);

impl<T> Clone for Queue<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> fmt::Debug for Queue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Queue")
    }
}

impl<T> Queue<T> {
    /// A queue, with its receiving side.
    pub(crate) fn new() -> (Self, mpsc::Receiver<T>) {
        // All clones share one sender: a sender of one's own would be room of one's own.
        let (sender, receiver) = mpsc::channel(WAITING_MAX);
        (Self(Arc::new(Mutex::new(sender))), receiver)
    }

    /// Sends what `command` makes of a reply, and waits for its answer.
    pub(crate) async fn ask<A>(&self, command: impl FnOnce(Reply<A>) -> T) -> Result<A, SyncError> {
        let (reply, answer) = oneshot::channel();
        {
            let mut sender = self.0.lock().await;
            let room = poll_fn(|context| sender.poll_ready(context)).await;
            room.map_err(|_| SyncError::Stopped)?;
            let sent = sender.start_send(command(reply));
            sent.map_err(|_| SyncError::Stopped)?;
        }
        answer.await.map_err(|_| SyncError::Stopped)?
    }
}
