//! Writes a segment, channel by channel, and syncs in small steps: one sync of gigabytes would delay the write-ahead
//! log's syncs.

use super::bloom::Bloom;
use super::directory::{BLOCK_CHANNELS, DirectoryEntry, encode_block};
use super::{FENCE_BYTES, MAGIC, Segment};
use crate::codec::{checksum, file_length, short_length};
use crate::disk::{Disk, DiskFile};
use crate::entry::{ChannelState, Entry, kind_index};
use crate::error::Failure;
use bytes::{BufMut as _, BytesMut};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use types::{ChannelId, Number, Time};

/// Bytes that are buffered for one write.
const WRITE_BYTES: usize = 1 << 20;
/// The file is synced after this number of bytes.
const STEP_BYTES: u64 = 4 << 20;

/// Called between two steps. It may slow down the writer or make it give up.
pub(crate) type Pace<'a> = &'a mut dyn FnMut() -> Result<(), Failure>;

/// A segment that is being written.
pub(crate) struct SegmentWriter<'a> {
    disk: &'a dyn Disk,
    directory: &'a Path,
    id: u64,
    path: PathBuf,
    file: Arc<dyn DiskFile>,
    pace: Pace<'a>,
    buffer: BytesMut,
    /// The buffer's offset in the file.
    written: u64,
    unsynced: u64,
    block: Vec<DirectoryEntry>,
    index: BytesMut,
    blocks: u64,
    bloom: Bloom,
    channels: u64,
    records: u64,
    oldest: [Option<Time>; 3],
    run: Run,
}

/// The run that is being written.
#[derive(Default)]
struct Run {
    start: u64,
    first: Option<Number>,
    count: u64,
    oldest: Option<Time>,
    fences: BytesMut,
    fenced: u64,
}

impl<'a> SegmentWriter<'a> {
    /// Creates a segment for at most this number of channels.
    pub(crate) fn create(
        disk: &'a dyn Disk,
        directory: &'a Path,
        id: u64,
        channels_max: u64,
        pace: Pace<'a>,
    ) -> Result<Self, Failure> {
        let path = super::segment_path(directory, id);
        let file = disk.create(&path).map_err(Failure::io("creating", &path))?;
        Ok(Self {
            disk,
            directory,
            id,
            path,
            file,
            pace,
            buffer: BytesMut::with_capacity(WRITE_BYTES * 2),
            written: 0,
            unsynced: 0,
            block: Vec::new(),
            index: BytesMut::new(),
            blocks: 0,
            bloom: Bloom::new(channels_max),
            channels: 0,
            records: 0,
            oldest: [None; 3],
            run: Run::default(),
        })
    }

    /// Adds the next record of the current channel, as entry and as bytes.
    pub(crate) fn record(&mut self, entry: &Entry<'_>, bytes: &[u8]) -> Result<(), Failure> {
        let offset = self.position() - self.run.start;
        let number = entry.state.number;
        let next = self.run.first.map(|first| first.get() + self.run.count);
        assert!(
            next.is_none_or(|next| next == number.get()),
            "{number} is not the next of its run"
        );
        if next.is_none() {
            self.run.first = Some(number);
            self.run.oldest = Some(entry.time);
        } else if offset >= self.run.fenced + FENCE_BYTES {
            self.run.fences.put_u64_le(number.get());
            self.run.fences.put_u64_le(offset);
            self.run.fenced = offset;
        }
        self.run.count += 1;
        self.put(bytes)
    }

    /// Ends the current channel. Its id must be greater than those of the channels before.
    pub(crate) fn channel(
        &mut self,
        channel: ChannelId,
        state: ChannelState,
    ) -> Result<(), Failure> {
        let length = self.position() - self.run.start;
        let run = std::mem::take(&mut self.run);
        let last = run.first.map(|first| first.get() + run.count - 1);
        assert!(
            last.is_none_or(|last| last == state.number.get()),
            "a run ends before its channel's newest, {}",
            state.number
        );
        self.put(&run.fences)?;
        self.run.start = self.position();
        if let (Some(time), Some(oldest)) =
            (run.oldest, self.oldest.get_mut(kind_index(state.kind)))
        {
            *oldest = Some(oldest.map_or(time, |oldest| oldest.min(time)));
        }
        self.channels += 1;
        self.records += run.count;
        self.bloom.insert(&channel);
        self.block.push(DirectoryEntry {
            channel,
            state,
            first: run.first.unwrap_or(Number::ZERO),
            count: run.count,
            offset: run.start,
            length,
            fences: short_length(run.fences.len() / super::FENCE_ENTRY_BYTES),
            fences_checksum: checksum(&[&run.fences]),
        });
        if short_length(self.block.len()) == BLOCK_CHANNELS {
            self.end_block()?;
        }
        Ok(())
    }

    /// Writes the index, makes the segment durable, and opens it. The file has its final name before a manifest names
    /// it.
    pub(crate) fn finish(mut self) -> Result<Segment, Failure> {
        self.end_block()?;
        let index_offset = self.position();
        let filter = self.bloom.to_bytes();
        let index = std::mem::take(&mut self.index);
        let mut footer = BytesMut::new();
        footer.put_slice(MAGIC);
        footer.put_u64_le(index_offset);
        footer.put_u64_le(self.blocks);
        footer.put_u64_le(file_length(filter.len()));
        footer.put_u32_le(checksum(&[&index, &filter]));
        footer.put_u64_le(self.channels);
        footer.put_u64_le(self.records);
        for oldest in self.oldest {
            footer.put_u64_le(oldest.map_or(u64::MAX, Time::ms));
        }
        footer.put_u32_le(checksum(&[&footer]));
        self.put(&index)?;
        self.put(&filter)?;
        self.put(&footer)?;
        self.write_buffer()?;
        self.file
            .sync()
            .map_err(Failure::io("syncing", &self.path))?;
        self.disk
            .sync_directory(self.directory)
            .map_err(Failure::io("syncing", self.directory))?;
        Segment::open(self.disk, self.directory, self.id)
    }

    fn position(&self) -> u64 {
        self.written + file_length(self.buffer.len())
    }

    fn end_block(&mut self) -> Result<(), Failure> {
        let Some(first) = self.block.first() else {
            return Ok(());
        };
        self.index.put_slice(first.channel.as_bytes());
        self.index.put_u64_le(self.position());
        self.index.put_u32_le(short_length(self.block.len()));
        self.blocks += 1;
        let block = encode_block(&self.block);
        self.block.clear();
        self.put(&block)?;
        self.run.start = self.position();
        Ok(())
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.buffer.put_slice(bytes);
        if self.buffer.len() >= WRITE_BYTES {
            self.write_buffer()?;
        }
        if self.unsynced >= STEP_BYTES {
            self.unsynced = 0;
            self.file
                .sync()
                .map_err(Failure::io("syncing", &self.path))?;
            (self.pace)()?;
        }
        Ok(())
    }

    fn write_buffer(&mut self) -> Result<(), Failure> {
        self.file
            .write_at(&self.buffer, self.written)
            .map_err(Failure::io("writing", &self.path))?;
        self.written += file_length(self.buffer.len());
        self.unsynced += file_length(self.buffer.len());
        self.buffer.clear();
        Ok(())
    }
}
