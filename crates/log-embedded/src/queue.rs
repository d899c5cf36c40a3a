//! What waits for the committer. Bounded by bytes: who brings more waits.

use crate::codec::{file_length, memory_length};
use crate::locks;
use channel_log::{Append, AppendError, Appended, ChannelKind, Head, LogError};
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex};
use tokio::sync::{Semaphore, oneshot};
use types::{ChannelId, Generation, Number};

/// Something that the committer is to write.
pub(crate) enum Request {
    Append(AppendRequest),
    Change(ChangeRequest),
    /// Goes on to the next log file if this is still the one that is written, so that what is in it becomes a segment.
    Seal(u64),
}

pub(crate) struct AppendRequest {
    pub(crate) records: Vec<Append>,
    /// The states of all its channels were looked up: the committer need not send it back for that.
    pub(crate) loaded: bool,
    /// What it takes of the queue.
    pub(crate) permits: u32,
    pub(crate) reply: oneshot::Sender<Vec<Answer>>,
}

pub(crate) struct ChangeRequest {
    pub(crate) channel: ChannelId,
    pub(crate) change: Change,
    /// What it takes of the queue.
    pub(crate) permits: u32,
    pub(crate) reply: oneshot::Sender<Result<Head, LogError>>,
}

/// A change of a channel's state alone.
#[derive(Clone, Copy)]
pub(crate) enum Change {
    Open(ChannelKind),
    Trim(Number),
    Restart(Generation),
}

/// The committer's answer for one record.
pub(crate) enum Answer {
    Done(Appended),
    /// It ends the run of its channel.
    Refused(ChannelId, AppendError),
    /// The channel's state is not in memory: load it and ask again.
    Load(Append),
    /// An older record is stored under this number: compare.
    Compare(Append),
    /// Waits for what becomes of an earlier record of the channel in the same append.
    After(Append),
}

impl Answer {
    /// Whether nothing remains to be done for it.
    pub(crate) const fn is_final(&self) -> bool {
        matches!(self, Self::Done(_) | Self::Refused(..))
    }

    /// The result, if it is final.
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
    /// The committer waits for `arrived`.
    asleep: bool,
}

/// What a record takes of the queue beside its bytes.
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

    /// Waits until there is room for the records, or for a change where there are none. The room is given back by [`Queue::release`].
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

    /// How much of the room is taken.
    pub(crate) fn taken(&self) -> u64 {
        let free = file_length(self.permits.available_permits());
        u64::from(self.permits_max).saturating_sub(free)
    }

    /// Brings a request, unless the queue is closed.
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

    /// Waits for requests and takes all that are there; `false` when the queue is closed and empty.
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

    /// Drops what waits, which tells those who wait: for when nobody takes it any more.
    pub(crate) fn abandon(&self) {
        let waiting = std::mem::take(&mut locks::lock(&self.waiting).requests);
        drop(waiting);
    }

    /// Refuses what is brought from now on; what waits is still taken.
    pub(crate) fn close(&self) {
        locks::lock(&self.waiting).closed = true;
        self.permits.close();
        self.arrived.notify_one();
    }
}
