//! The commands of an owner: two closed sets, each with a bounded queue.

use crate::errand::{Asking, By};
use crate::error::SyncError;
use crate::filed::{Cursor, Listing};
use crate::keys::StorageKey;
use crate::login::Login;
use crate::login_provider::ProviderVisit;
use crate::outbox::{Review, ShownOrder};
use crate::shown::Shown;
use bytes::Bytes;
use envelope::Judgement;
use futures_channel::{mpsc, oneshot};
use futures_util::lock::Mutex;
use order::{Locale, OrderFields};
use protocol::Entry;
use protocol::http::{OrderLimits, PasskeyRow, SetBrake};
use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;
use types::{AccountId, IntentId, SessionId};

/// Maximum waiting commands per queue. Further callers wait for capacity.
const WAITING_MAX: usize = 64;

/// The sender of a reply. It is not used if the caller has gone.
pub(crate) type Reply<T> = oneshot::Sender<Result<T, SyncError>>;

/// What the approval key signs.
pub(crate) enum ToSign {
    /// A reviewed order.
    Order(Box<Review>),
    /// The answer to the challenge to an order.
    Approval(IntentId),
}

/// Commands that run at once, whatever else is under way.
pub(crate) enum Urgent {
    /// Returns the current state to show.
    Shown(Reply<Shown>),
    /// Returns entries of an account, or entries that belong to no account, after a cursor.
    Entries(Option<AccountId>, Option<Cursor>, Reply<Listing>),
    /// Reviews an order.
    Compose(Box<OrderFields>, Locale, Reply<Review>),
    /// Signs and stores a reviewed order, or the second approval of one.
    Sign(ToSign, Reply<ShownOrder>),
    /// Discards everything that the storage key opened.
    Lock(Reply<()>),
    /// Opens received messages and shows them.
    Unlock(StorageKey, Reply<()>),
    /// Ends the owner.
    Stop(Reply<()>),
}

/// Commands that need the bank, executed one after the other.
pub(crate) enum Work {
    /// Pulls, requests a checkpoint, waits for its messages, and reads what is missing.
    Receive(Reply<Vec<Entry>>),
    /// Requests a checkpoint and compares the device's state with it.
    Checkpoint(Reply<Option<Judgement>>),
    /// Renews the channel token.
    Renew(Reply<()>),
    /// What the customer asks for.
    ForPerson(ForPerson),
    /// Sends orders and asks about them.
    SendOrders(Reply<()>),
    /// Sets a brake, or asks for the limits.
    Brake(Option<Box<SetBrake>>, Reply<OrderLimits>),
}

/// What the customer has the device do at the bank, beside the other work.
pub(crate) enum ForPerson {
    /// Runs an errand. The reply is the body of the answer.
    Ask(Asking, Reply<Bytes>),
    /// Has a passkey made, and registers it under a name.
    RegisterPasskey(String, Reply<PasskeyRow>),
    /// Logs the person in.
    LogIn(Login, Reply<SessionId>),
    /// Begins a login at the bank's login provider, whose answer goes to that address.
    VisitProvider(String, Reply<ProviderVisit>),
}

impl ForPerson {
    /// Who asks.
    pub(crate) const fn by(&self) -> By {
        match self {
            Self::Ask(asking, _) => asking.by,
            Self::RegisterPasskey(..) | Self::LogIn(..) => By::Person,
            Self::VisitProvider(..) => By::Device,
        }
    }

    /// Answers that it cannot be begun.
    pub(crate) fn fail(self, error: SyncError) {
        // The caller may have gone.
        match self {
            Self::Ask(_, reply) => drop(reply.send(Err(error))),
            Self::RegisterPasskey(_, reply) => drop(reply.send(Err(error))),
            Self::LogIn(_, reply) => drop(reply.send(Err(error))),
            Self::VisitProvider(_, reply) => drop(reply.send(Err(error))),
        }
    }
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
        // All clones share one sender, because each sender adds one slot of capacity.
        let (sender, receiver) = mpsc::channel(WAITING_MAX);
        (Self(Arc::new(Mutex::new(sender))), receiver)
    }

    /// Sends the command made from a reply sender, and waits for the reply.
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
