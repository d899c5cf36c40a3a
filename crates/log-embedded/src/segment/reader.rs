//! Reads a segment. Opening it loads only the index. Everything else is read on demand, with one pread per run, and
//! verified then.

use super::bloom::Bloom;
use super::directory::{DirectoryEntry, block_length, decode_block, find_in_block};
use super::{FENCE_BYTES, FENCE_ENTRY_BYTES, FOOTER_BYTES, INDEX_ENTRY_BYTES, MAGIC};
use crate::codec::{Take, checksum, file_length, memory_length};
use crate::disk::{Disk, DiskFile};
use crate::entry::{entry_length, kind_index, read_entry};
use crate::error::{Damage, Failure};
use bytes::{Bytes, BytesMut};
use channel_log::{LogChannelKind, ReadLimit};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use types::{ChannelId, Number, Time};

/// An open segment.
pub(crate) struct Segment {
    pub(crate) id: u64,
    pub(crate) path: PathBuf,
    file: Arc<dyn DiskFile>,
    pub(crate) length: u64,
    /// The footer's checksum. The manifest contains it, so that no other file is mistaken for this one.
    pub(crate) checksum: u32,
    pub(crate) channels: u64,
    pub(crate) records: u64,
    oldest: [Option<Time>; 3],
    index: Vec<Block>,
    bloom: Bloom,
}

/// A directory block.
struct Block {
    first: ChannelId,
    offset: u64,
    channels: u32,
}

impl Segment {
    /// A piece of the file as it is.
    pub(crate) fn piece(&self, offset: u64, length: usize) -> Result<Bytes, Failure> {
        read_exactly(&*self.file, &self.path, offset, length)
    }

    pub(crate) fn open(disk: &dyn Disk, directory: &Path, id: u64) -> Result<Self, Failure> {
        let path = super::segment_path(directory, id);
        let file = disk.open(&path).map_err(Failure::io("opening", &path))?;
        let length = file.length().map_err(Failure::io("measuring", &path))?;
        let footer_offset = length.saturating_sub(file_length(FOOTER_BYTES));
        let damaged = |what| Failure::from(Damage::new(&path, footer_offset, what));
        if length < file_length(FOOTER_BYTES) {
            return Err(damaged("the segment is cut short"));
        }
        let footer = read_exactly(&*file, &path, footer_offset, FOOTER_BYTES)?;
        let (magic, footer) = Footer::decode(&footer)
            .ok_or_else(|| damaged("the segment's footer does not verify"))?;
        if magic != *MAGIC {
            return Err(damaged("not a segment of this version"));
        }
        let index_length = footer_offset
            .checked_sub(footer.index_offset)
            .ok_or_else(|| damaged("the segment's index is beyond its end"))?;
        let bytes = read_exactly(
            &*file,
            &path,
            footer.index_offset,
            memory_length(index_length),
        )?;
        let index_damaged = || {
            Failure::from(Damage::new(
                &path,
                footer.index_offset,
                "the segment's index does not verify",
            ))
        };
        if checksum(&[&bytes]) != footer.index_checksum {
            return Err(index_damaged());
        }
        let (blocks, filter) = memory_length(footer.blocks)
            .checked_mul(INDEX_ENTRY_BYTES)
            .and_then(|blocks| bytes.split_at_checked(blocks))
            .filter(|(_, filter)| file_length(filter.len()) == footer.filter_bytes)
            .ok_or_else(index_damaged)?;
        let index = blocks.chunks_exact(INDEX_ENTRY_BYTES).map(|entry| {
            let mut take = Take(entry);
            Some(Block {
                first: ChannelId::new(take.array()?),
                offset: take.u64()?,
                channels: take.u32()?,
            })
        });
        Ok(Self {
            id,
            index: index.collect::<Option<_>>().ok_or_else(index_damaged)?,
            bloom: Bloom::from_bytes(filter),
            path,
            file,
            length,
            checksum: footer.checksum,
            channels: footer.channels,
            records: footer.records,
            oldest: footer.oldest,
        })
    }

    /// The time of the oldest record in channels of a kind.
    pub(crate) fn oldest(&self, kind: LogChannelKind) -> Option<Time> {
        self.oldest.get(kind_index(kind)).copied().flatten()
    }

    /// Number of directory blocks.
    pub(crate) fn blocks(&self) -> usize {
        self.index.len()
    }

    /// The entries of a directory block.
    pub(crate) fn block(&self, block: usize) -> Result<Vec<DirectoryEntry>, Failure> {
        let Some(place) = self.index.get(block) else {
            return Ok(Vec::new());
        };
        let bytes = self.read(place.offset, block_length(place.channels))?;
        decode_block(&bytes).ok_or_else(|| self.damaged(place.offset, DIRECTORY_DAMAGED))
    }

    /// The directory entry of a channel.
    pub(crate) fn find(&self, channel: &ChannelId) -> Result<Option<DirectoryEntry>, Failure> {
        if !self.bloom.may_have(channel) {
            return Ok(None);
        }
        let after = self.index.partition_point(|block| block.first <= *channel);
        let Some(block) = after.checked_sub(1).and_then(|block| self.index.get(block)) else {
            return Ok(None);
        };
        let bytes = self.read(block.offset, block_length(block.channels))?;
        find_in_block(&bytes, channel).ok_or_else(|| self.damaged(block.offset, DIRECTORY_DAMAGED))
    }

    /// Entries of a run from a number on, verified, until the limit is reached or the run ends.
    pub(crate) fn run(
        &self,
        run: &DirectoryEntry,
        from: Number,
        limit: ReadLimit,
    ) -> Result<Vec<Bytes>, Failure> {
        let (mut expected, mut place) = self.fence(run, from)?;
        let mut found = Vec::new();
        let mut found_bytes = 0_usize;
        let mut wanted = file_length(limit.bytes).saturating_add(FENCE_BYTES * 2);
        while place < run.length
            && found.len() < limit.records
            && (found.is_empty() || found_bytes < limit.bytes)
        {
            let length = wanted.min(run.length - place);
            let mut chunk = self.read(run.offset + place, memory_length(length))?;
            let complete = length == run.length - place;
            let mut used = 0_u64;
            while found.len() < limit.records && (found.is_empty() || found_bytes < limit.bytes) {
                let whole = entry_length(&chunk).filter(|length| *length <= chunk.len());
                let Some(entry_bytes) = whole else {
                    break;
                };
                let entry = read_entry(&chunk)
                    .filter(|entry| entry.channel == run.channel && entry.record.is_some())
                    .filter(|entry| entry.state.number == expected)
                    .ok_or_else(|| self.damaged(run.offset + place + used, RECORD_DAMAGED))?;
                expected = expected.next();
                let wanted_one = entry.state.number >= from;
                let bytes = chunk.split_to(entry_bytes);
                used += file_length(entry_bytes);
                if wanted_one {
                    found_bytes = found_bytes.saturating_add(bytes.len());
                    found.push(bytes);
                }
            }
            if used == 0 {
                if complete {
                    return Err(self.damaged(run.offset + place, RECORD_DAMAGED));
                }
                // The record is longer than the bytes read: read more.
                wanted = wanted.saturating_mul(4);
            }
            place += used;
        }
        if place < run.length || expected.get() == run.end() {
            Ok(found)
        } else {
            Err(self.damaged(run.offset, RUN_DAMAGED))
        }
    }

    /// Verifies the fences of a run.
    pub(crate) fn check_fences(&self, run: &DirectoryEntry) -> Result<(), Failure> {
        self.fences(run).map(drop)
    }

    fn fences(&self, run: &DirectoryEntry) -> Result<Bytes, Failure> {
        let offset = run.offset + run.length;
        let length = memory_length(u64::from(run.fences)).saturating_mul(FENCE_ENTRY_BYTES);
        let bytes = self.read(offset, length)?;
        if checksum(&[&bytes]) == run.fences_checksum {
            Ok(bytes)
        } else {
            Err(self.damaged(offset, "the places of the channel's records do not verify"))
        }
    }

    /// The offset in the run at which to start looking for a number, and the number of the record at that offset.
    fn fence(&self, run: &DirectoryEntry, from: Number) -> Result<(Number, u64), Failure> {
        let mut start = (run.first, 0);
        if run.fences == 0 || from <= run.first {
            return Ok(start);
        }
        let bytes = self.fences(run)?;
        for fence in bytes.chunks_exact(FENCE_ENTRY_BYTES) {
            let mut take = Take(fence);
            let number = take.u64().and_then(|number| Number::new(number).ok());
            match (number, take.u64()) {
                (Some(number), Some(place)) if number <= from => start = (number, place),
                _ => break,
            }
        }
        Ok(start)
    }

    pub(crate) fn read(&self, offset: u64, length: usize) -> Result<Bytes, Failure> {
        if offset.saturating_add(file_length(length)) > self.length {
            return Err(self.damaged(offset, "the directory leads beyond the segment's end"));
        }
        read_exactly(&*self.file, &self.path, offset, length)
    }

    pub(crate) fn damaged(&self, place: u64, what: &'static str) -> Failure {
        Damage::new(&self.path, place, what).into()
    }
}

const DIRECTORY_DAMAGED: &str = "the directory does not verify";
pub(crate) const RECORD_DAMAGED: &str = "a record does not verify";
pub(crate) const RUN_DAMAGED: &str = "the channel's run has another number of records";

fn read_exactly(
    file: &dyn DiskFile,
    path: &Path,
    offset: u64,
    length: usize,
) -> Result<Bytes, Failure> {
    let mut bytes = BytesMut::zeroed(length);
    file.read_at(&mut bytes, offset)
        .map_err(Failure::io("reading", path))?;
    Ok(bytes.freeze())
}

struct Footer {
    index_offset: u64,
    blocks: u64,
    filter_bytes: u64,
    index_checksum: u32,
    channels: u64,
    records: u64,
    oldest: [Option<Time>; 3],
    checksum: u32,
}

impl Footer {
    fn decode(bytes: &[u8]) -> Option<([u8; 8], Self)> {
        let (checked, _) = bytes.split_at_checked(FOOTER_BYTES - 4)?;
        let mut take = Take(bytes);
        let magic = take.array()?;
        let footer = Self {
            index_offset: take.u64()?,
            blocks: take.u64()?,
            filter_bytes: take.u64()?,
            index_checksum: take.u32()?,
            channels: take.u64()?,
            records: take.u64()?,
            oldest: [take.u64()?, take.u64()?, take.u64()?]
                .map(|ms| (ms != u64::MAX).then_some(Time::from_ms(ms))),
            checksum: take.u32()?,
        };
        (footer.checksum == checksum(&[checked])).then_some((magic, footer))
    }
}
