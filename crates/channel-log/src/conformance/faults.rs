//! An engine around another one that fails when it is told to, for the suite and for the tests of those who use a log.

use crate::{
    Append, AppendError, Appended, ChannelHead, ChannelKind, ChannelLog, LogError, OutcomeUnknown,
    Read, ReadLimit, Stopped, Unavailable, Watch, WatchError,
};
use async_trait::async_trait;
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;
use types::{ChannelId, Generation, Position};

/// What happens to one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing is done, and the answer says so: [`Unavailable`].
    Refused,
    /// Nothing is done, and the answer does not say so: [`OutcomeUnknown`].
    Lost,
    /// It is done, and the answer does not say so: [`OutcomeUnknown`].
    Unanswered,
    /// It is done when the test calls [`Faulty::deliver`], long after the answer: [`OutcomeUnknown`].
    Late,
    /// It is done after other tasks had so many turns.
    Delayed(u32),
}

/// A call that was answered and is still to be done.
type LateCall = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Chooses what happens to the next call; `None` lets it pass.
type Choice = Box<dyn FnMut() -> Option<Fault> + Send>;

/// An engine that fails as it is told, around one that does not. A question (`head`, `read`, `watch`) changes nothing:
/// every fault of one but a delay is [`Fault::Refused`].
pub struct Faulty {
    inner: Arc<dyn ChannelLog>,
    planned: Mutex<VecDeque<Fault>>,
    choice: Mutex<Option<Choice>>,
    late: Mutex<Vec<LateCall>>,
    /// Whether the engine is away: each call is refused, and registrations are lost.
    away: watch::Sender<bool>,
    /// Calls that failed.
    failed: watch::Sender<u64>,
    stopped: watch::Sender<Option<Stopped>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn refused() -> Unavailable {
    Unavailable::new("a test has it so")
}

fn unknown() -> OutcomeUnknown {
    OutcomeUnknown::new("a test has it so")
}

impl Faulty {
    /// An engine that passes every call on until it is told otherwise.
    #[must_use]
    pub fn new(inner: Arc<dyn ChannelLog>) -> Arc<Self> {
        Arc::new(Self {
            inner,
            planned: Mutex::default(),
            choice: Mutex::default(),
            late: Mutex::default(),
            away: watch::Sender::new(false),
            failed: watch::Sender::new(0),
            stopped: watch::Sender::new(None),
        })
    }

    /// What happens to the next calls that write.
    pub fn plan(&self, faults: impl IntoIterator<Item = Fault>) {
        lock(&self.planned).extend(faults);
    }

    /// What happens to each call from now on that no plan and no absence decides.
    pub fn choose(&self, choice: impl FnMut() -> Option<Fault> + Send + 'static) {
        *lock(&self.choice) = Some(Box::new(choice));
    }

    /// Lets every call pass from now on.
    pub fn heal(&self) {
        lock(&self.planned).clear();
        *lock(&self.choice) = None;
        self.away.send_replace(false);
    }

    /// The engine goes away: every call is refused, and whoever watches a channel loses the registration.
    pub fn go_away(&self) {
        self.away.send_replace(true);
    }

    /// Calls that failed until now.
    #[must_use]
    pub fn failures(&self) -> u64 {
        *self.failed.borrow()
    }

    /// Waits until so many calls have failed.
    pub async fn failed(&self, calls: u64) {
        let mut failed = self.failed.subscribe();
        // The sender is in `self`, so that this ends only with the condition.
        drop(failed.wait_for(|failed| *failed >= calls).await);
    }

    /// Does now what was answered as [`Fault::Late`], the oldest first.
    pub async fn deliver(&self) {
        let calls = std::mem::take(&mut *lock(&self.late));
        for call in calls {
            call.await;
        }
    }

    fn note_failure(&self) {
        self.failed.send_modify(|failed| *failed += 1);
    }

    /// What happens to a call.
    fn fault(&self, writes: bool) -> Option<Fault> {
        if *self.away.borrow() {
            return Some(Fault::Refused);
        }
        let planned = writes.then(|| lock(&self.planned).pop_front()).flatten();
        planned.or_else(|| lock(&self.choice).as_mut().and_then(|choice| choice()))
    }

    /// A question.
    async fn ask<T, E: From<Unavailable>>(
        &self,
        call: impl Future<Output = Result<T, E>> + Send,
    ) -> Result<T, E> {
        match self.fault(false) {
            None => {}
            Some(Fault::Delayed(turns)) => delay(turns).await,
            Some(_) => {
                self.note_failure();
                return Err(refused().into());
            }
        }
        call.await
    }

    /// A write; `call` makes it of the engine.
    async fn write<T, F>(&self, call: impl FnOnce(Arc<dyn ChannelLog>) -> F) -> Result<T, Failed>
    where
        F: Future<Output = T> + Send + 'static,
    {
        let fault = self.fault(true);
        if !matches!(fault, None | Some(Fault::Delayed(_))) {
            self.note_failure();
        }
        let call = call(Arc::clone(&self.inner));
        match fault {
            None => Ok(call.await),
            Some(Fault::Delayed(turns)) => {
                delay(turns).await;
                Ok(call.await)
            }
            Some(Fault::Refused) => Err(Failed::Unavailable),
            Some(Fault::Lost) => Err(Failed::OutcomeUnknown),
            Some(Fault::Unanswered) => {
                call.await;
                Err(Failed::OutcomeUnknown)
            }
            Some(Fault::Late) => {
                lock(&self.late).push(Box::pin(async move {
                    call.await;
                }));
                Err(Failed::OutcomeUnknown)
            }
        }
    }

    async fn change<T, F>(&self, call: impl FnOnce(Arc<dyn ChannelLog>) -> F) -> Result<T, LogError>
    where
        F: Future<Output = Result<T, LogError>> + Send + 'static,
    {
        match self.write(call).await {
            Ok(answer) => answer,
            Err(Failed::Unavailable) => Err(refused().into()),
            Err(Failed::OutcomeUnknown) => Err(unknown().into()),
        }
    }
}

/// How a write failed.
enum Failed {
    Unavailable,
    OutcomeUnknown,
}

async fn delay(turns: u32) {
    for _ in 0..turns {
        tokio::task::yield_now().await;
    }
}

#[async_trait]
impl ChannelLog for Faulty {
    async fn open(&self, channel: ChannelId, kind: ChannelKind) -> Result<ChannelHead, LogError> {
        self.change(async move |log: Arc<dyn ChannelLog>| log.open(channel, kind).await)
            .await
    }

    async fn append(&self, records: Vec<Append>) -> Vec<Result<Appended, AppendError>> {
        let count = records.len();
        let call = async move |log: Arc<dyn ChannelLog>| log.append(records).await;
        let error: AppendError = match self.write(call).await {
            Ok(answers) => return answers,
            Err(Failed::Unavailable) => refused().into(),
            Err(Failed::OutcomeUnknown) => unknown().into(),
        };
        vec![Err(error); count]
    }

    async fn read(
        &self,
        channel: ChannelId,
        after: Position,
        limit: ReadLimit,
    ) -> Result<Read, LogError> {
        self.ask(self.inner.read(channel, after, limit)).await
    }

    async fn head(&self, channel: ChannelId) -> Result<ChannelHead, LogError> {
        self.ask(self.inner.head(channel)).await
    }

    async fn watch(&self, channel: ChannelId) -> Result<Watch, WatchError> {
        let mut watched = self.ask(self.inner.watch(channel)).await?;
        let level = watch::Sender::new(None);
        let watch = Watch::new(level.subscribe(), self.stopped.subscribe(), Box::new(()));
        let (mut away, stopped) = (self.away.subscribe(), self.stopped.clone());
        // Ends with the last who waits, and with the registration when the engine goes away.
        tokio::spawn(async move {
            let mut newest = Position::START;
            loop {
                tokio::select! {
                    biased;
                    _ = away.wait_for(|away| *away) => return,
                    () = level.closed() => return,
                    beyond = watched.beyond(newest) => match beyond {
                        Ok(position) => {
                            newest = position;
                            level.send_replace(Some(position));
                        }
                        Err(WatchError::Unavailable(_)) => return,
                        Err(WatchError::Stopped(reason)) => {
                            stopped.send_replace(Some(reason));
                            return;
                        }
                    }
                }
            }
        });
        Ok(watch)
    }

    async fn trim(&self, channel: ChannelId, through: Position) -> Result<(), LogError> {
        self.change(async move |log: Arc<dyn ChannelLog>| log.trim(channel, through).await)
            .await
    }

    async fn restart(
        &self,
        channel: ChannelId,
        generation: Generation,
    ) -> Result<ChannelHead, LogError> {
        self.change(async move |log: Arc<dyn ChannelLog>| log.restart(channel, generation).await)
            .await
    }
}
