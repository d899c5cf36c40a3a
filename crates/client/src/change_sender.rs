//! The owner's end of the stream of changes.

use crate::bank::Bank;
use crate::change::{Change, Update};
use crate::platform::Platform;
use crate::state::State;
use futures_channel::mpsc;
use futures_util::Stream;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// The changes that an owner reports, in order. They must be read: while one is unread, no more frames are read from
/// the bank's stream, which continues from the committed position. Commands and reads do not wait for that. If this
/// value is dropped, nothing waits.
#[derive(Debug)]
pub struct Changes(mpsc::Receiver<Update>);

impl Changes {
    /// The next change. `None` once the owner has stopped.
    pub async fn next(&mut self) -> Option<Update> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }
}

impl Stream for Changes {
    type Item = Update;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Update>> {
        Pin::new(&mut self.0).poll_next(context)
    }
}

/// Sends changes without waiting. All changes of one event must be read before the next event.
pub(crate) struct ChangeSender {
    sender: mpsc::Sender<Update>,
    unsent: VecDeque<Update>,
}

/// The two ends of a stream of changes.
pub(crate) fn changes() -> (ChangeSender, Changes) {
    // The sender's own slot is the only one.
    let (sender, receiver) = mpsc::channel(0);
    let changes = ChangeSender {
        sender,
        unsent: VecDeque::new(),
    };
    (changes, Changes(receiver))
}

impl ChangeSender {
    pub(crate) fn report<P: Platform>(
        &mut self,
        state: &State<P::Store>,
        bank: &Bank<P>,
        change: Change,
    ) {
        let shown = state.shown(bank.moment());
        if matches!(change, Change::Orders) {
            // One unread change of the orders is enough.
            self.unsent
                .retain(|update| !matches!(update.change, Change::Orders));
        }
        self.unsent.push_back(Update { change, shown });
        self.send();
    }

    fn send(&mut self) {
        while let Some(update) = self.unsent.pop_front() {
            if let Err(refused) = self.sender.try_send(update) {
                if refused.is_full() {
                    self.unsent.push_front(refused.into_inner());
                }
                return;
            }
        }
    }

    /// Returns once all changes were read, or nobody reads. May be dropped.
    pub(crate) async fn read(&mut self) {
        poll_fn(|context| {
            loop {
                // Ready means that the newest change was read.
                if ready!(self.sender.poll_ready(context)).is_err() {
                    self.unsent.clear();
                }
                if self.unsent.is_empty() {
                    return Poll::Ready(());
                }
                self.send();
            }
        })
        .await;
    }
}
