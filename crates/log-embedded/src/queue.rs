//! The queue of requests to the committer. It is bounded by bytes: at the limit callers wait.

use crate::codec::{file_length, memory_length};
use crate::locks;
use channel_log::{Append, AppendError, Appended, ChannelHead, LogChannelKind, LogError};
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex};
use tokio::sync::{Semaphore, oneshot};
use types::{ChannelId, Generation, Position};

/// A request to the committer.
pub(crate) enum Request {
    Append(AppendRequest),
    Change(ChangeRequest),
    /// Switches to the next log file if this file is still the current one, so that its entries become a segment.
    Seal(u64),
}

pub(crate) struct AppendRequest {
    pub(crate) records: Vec<Append>,
    /// The states of all channels were loaded: the committer reads files itself instead of returning a record to load
    /// its state.
    pub(crate) loaded: bool,
    /// The queue permits of the request.
    pub(crate) permits: u32,
    pub(crate) reply: oneshot::Sender<Vec<Answer>>,
}

pub(crate) struct ChangeRequest {
    pub(crate) channel: ChannelId,
    pub(crate) change: Change,
    /// The queue permits of the request.
    pub(crate) permits: u32,
    pub(crate) reply: oneshot::Sender<Result<ChannelHead, LogError>>,
}

/// A change of a channel's state without a record.
#[derive(Clone, Copy)]
pub(crate) enum Change {
    Open(LogChannelKind),
    Trim(Position),
    Restart(Generation),
}

/// The committer's answer for one record.
pub(crate) enum Answer {
    Done(Appended),
    /// The record and the rest of its channel's run are refused.
    Refused(ChannelId, AppendError),
    /// The channel's state is not in memory. The caller must load it and ask again.
    Load(Append),
    /// The number is older than the newest. The caller must compare the record with the stored one.
    Compare(Append),
    /// The answer depends on an earlier record of the same channel in this append. The caller must ask again.
    After(Append),
}

impl Answer {
    /// Whether the answer needs no further work.
    pub(crate) const fn is_final(&self) -> bool {
        matches!(self, Self::Done(_) | Self::Refused(..))
    }

    /// The result, if the answer is final.
    pub(crate) fn result(self) -> Option<Result<Appended, AppendError>> {
        match self {
            Self::Done(appended) => Some(Ok(appended)),
            Self::Refused(_, error) => Some(Err(error)),
            Self::Load(_) | Self::Compare(_) | Self::After(_) => None,
        }
    }
}

/// The committer's inbox.
pub(crate) struct Queue {
    permits: Semaphore,
    permits_max: u32,
    waiting: Mutex<Waiting>,
    arrived: Condvar,
}

#[derive(Default)]
struct Waiting {
    requests: VecDeque<Request>,
    closed: bool,
    /// Whether the committer waits for `arrived`.
    asleep: bool,
}

/// Permits of a record in addition to its bytes.
const RECORD_PERMITS: usize = 256;

impl Queue {
    pub(crate) fn new(bytes: usize) -> Self {
        let permits_max = u32::try_from(bytes.max(RECORD_PERMITS)).unwrap_or(u32::MAX);
        let permits = usize::try_from(permits_max).unwrap_or(usize::MAX);
        Self {
            permits: Semaphore::new(permits.min(Semaphore::MAX_PERMITS)),
            permits_max,
            waiting: Mutex::default(),
            arrived: Condvar::new(),
        }
    }

    /// Waits for room for the records, or for one change if there are no records. [`Queue::release`] returns the room.
    pub(crate) async fn reserve(&self, records: &[Append]) -> Option<u32> {
        let bytes: usize = records
            .iter()
            .map(|record| record.bytes.len() + RECORD_PERMITS)
            .sum();
        let bytes = bytes.max(RECORD_PERMITS);
        let permits = u32::try_from(bytes)
            .unwrap_or(u32::MAX)
            .min(self.permits_max);
        let permit = self.permits.acquire_many(permits).await.ok()?;
        permit.forget();
        Some(permits)
    }

    pub(crate) fn release(&self, permits: u64) {
        if permits > 0 {
            self.permits.add_permits(memory_length(permits));
        }
    }

    /// Number of permits in use.
    pub(crate) fn taken(&self) -> u64 {
        let free = file_length(self.permits.available_permits());
        u64::from(self.permits_max).saturating_sub(free)
    }

    /// Adds a request. Returns `false` if the queue is closed.
    pub(crate) fn push(&self, request: Request) -> bool {
        let mut waiting = locks::lock(&self.waiting);
        if waiting.closed {
            return false;
        }
        waiting.requests.push_back(request);
        if std::mem::take(&mut waiting.asleep) {
            self.arrived.notify_one();
        }
        true
    }

    /// Waits for requests and takes all of them. Returns `false` when the queue is closed and empty.
    pub(crate) fn take(&self, into: &mut VecDeque<Request>) -> bool {
        let mut waiting = locks::lock(&self.waiting);
        while waiting.requests.is_empty() {
            if waiting.closed {
                return false;
            }
            waiting.asleep = true;
            waiting = locks::wait(&self.arrived, waiting);
        }
        waiting.asleep = false;
        std::mem::swap(&mut waiting.requests, into);
        true
    }

    /// Drops all waiting requests, which tells their callers. For use when the committer no longer takes them.
    pub(crate) fn abandon(&self) {
        let waiting = std::mem::take(&mut locks::lock(&self.waiting).requests);
        drop(waiting);
    }

    /// Refuses new requests. Waiting requests are still taken.
    pub(crate) fn close(&self) {
        locks::lock(&self.waiting).closed = true;
        self.permits.close();
        self.arrived.notify_one();
    }
}
