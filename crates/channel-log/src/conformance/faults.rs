//! An engine that wraps another one and injects faults, for the suite and for the tests of crates that use a log.

use crate::{
    Append, AppendError, Appended, ChannelHead, ChannelLog, LogChannelKind, LogError,
    OutcomeUnknown, Read, ReadLimit, Stopped, Unavailable, Watch, WatchError,
};
use async_trait::async_trait;
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;
use types::{ChannelId, Generation, Position};

/// The fate of one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Not executed, and the error says so: [`Unavailable`].
    Refused,
    /// Not executed, and the error does not say so: [`OutcomeUnknown`].
    Lost,
    /// Executed, and the error does not say so: [`OutcomeUnknown`].
    Unanswered,
    /// Executed when the test calls [`Faulty::deliver`], long after the error: [`OutcomeUnknown`].
    Late,
    /// Executed after other tasks had that many turns.
    Delayed(u32),
}

/// A call that was answered and is still to be executed.
type LateCall = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Chooses the fate of the next call. `None` executes it normally.
type Choice = Box<dyn FnMut() -> Option<Fault> + Send>;

/// An engine with injected faults around one without. `head`, `read` and `watch` change nothing, so every fault of
/// theirs but a delay is [`Fault::Refused`].
pub struct Faulty {
    inner: Arc<dyn ChannelLog>,
    planned: Mutex<VecDeque<Fault>>,
    choice: Mutex<Option<Choice>>,
    late: Mutex<Vec<LateCall>>,
    /// Whether the engine is unavailable: every call is refused, and registrations are lost.
    away: watch::Sender<bool>,
    /// Number of failed calls.
    failed: watch::Sender<u64>,
    stopped: watch::Sender<Option<Stopped>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn refused() -> Unavailable {
    Unavailable::new("injected by a test")
}

fn unknown() -> OutcomeUnknown {
    OutcomeUnknown::new("injected by a test")
}

impl Faulty {
    /// An engine that forwards every call until faults are set.
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

    /// Sets the fate of the next calls that write.
    pub fn plan(&self, faults: impl IntoIterator<Item = Fault>) {
        lock(&self.planned).extend(faults);
    }

    /// Sets the fate of all later calls that are neither planned nor refused as unavailable.
    pub fn choose(&self, choice: impl FnMut() -> Option<Fault> + Send + 'static) {
        *lock(&self.choice) = Some(Box::new(choice));
    }

    /// Executes all later calls normally.
    pub fn heal(&self) {
        lock(&self.planned).clear();
        *lock(&self.choice) = None;
        self.away.send_replace(false);
    }

    /// Makes the engine unavailable: every call is refused, and every watch loses its registration.
    pub fn go_away(&self) {
        self.away.send_replace(true);
    }

    /// The number of calls that have failed.
    #[must_use]
    pub fn failures(&self) -> u64 {
        *self.failed.borrow()
    }

    /// Waits until that many calls have failed.
    pub async fn failed(&self, calls: u64) {
        let mut failed = self.failed.subscribe();
        // The sender is in `self`, so this wait ends only when the condition holds.
        drop(failed.wait_for(|failed| *failed >= calls).await);
    }

    /// Executes the calls that were answered as [`Fault::Late`], oldest first.
    pub async fn deliver(&self) {
        let calls = std::mem::take(&mut *lock(&self.late));
        for call in calls {
            call.await;
        }
    }

    fn note_failure(&self) {
        self.failed.send_modify(|failed| *failed += 1);
    }

    /// The fate of a call.
    fn fault(&self, writes: bool) -> Option<Fault> {
        if *self.away.borrow() {
            return Some(Fault::Refused);
        }
        let planned = writes.then(|| lock(&self.planned).pop_front()).flatten();
        planned.or_else(|| lock(&self.choice).as_mut().and_then(|choice| choice()))
    }

    /// A call that changes nothing.
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

    /// A call that writes. `call` makes it on the engine.
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
    async fn open(
        &self,
        channel: ChannelId,
        kind: LogChannelKind,
    ) -> Result<ChannelHead, LogError> {
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
        // The task ends when nobody watches any more, and when the engine becomes unavailable.
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
