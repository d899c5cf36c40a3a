//! The thread that writes the write-ahead log; there is only one. It drains the queue into a group, checks each record
//! against its channel's newest, writes the group, syncs it, and makes it visible. Only then it hands the answers to
//! the dispatcher, all at once.

use crate::checker::{Checker, GroupState};
use crate::codec::{file_length, memory_length};
use crate::dispatcher::Done;
use crate::error::Failure;
use crate::group::{ALIGNMENT, begin_group, end_group};
use crate::log_file::{GROUPS_START, LogFile};
use crate::memtable::Memtable;
use crate::pipeline::Sealed;
use crate::queue::Request;
use crate::shared::{Shared, StopOnPanic};
use crate::view::View;
use bytes::BytesMut;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;
use tokio::sync::mpsc::UnboundedSender;
use types::Time;

/// Groups are split from buffers of this size, so that a group needs no allocation of its own.
const BUFFER_BYTES: usize = 4 << 20;

pub(crate) struct Committer {
    shared: Arc<Shared>,
    log: LogFile,
    /// The sequence of the next group.
    sequence: u64,
    /// The time of the newest entry. The times of entries never go back.
    newest_time: Time,
    /// This channel is unbounded, but the queue limits what is in it: the dispatcher returns permits only after it has
    /// answered.
    dispatcher: UnboundedSender<Done>,
    waiting: VecDeque<Request>,
    buffer: BytesMut,
    buffer_bytes: usize,
    group: GroupState,
}

impl Committer {
    pub(crate) fn new(
        shared: Arc<Shared>,
        log: LogFile,
        sequence: u64,
        newest_time: Time,
        dispatcher: UnboundedSender<Done>,
    ) -> Self {
        let buffer_bytes = BUFFER_BYTES.min(memory_length(shared.config.segment_bytes));
        Self {
            shared,
            log,
            sequence,
            newest_time,
            dispatcher,
            waiting: VecDeque::new(),
            buffer: BytesMut::with_capacity(buffer_bytes),
            buffer_bytes,
            group: GroupState::default(),
        }
    }

    /// Runs until the queue is closed and empty, or until a failure.
    pub(crate) fn run(mut self) {
        let _stop_on_panic = StopOnPanic(Arc::clone(&self.shared));
        while !self.waiting.is_empty() || self.shared.queue.take(&mut self.waiting) {
            if self.shared.stop.is_stopped() {
                // Dropping the requests tells their callers that the engine has stopped.
                self.waiting.clear();
            } else if let Err(failure) = self.commit() {
                self.shared.fail(&failure);
                self.group = GroupState::default();
                self.waiting.clear();
            }
        }
        // No more requests will come, so threads that wait for the pipeline may end.
        self.shared.pipeline.close();
    }

    fn commit(&mut self) -> Result<(), Failure> {
        let start = Instant::now();
        self.gather()?;
        if !self.group.staged.is_empty() {
            self.write()?;
        }
        let sealing = self.group.seal.take() == Some(self.log.number);
        if sealing && self.log.end > GROUPS_START {
            self.rotate(&self.shared.view())?;
        }
        let counters = &self.shared.counters;
        counters
            .records
            .fetch_add(self.group.records, Ordering::Relaxed);
        counters.commit.record(start.elapsed());
        let moved = if self.shared.watches.is_empty() {
            Vec::new()
        } else {
            let pending = self.group.pending.iter();
            pending
                .map(|(channel, state)| (*channel, state.head().position))
                .collect()
        };
        self.group.pending.clear();
        self.group.records = 0;
        self.group.time = None;
        let capacity = self.group.replies.len();
        let replies = std::mem::replace(&mut self.group.replies, Vec::with_capacity(capacity));
        // This fails only if the runtime is gone, and then no caller is waiting.
        let _ = self.dispatcher.send(Done {
            replies,
            moved,
            permits: std::mem::take(&mut self.group.permits),
        });
        Ok(())
    }

    /// Fills the group from the waiting requests.
    fn gather(&mut self) -> Result<(), Failure> {
        let view = self.shared.view();
        // If all requests of the last group were refused, it was not written and its header is still in the buffer.
        self.buffer.clear();
        begin_group(&mut self.buffer);
        let active = view.active.content();
        let mut checker = Checker {
            shared: &self.shared,
            view: &view,
            active: &active,
            group: &mut self.group,
            buffer: &mut self.buffer,
            newest_time: &mut self.newest_time,
        };
        while checker.buffer.len() < self.shared.config.group_bytes
            && let Some(request) = self.waiting.pop_front()
        {
            match request {
                Request::Append(request) => checker.append(request)?,
                Request::Change(request) => checker.change(request)?,
                Request::Seal(log) => checker.group.seal = Some(log),
            }
        }
        Ok(())
    }

    /// Writes and syncs the group and makes it visible.
    fn write(&mut self) -> Result<(), Failure> {
        let length = file_length(self.buffer.len()).next_multiple_of(ALIGNMENT);
        let full = self.log.end > GROUPS_START && self.log.end + length > self.log.capacity;
        let view = self.shared.view();
        if full || view.active.index_bytes() > self.shared.config.segment_bytes {
            self.rotate(&view)?;
        }
        end_group(
            &mut self.buffer,
            self.log.salt,
            self.log.number,
            self.sequence,
        );
        let group = self.buffer.split().freeze();
        // Allocate here, once in many groups, instead of while the next group is being filled.
        let room = group.len() + group.len() / 4;
        if self.buffer.capacity() < room {
            self.buffer = BytesMut::with_capacity(self.buffer_bytes.max(room));
        }
        let log = &mut self.log;
        log.file
            .write_at(&group, log.end)
            .map_err(Failure::io("writing", &log.path))?;
        let start = Instant::now();
        log.file.sync().map_err(Failure::io("syncing", &log.path))?;
        let counters = &self.shared.counters;
        counters.fdatasync.record(start.elapsed());
        counters.groups.fetch_add(1, Ordering::Relaxed);
        log.end += file_length(group.len());
        self.sequence += 1;
        let active = Arc::clone(&self.shared.view().active);
        active.publish(group, self.newest_time, self.group.staged.drain(..));
        Ok(())
    }

    /// Switches to the next log file and gives the full table to the flusher.
    fn rotate(&mut self, view: &View) -> Result<(), Failure> {
        let next = self.shared.pipeline.next_log().ok_or(Failure::Closing)?;
        let table = Arc::clone(&view.active);
        // Change the view first: as soon as the pipeline has the table, the flusher may remove it from the view.
        self.shared.change_view(|view| {
            view.sealed.push(Arc::clone(&table));
            view.active = Arc::new(Memtable::new(next.number));
        });
        let full = std::mem::replace(&mut self.log, next);
        self.shared.pipeline.seal(Sealed {
            table,
            log_path: full.path,
            next_sequence: self.sequence,
        });
        Ok(())
    }
}
