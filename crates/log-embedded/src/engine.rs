//! The engine's public interface.

use crate::appending;
use crate::committer::Committer;
use crate::config::Config;
use crate::disk::{Disk, SystemDisk};
use crate::dispatcher::dispatch;
use crate::entry::ChannelState;
use crate::error::{Failure, OpenError};
use crate::flusher::Flusher;
use crate::merger;
use crate::metrics::Metrics;
use crate::opening;
use crate::queue::{Change, ChangeRequest, Request};
use crate::reading;
use crate::shared::Shared;
use async_trait::async_trait;
use channel_log::{
    Append, AppendError, Appended, ChannelHead, ChannelLog, LogChannelKind, LogError, Read,
    ReadLimit, Stopped, Watch, WatchError,
};
use std::sync::Arc;
use std::thread::JoinHandle;
use tokio::sync::{Mutex, mpsc, oneshot};
use types::{ChannelId, Generation, Position};

/// The embedded channel log on one directory. It has three threads: the committer writes the write-ahead log, the
/// flusher writes segments, the merger merges segments.
///
/// Dropping the engine closes it without waiting; [`EmbeddedLog::close`] waits.
pub struct EmbeddedLog {
    pub(crate) shared: Arc<Shared>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl EmbeddedLog {
    /// Opens the log in the directory, or creates one, and recovers everything that was acknowledged. Reads the
    /// write-ahead log, which takes about a second at most. Must be called within a tokio runtime, which then runs the
    /// dispatcher.
    pub fn open(config: Config) -> Result<Self, OpenError> {
        Self::open_on(Arc::new(SystemDisk), config)
    }

    /// [`EmbeddedLog::open`] on another file system.
    pub fn open_on(disk: Arc<dyn Disk>, config: Config) -> Result<Self, OpenError> {
        let opened = opening::open(disk, config)?;
        let shared = opened.shared;
        let (dispatcher, groups) = mpsc::unbounded_channel();
        tokio::spawn(dispatch(Arc::clone(&shared), groups));
        let committer = Committer::new(
            Arc::clone(&shared),
            opened.log,
            opened.next_sequence,
            opened.newest_time,
            dispatcher,
        );
        let flusher = Flusher {
            shared: Arc::clone(&shared),
            logs: opened.logs,
            next_log: opened.next_log,
        };
        let merging = Arc::clone(&shared);
        let mut log = Self {
            shared,
            threads: Mutex::default(),
        };
        // If a thread does not start, dropping `log` ends the others.
        log.start("log-committer", move || committer.run())?;
        log.start("log-flusher", move || flusher.run())?;
        log.start("log-merger", move || merger::run(&merging))?;
        Ok(log)
    }

    fn start(&mut self, name: &str, run: impl FnOnce() + Send + 'static) -> Result<(), Failure> {
        let thread = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(run)
            .map_err(Failure::io(
                "starting a thread for",
                &self.shared.config.directory,
            ))?;
        self.threads.get_mut().push(thread);
        Ok(())
    }

    /// Waits until the engine has stopped, and returns the reason: a failed fsync, damage, or that it was closed.
    pub async fn stopped(&self) -> Stopped {
        let mut reason = self.shared.stop.subscribe();
        let stopped = reason.wait_for(Option::is_some).await;
        stopped
            .ok()
            .and_then(|stopped| stopped.clone())
            .unwrap_or_else(|| self.shared.stop.reason())
    }

    /// Closes the engine. Requests that arrived before are written and answered; later ones are refused. When this
    /// returns, another engine may open the directory.
    pub async fn close(&self) {
        self.shared.queue.close();
        let mut threads = self.threads.lock().await;
        let running = std::mem::take(&mut *threads);
        let join = move || running.into_iter().for_each(|thread| drop(thread.join()));
        // This fails only if a join panicked. A panic of a thread itself has stopped the engine already.
        drop(tokio::task::spawn_blocking(join).await);
        self.shared.stop.stop("the log was closed");
        self.shared.unlock();
    }

    /// Removes records beyond their retention now, instead of within a minute.
    pub async fn expire(&self) -> Result<(), Stopped> {
        let wanted = self.shared.pipeline.want_merge();
        let merged = move |shared: &Shared| {
            shared.pipeline.wait_merged(wanted);
            Ok(())
        };
        self.shared.on_files(merged).await
    }

    /// Why the engine has stopped, if it has.
    #[must_use]
    pub fn stop_reason(&self) -> Option<Stopped> {
        self.shared.stop.stopped()
    }

    /// Counters since the engine was opened, and current sizes.
    #[must_use]
    pub fn metrics(&self) -> Metrics {
        self.shared.metrics()
    }

    async fn state(&self, channel: ChannelId) -> Result<Option<ChannelState>, Stopped> {
        if let Some(stopped) = self.shared.stop.stopped() {
            return Err(stopped);
        }
        match self.shared.state_in_memory(&channel) {
            Some(state) => Ok(Some(state)),
            None => {
                let load = move |shared: &Shared| shared.load_state(&channel);
                self.shared.on_files(load).await
            }
        }
    }

    async fn known(&self, channel: ChannelId) -> Result<ChannelState, LogError> {
        self.state(channel).await?.ok_or(LogError::UnknownChannel)
    }

    async fn change(&self, channel: ChannelId, change: Change) -> Result<ChannelHead, LogError> {
        let shared = &self.shared;
        let stopped = || shared.stop.reason();
        let permits = shared.queue.reserve(&[]).await.ok_or_else(stopped)?;
        let (reply, answer) = oneshot::channel();
        let request = ChangeRequest {
            channel,
            change,
            permits,
            reply,
        };
        if !shared.queue.push(Request::Change(request)) {
            return Err(stopped().into());
        }
        answer.await.map_err(|_| stopped())?
    }
}

impl Drop for EmbeddedLog {
    fn drop(&mut self) {
        self.shared.queue.close();
        self.shared.stop.stop("the log was dropped");
    }
}

#[async_trait]
impl ChannelLog for EmbeddedLog {
    async fn open(
        &self,
        channel: ChannelId,
        kind: LogChannelKind,
    ) -> Result<ChannelHead, LogError> {
        match self.state(channel).await? {
            Some(state) if state.kind == kind => Ok(state.head()),
            Some(state) => Err(LogError::KindDiffers { kind: state.kind }),
            None => self.change(channel, Change::Open(kind)).await,
        }
    }

    async fn append(&self, records: Vec<Append>) -> Vec<Result<Appended, AppendError>> {
        appending::append(&self.shared, records).await
    }

    async fn read(
        &self,
        channel: ChannelId,
        after: Position,
        limit: ReadLimit,
    ) -> Result<Read, LogError> {
        reading::read_anywhere(&self.shared, channel, after, limit)
            .await?
            .ok_or(LogError::UnknownChannel)
    }

    async fn head(&self, channel: ChannelId) -> Result<ChannelHead, LogError> {
        Ok(self.known(channel).await?.head())
    }

    async fn watch(&self, channel: ChannelId) -> Result<Watch, WatchError> {
        let watches = &self.shared.watches;
        Ok(watches.watch(channel, self.shared.stop.subscribe()))
    }

    async fn trim(&self, channel: ChannelId, through: Position) -> Result<(), LogError> {
        self.known(channel).await?;
        self.change(channel, Change::Trim(through)).await?;
        Ok(())
    }

    async fn restart(
        &self,
        channel: ChannelId,
        generation: Generation,
    ) -> Result<ChannelHead, LogError> {
        self.known(channel).await?;
        self.change(channel, Change::Restart(generation)).await
    }
}
