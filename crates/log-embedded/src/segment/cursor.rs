//! Goes through a segment from its first channel to its last and reads a mebibyte at a time, for a merge or a check.

use super::reader::{RECORD_DAMAGED, RUN_DAMAGED};
use super::{DirectoryEntry, Segment};
use crate::codec::{file_length, memory_length};
use crate::entry::{ENTRY_BYTES, Entry, entry_length, read_entry};
use crate::error::Failure;
use bytes::Bytes;
use std::sync::Arc;

const WINDOW_BYTES: usize = 1 << 20;

/// A cursor at one channel of a segment.
pub(crate) struct Cursor {
    segment: Arc<Segment>,
    next_block: usize,
    block: std::vec::IntoIter<DirectoryEntry>,
    channel: Option<DirectoryEntry>,
    window: Bytes,
    window_start: u64,
}

impl Cursor {
    /// Starts at the first channel.
    pub(crate) fn new(segment: Arc<Segment>) -> Result<Self, Failure> {
        let mut cursor = Self {
            segment,
            next_block: 0,
            block: Vec::new().into_iter(),
            channel: None,
            window: Bytes::new(),
            window_start: 0,
        };
        cursor.advance()?;
        Ok(cursor)
    }

    /// The current channel. `None` at the end.
    pub(crate) fn channel(&self) -> Option<&DirectoryEntry> {
        self.channel.as_ref()
    }

    /// Goes to the next channel.
    pub(crate) fn advance(&mut self) -> Result<(), Failure> {
        self.channel = self.block.next();
        if self.channel.is_none() && self.next_block < self.segment.blocks() {
            self.block = self.segment.block(self.next_block)?.into_iter();
            self.next_block += 1;
            self.channel = self.block.next();
        }
        Ok(())
    }

    /// Passes each record of the channel to `each`, verified, as entry and as bytes.
    pub(crate) fn records(
        &mut self,
        mut each: impl FnMut(&Entry<'_>, &[u8]) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let Some(run) = self.channel else {
            return Ok(());
        };
        let mut offset = run.offset;
        let end = run.offset + run.length;
        let mut number = run.first;
        let mut count = 0;
        while offset < end {
            let header = self.window(offset, ENTRY_BYTES, end)?;
            let length =
                entry_length(&header).filter(|length| offset + file_length(*length) <= end);
            let length = length.ok_or_else(|| self.segment.damaged(offset, RECORD_DAMAGED))?;
            let bytes = self.window(offset, length, end)?;
            let entry = read_entry(&bytes)
                .filter(|entry| entry.channel == run.channel && entry.record.is_some())
                .filter(|entry| entry.state.number == number)
                .filter(|entry| entry.state.generation == run.state.generation)
                .ok_or_else(|| self.segment.damaged(offset, RECORD_DAMAGED))?;
            each(&entry, &bytes)?;
            number = number.next();
            count += 1;
            offset += file_length(bytes.len());
        }
        if count == run.count {
            Ok(())
        } else {
            Err(self.segment.damaged(offset, RUN_DAMAGED))
        }
    }

    /// The `length` bytes at an offset in a run that ends at `end`.
    fn window(&mut self, offset: u64, length: usize, end: u64) -> Result<Bytes, Failure> {
        let covered = |start: u64, window: &Bytes| {
            let skip = memory_length(offset.checked_sub(start)?);
            let to = skip.checked_add(length)?;
            (to <= window.len()).then(|| window.slice(skip..to))
        };
        if let Some(bytes) = covered(self.window_start, &self.window) {
            return Ok(bytes);
        }
        if offset + file_length(length) > end {
            return Err(self.segment.damaged(offset, RECORD_DAMAGED));
        }
        let available = memory_length(self.segment.length.saturating_sub(offset));
        let wanted = length.max(WINDOW_BYTES).min(available.max(length));
        self.window = self.segment.read(offset, wanted)?;
        self.window_start = offset;
        covered(offset, &self.window).ok_or_else(|| self.segment.damaged(offset, RECORD_DAMAGED))
    }
}
