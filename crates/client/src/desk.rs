//! Answers reads while the owner works, and lets commands interrupt the work.

use crate::command::{Reply, ToSign, Urgent};
use crate::error::SyncError;
use crate::filed::{Cursor, Listing};
use crate::keys::StorageKey;
use crate::moment::Moment;
use crate::outbox::{Review, ShownOrder};
use crate::random::Random;
use crate::shown::Shown;
use crate::state::Published;
use crate::store::Store;
use futures_channel::mpsc;
use futures_util::future::LocalBoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt as _, StreamExt as _};
use order::{Locale, OrderFields};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use types::{AccountId, IntentId};

/// Maximum concurrent reads of the store. Further ones wait in their queue.
const READS_MAX: usize = 16;

/// A command that interrupts work.
pub(crate) enum Interrupt {
    Lock(Reply<()>),
    Unlock(StorageKey, Reply<()>),
    /// An order waits in [`Desk::submitted`].
    Submit,
    /// Stop was requested, or no handle is left.
    Stop(Option<Reply<()>>),
}

/// The result of served work.
pub(crate) enum Served<T> {
    Done(T),
    /// The work was dropped.
    Interrupted(Interrupt),
}

/// The urgent commands, and the reads under way.
pub(crate) struct Desk<'o, S> {
    urgent: mpsc::Receiver<Urgent>,
    reads: FuturesUnordered<LocalBoxFuture<'o, ()>>,
    published: Rc<RefCell<Option<Published>>>,
    store: Rc<S>,
    random: Random,
    now: &'o dyn Fn() -> Moment,
    submitted: VecDeque<Submission>,
}

/// An order, or the second approval of one, that is to be signed.
pub(crate) type Submission = (ToSign, Reply<ShownOrder>);

impl<'o, S: Store + 'o> Desk<'o, S> {
    pub(crate) fn new(
        urgent: mpsc::Receiver<Urgent>,
        published: Rc<RefCell<Option<Published>>>,
        (store, random): (Rc<S>, Random),
        now: &'o dyn Fn() -> Moment,
    ) -> Self {
        Self {
            urgent,
            reads: FuturesUnordered::new(),
            published,
            store,
            random,
            now,
            submitted: VecDeque::new(),
        }
    }

    /// The next order to be signed.
    pub(crate) fn submission(&mut self) -> Option<Submission> {
        self.submitted.pop_front()
    }

    /// Puts an order back whose signing was interrupted.
    pub(crate) fn resubmit(&mut self, submission: Submission) {
        self.submitted.push_front(submission);
    }

    /// Runs work and answers reads meanwhile. Interrupted work is dropped.
    pub(crate) async fn serve<T>(&mut self, work: impl Future<Output = T>) -> Served<T> {
        self.serve_until(work, true).await
    }

    /// The same for work that does not wait for the network: orders to be signed do not interrupt it.
    pub(crate) async fn serve_short<T>(&mut self, work: impl Future<Output = T>) -> Served<T> {
        self.serve_until(work, false).await
    }

    async fn serve_until<T>(
        &mut self,
        work: impl Future<Output = T>,
        yields_to_orders: bool,
    ) -> Served<T> {
        let mut work = pin!(work);
        poll_fn(|context| {
            if let Poll::Ready(done) = work.as_mut().poll(context) {
                return Poll::Ready(Served::Done(done));
            }
            loop {
                while let Poll::Ready(Some(())) = self.reads.poll_next_unpin(context) {}
                if self.reads.len() >= READS_MAX {
                    return Poll::Pending;
                }
                let interrupt = match self.urgent.poll_next_unpin(context) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(None) => Interrupt::Stop(None),
                    Poll::Ready(Some(Urgent::Stop(reply))) => Interrupt::Stop(Some(reply)),
                    Poll::Ready(Some(Urgent::Lock(reply))) => Interrupt::Lock(reply),
                    Poll::Ready(Some(Urgent::Unlock(key, reply))) => Interrupt::Unlock(key, reply),
                    Poll::Ready(Some(Urgent::Sign(to_sign, reply))) => {
                        self.submitted.push_back((to_sign, reply));
                        match yields_to_orders {
                            true => Interrupt::Submit,
                            false => continue,
                        }
                    }
                    Poll::Ready(Some(Urgent::Compose(fields, locale, reply))) => {
                        let _ = reply.send(self.compose(*fields, locale));
                        continue;
                    }
                    Poll::Ready(Some(Urgent::Shown(reply))) => {
                        // A caller that has gone needs no answer, here and below.
                        let _ = reply.send(self.shown());
                        continue;
                    }
                    Poll::Ready(Some(Urgent::Entries(account, after, reply))) => {
                        self.read(account, after, reply);
                        continue;
                    }
                };
                return Poll::Ready(Served::Interrupted(interrupt));
            }
        })
        .await
    }

    /// Waits for the reads under way, so that no later answer uses their old state.
    pub(crate) async fn finish_reads(&mut self) {
        while self.reads.next().await.is_some() {}
    }

    fn shown(&self) -> Result<Shown, SyncError> {
        let published = self.published.borrow();
        let published = published.as_ref().ok_or(SyncError::Stopped)?;
        Ok(Shown {
            now: (self.now)(),
            ..published.shown.clone()
        })
    }

    fn compose(&self, fields: OrderFields, locale: Locale) -> Result<Review, SyncError> {
        let shown = self.shown()?;
        let now = shown.banks_time();
        let intent = IntentId::at(now, self.random.draw());
        shown.review(intent, fields, locale, now)
    }

    fn read(&mut self, account: Option<AccountId>, after: Option<Cursor>, reply: Reply<Listing>) {
        let list = match self.published.borrow().as_ref() {
            Some(published) => published.list(account.as_ref()),
            None => Err(SyncError::Stopped),
        };
        let store = self.store.clone();
        let read = async move {
            let listing = match list {
                Ok(list) => list.read(&*store, after.as_ref()).await,
                Err(error) => Err(error),
            };
            let _ = reply.send(listing);
        };
        self.reads.push(read.boxed_local());
    }
}
