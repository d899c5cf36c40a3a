//! What the committer, the flusher and the merger pass to each other: full tables, empty log files, and requests for
//! work.

use crate::locks;
use crate::log_file::LogFile;
use crate::memtable::Memtable;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

/// Maximum number of full tables that wait for the flusher. At the limit the committer waits.
const SEALED_MAX: usize = 2;
/// How often the merger looks for records beyond their retention.
const RETENTION_INTERVAL: Duration = Duration::from_secs(60);

pub(crate) struct Pipeline {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    /// The log file after the current one.
    next: Option<LogFile>,
    sealed: Vec<Sealed>,
    /// The number of the newest log file whose table is a segment.
    flushed_through: u64,
    closed: bool,
    /// Increases when there may be something to merge.
    merge_wanted: u64,
    merge_done: u64,
}

/// A full table and its log file.
#[derive(Clone)]
pub(crate) struct Sealed {
    pub(crate) table: Arc<Memtable>,
    pub(crate) log_path: PathBuf,
    /// The sequence of the first group after the table.
    pub(crate) next_sequence: u64,
}

/// The flusher's next work.
pub(crate) enum FlusherWork {
    PrepareLog,
    Flush(Sealed),
    Close,
}

impl Pipeline {
    pub(crate) fn new(next: Option<LogFile>, sealed: Vec<Sealed>) -> Self {
        Self {
            state: Mutex::new(State {
                next,
                sealed,
                flushed_through: 0,
                closed: false,
                merge_wanted: 1,
                merge_done: 0,
            }),
            changed: Condvar::new(),
        }
    }

    /// Gives the committer the next log file when there is room for another full table. The committer waits while the
    /// flusher is behind. `None` when the engine closes.
    pub(crate) fn next_log(&self) -> Option<LogFile> {
        let mut state = locks::lock(&self.state);
        loop {
            if state.closed {
                return None;
            }
            if state.sealed.len() < SEALED_MAX
                && let Some(next) = state.next.take()
            {
                self.changed.notify_all();
                return Some(next);
            }
            state = locks::wait(&self.changed, state);
        }
    }

    /// Takes a full table from the committer.
    pub(crate) fn seal(&self, sealed: Sealed) {
        locks::lock(&self.state).sealed.push(sealed);
        self.changed.notify_all();
    }

    /// Waits for the flusher's next work. Preparing a log file comes first, because the committer may be waiting for
    /// it.
    pub(crate) fn flusher_work(&self) -> FlusherWork {
        let mut state = locks::lock(&self.state);
        loop {
            if state.closed {
                return FlusherWork::Close;
            }
            if state.next.is_none() {
                return FlusherWork::PrepareLog;
            }
            if let Some(sealed) = state.sealed.first() {
                return FlusherWork::Flush(sealed.clone());
            }
            state = locks::wait(&self.changed, state);
        }
    }

    pub(crate) fn prepared(&self, log: LogFile) {
        locks::lock(&self.state).next = Some(log);
        self.changed.notify_all();
    }

    /// Records that the first sealed table is now a segment.
    pub(crate) fn flushed(&self) {
        let mut state = locks::lock(&self.state);
        if !state.sealed.is_empty() {
            let flushed = state.sealed.remove(0);
            state.flushed_through = flushed.table.log;
        }
        state.merge_wanted += 1;
        self.changed.notify_all();
    }

    /// Asks the merger to look for work. Returns the value that [`Pipeline::merged`] reports when it has done so.
    pub(crate) fn want_merge(&self) -> u64 {
        let mut state = locks::lock(&self.state);
        state.merge_wanted += 1;
        self.changed.notify_all();
        state.merge_wanted
    }

    /// Waits until the merger has done all work since [`Pipeline::want_merge`] returned `wanted`.
    pub(crate) fn wait_merged(&self, wanted: u64) {
        let mut state = locks::lock(&self.state);
        while state.merge_done < wanted && !state.closed {
            state = locks::wait(&self.changed, state);
        }
    }

    /// Waits until the table of a log file is a segment.
    pub(crate) fn wait_flushed(&self, log: u64) {
        let mut state = locks::lock(&self.state);
        while state.flushed_through < log && !state.closed {
            state = locks::wait(&self.changed, state);
        }
    }

    /// Waits until there may be something to merge, or until the interval has passed. `None` when the engine closes.
    pub(crate) fn merger_work(&self) -> Option<u64> {
        let mut state = locks::lock(&self.state);
        if !state.closed && state.merge_done == state.merge_wanted {
            state = locks::wait_at_most(&self.changed, state, RETENTION_INTERVAL);
        }
        (!state.closed).then_some(state.merge_wanted)
    }

    /// Records that the merger has done all work that was there when `wanted` was requested.
    pub(crate) fn merged(&self, wanted: u64) {
        let mut state = locks::lock(&self.state);
        state.merge_done = wanted;
        self.changed.notify_all();
    }

    /// Lets the merger pause. Returns `false` when the engine closes.
    pub(crate) fn pause(&self, pause: Duration) -> bool {
        let end = std::time::Instant::now() + pause;
        let mut state = locks::lock(&self.state);
        loop {
            let left = end.saturating_duration_since(std::time::Instant::now());
            if state.closed || left.is_zero() {
                return !state.closed;
            }
            state = locks::wait_at_most(&self.changed, state, left);
        }
    }

    pub(crate) fn is_closed(&self) -> bool {
        locks::lock(&self.state).closed
    }

    pub(crate) fn close(&self) {
        locks::lock(&self.state).closed = true;
        self.changed.notify_all();
    }
}
