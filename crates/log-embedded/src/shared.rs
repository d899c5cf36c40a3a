//! State that the engine's threads and callers share.

use crate::codec::file_length;
use crate::config::Config;
use crate::disk::Disk;
use crate::entry::ChannelState;
use crate::error::Failure;
use crate::heads::Heads;
use crate::locks;
use crate::manifest::Manifest;
use crate::metrics::{Counters, Metrics};
use crate::pipeline::Pipeline;
use crate::queue::Queue;
use crate::stop::Stop;
use crate::view::View;
use crate::watches::Watches;
use channel_log::Stopped;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, RwLock};
use tokio::sync::Semaphore;
use types::ChannelId;

pub(crate) struct Shared {
    pub(crate) disk: Arc<dyn Disk>,
    pub(crate) config: Config,
    pub(crate) stop: Stop,
    pub(crate) queue: Queue,
    pub(crate) heads: Heads,
    pub(crate) watches: Arc<Watches>,
    pub(crate) pipeline: Pipeline,
    pub(crate) counters: Counters,
    /// Locked while the manifest, and with it the view's segments, change.
    pub(crate) manifest: Mutex<Manifest>,
    view: RwLock<Arc<View>>,
    /// The lock on the directory. It is released when the last thread has ended.
    lock: Mutex<Option<Box<dyn Send + Sync>>>,
    /// Permits for concurrent file reads.
    readers: Arc<Semaphore>,
}

/// Maximum number of concurrent file reads; each blocks a thread.
const READERS_MAX: usize = 64;

impl Shared {
    pub(crate) fn new(
        disk: Arc<dyn Disk>,
        config: Config,
        pipeline: Pipeline,
        manifest: Manifest,
        view: View,
        lock: Box<dyn Send + Sync>,
    ) -> Self {
        Self {
            disk,
            stop: Stop::new(),
            queue: Queue::new(config.queue_bytes),
            heads: Heads::new(config.heads_cached),
            watches: Arc::default(),
            pipeline,
            counters: Counters::new(&config.name()),
            manifest: Mutex::new(manifest),
            view: RwLock::new(Arc::new(view)),
            lock: Mutex::new(Some(lock)),
            readers: Arc::new(Semaphore::new(READERS_MAX)),
            config,
        }
    }

    /// Releases the lock on the directory.
    pub(crate) fn unlock(&self) {
        locks::lock(&self.lock).take();
    }

    pub(crate) fn metrics(&self) -> Metrics {
        let view = self.view();
        let counters = &self.counters;
        Metrics {
            groups: counters.groups.load(Ordering::Relaxed),
            records: counters.records.load(Ordering::Relaxed),
            fdatasync: counters.fdatasync.snapshot(),
            commit: counters.commit.snapshot(),
            queued_bytes: self.queue.taken(),
            flushes: counters.flushes.load(Ordering::Relaxed),
            merges: counters.merges.load(Ordering::Relaxed),
            segments: file_length(view.segments.len()),
            segment_bytes: view.segments.iter().map(|segment| segment.length).sum(),
            channels_in_tables: view.tables().map(|table| table.channels()).sum(),
            heads_cached: self.heads.count(),
            channels_watched: self.watches.count(),
        }
    }

    pub(crate) fn view(&self) -> Arc<View> {
        Arc::clone(&locks::read(&self.view))
    }

    pub(crate) fn change_view(&self, change: impl FnOnce(&mut View)) {
        let mut view = locks::write(&self.view);
        change(Arc::make_mut(&mut view));
    }

    /// A channel's durable state, if it is in memory.
    pub(crate) fn state_in_memory(&self, channel: &ChannelId) -> Option<ChannelState> {
        let view = self.view();
        let mut tables = view.tables();
        tables
            .find_map(|table| table.state(channel))
            .or_else(|| self.heads.get(channel))
    }

    /// A channel's durable state, read from the disk if it is not in memory.
    pub(crate) fn load_state(&self, channel: &ChannelId) -> Result<Option<ChannelState>, Failure> {
        let version = self.heads.version();
        // The version is read first. If a table leaves memory meanwhile, the state from the disk is not cached.
        let view = self.view();
        if let Some(state) = view.tables().find_map(|table| table.state(channel)) {
            return Ok(Some(state));
        }
        if let Some(state) = self.heads.get(channel) {
            return Ok(Some(state));
        }
        let state = view.state_in_segments(channel)?;
        if let Some(state) = state {
            self.heads.loaded(version, *channel, state);
        }
        Ok(state)
    }

    /// Runs work that reads files on a thread that may block. A failure stops the engine. If the caller stops waiting,
    /// the work still goes on with its permit, and its failure still counts.
    pub(crate) async fn on_files<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Stopped> {
        let permit = Arc::clone(&self.readers)
            .acquire_owned()
            .await
            .map_err(|_| self.stop.reason())?;
        let shared = Arc::clone(self);
        let worked = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let _stop_on_panic = StopOnPanic(Arc::clone(&shared));
            work(&shared)
                .inspect_err(|failure| shared.fail(failure))
                .ok()
        });
        match worked.await {
            Ok(Some(value)) => Ok(value),
            Ok(None) | Err(_) => Err(self.stop.reason()),
        }
    }

    /// Stops the engine: nothing is acknowledged any more, and all waiting callers are told.
    pub(crate) fn fail(&self, failure: &Failure) {
        if !matches!(failure, Failure::Closing) {
            self.halt(&failure.reason());
        }
    }

    pub(crate) fn halt(&self, reason: &str) {
        if !self.stop.is_stopped() {
            tracing::error!(directory = %self.config.directory.display(), reason, "the log stops");
        }
        self.stop.stop(reason);
        self.queue.close();
        self.pipeline.close();
    }
}

/// A guard for the engine's threads: it stops the engine if its thread panics.
pub(crate) struct StopOnPanic(pub(crate) Arc<Shared>);

impl Drop for StopOnPanic {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.halt("a thread of the log panicked");
            self.0.queue.abandon();
        }
    }
}
