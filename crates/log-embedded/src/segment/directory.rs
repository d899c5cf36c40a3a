//! The directory of a segment: an entry for each of its channels.

use crate::codec::{Take, checksum, memory_length};
use crate::covered::Bounds;
use crate::entry::{ChannelState, STATE_BYTES};
use bytes::{BufMut as _, BytesMut};
use types::{ChannelId, Number};

/// Channels per block.
pub(crate) const BLOCK_CHANNELS: u32 = 64;
/// Size of an entry in bytes.
const ENTRY_BYTES: usize = 16 + STATE_BYTES + 8 * 4 + 8;

/// A channel in a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DirectoryEntry {
    pub(crate) channel: ChannelId,
    /// The channel's state when the segment's last table was sealed.
    pub(crate) state: ChannelState,
    /// The run's first number. The run's records have the state's generation and no gap.
    pub(crate) first: Number,
    /// Number of records in the run; 0 if all were trimmed.
    pub(crate) count: u64,
    pub(crate) offset: u64,
    pub(crate) length: u64,
    pub(crate) fences: u32,
    pub(crate) fences_checksum: u32,
}

impl DirectoryEntry {
    /// The number after the run's last.
    pub(crate) fn end(&self) -> u64 {
        self.first.get().saturating_add(self.count)
    }

    /// The bounds of the run, if it has records.
    pub(crate) fn bounds(&self) -> Option<Bounds> {
        (self.count > 0).then(|| Bounds {
            first: self.first,
            end: self.end(),
        })
    }
}

/// The size of a block of this number of channels, in bytes.
pub(crate) fn block_length(channels: u32) -> usize {
    memory_length(u64::from(channels)).saturating_mul(ENTRY_BYTES) + 4
}

/// Encodes a block.
pub(crate) fn encode_block(entries: &[DirectoryEntry]) -> BytesMut {
    let mut block = BytesMut::with_capacity(entries.len() * ENTRY_BYTES + 4);
    for entry in entries {
        block.put_slice(entry.channel.as_bytes());
        entry.state.put(&mut block);
        block.put_u64_le(entry.first.get());
        block.put_u64_le(entry.count);
        block.put_u64_le(entry.offset);
        block.put_u64_le(entry.length);
        block.put_u32_le(entry.fences);
        block.put_u32_le(entry.fences_checksum);
    }
    let mut whole = BytesMut::with_capacity(block.len() + 4);
    whole.put_u32_le(checksum(&[&block]));
    whole.put_slice(&block);
    whole
}

/// The entries of a block. `None` if its checksum is wrong.
pub(crate) fn decode_block(block: &[u8]) -> Option<Vec<DirectoryEntry>> {
    let mut take = Take(block);
    if take.u32()? != checksum(&[take.0]) {
        return None;
    }
    let mut entries = Vec::with_capacity(take.0.len() / ENTRY_BYTES);
    while !take.0.is_empty() {
        entries.push(decode_entry(&mut take)?);
    }
    Some(entries)
}

/// Finds one channel's entry in a block. `Some(None)` if the channel is not there; `None` if the block's checksum is
/// wrong.
pub(crate) fn find_in_block(block: &[u8], channel: &ChannelId) -> Option<Option<DirectoryEntry>> {
    let mut take = Take(block);
    if take.u32()? != checksum(&[take.0]) {
        return None;
    }
    let (mut low, mut high) = (0, take.0.len() / ENTRY_BYTES);
    while low < high {
        let middle = low.midpoint(high);
        let mut entry = Take(take.0.get(middle * ENTRY_BYTES..)?);
        match entry.0.get(..16)?.cmp(channel.as_bytes()) {
            std::cmp::Ordering::Less => low = middle + 1,
            std::cmp::Ordering::Greater => high = middle,
            std::cmp::Ordering::Equal => return decode_entry(&mut entry).map(Some),
        }
    }
    Some(None)
}

fn decode_entry(take: &mut Take<'_>) -> Option<DirectoryEntry> {
    Some(DirectoryEntry {
        channel: ChannelId::new(take.array()?),
        state: ChannelState::take(take)?,
        first: Number::new(take.u64()?).ok()?,
        count: take.u64()?,
        offset: take.u64()?,
        length: take.u64()?,
        fences: take.u32()?,
        fences_checksum: take.u32()?,
    })
}
