//! An entry: a channel's state after a change, with the record that changed it unless only the state changed. The same
//! bytes are in the write-ahead log, in memory and in segments, with the checksum that was computed when the record was
//! appended.
//!
//! | bytes | what |
//! |---|---|
//! | 4 | CRC-32 of all that follows |
//! | 4 | length of the record |
//! | 16 | channel |
//! | 1 | 1 with a record, 0 without |
//! | 8 | time, ms |
//! | 57 | state: kind 1, generation 8, newest number 8, trimmed through 8, newest hash 32 |
//! | … | the record |

use crate::codec::{Take, checksum, memory_length, short_length};
use bytes::{BufMut as _, BytesMut};
use channel_log::{ChannelHead, LogChannelKind};
use types::{ChannelId, Generation, Hash, Number, Position, Time};

/// Size of an entry without its record, in bytes.
pub(crate) const ENTRY_BYTES: usize = 90;
const CHECKED_BYTES: usize = ENTRY_BYTES - 4;
/// Size of an encoded state, in bytes.
pub(crate) const STATE_BYTES: usize = 57;

/// The state of a channel. The engine keeps it for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ChannelState {
    pub(crate) kind: LogChannelKind,
    pub(crate) generation: Generation,
    pub(crate) number: Number,
    /// Records of this generation up to this number were trimmed on request.
    pub(crate) trimmed: Number,
    pub(crate) hash: Hash,
}

impl ChannelState {
    /// The state of a generation without records.
    pub(crate) const fn empty(kind: LogChannelKind, generation: Generation) -> Self {
        Self {
            kind,
            generation,
            number: Number::ZERO,
            trimmed: Number::ZERO,
            hash: Hash::ZERO,
        }
    }

    pub(crate) const fn head(&self) -> ChannelHead {
        ChannelHead {
            kind: self.kind,
            position: Position::new(self.generation, self.number),
            hash: self.hash,
        }
    }

    pub(crate) fn put(&self, mut to: impl bytes::BufMut) {
        to.put_u8(match self.kind {
            LogChannelKind::Customer => 1,
            LogChannelKind::Global => 2,
            LogChannelKind::Queue => 3,
        });
        to.put_u64_le(self.generation.get());
        to.put_u64_le(self.number.get());
        to.put_u64_le(self.trimmed.get());
        to.put_slice(self.hash.as_bytes());
    }

    pub(crate) fn take(from: &mut Take<'_>) -> Option<Self> {
        Some(Self {
            kind: match from.u8()? {
                1 => LogChannelKind::Customer,
                2 => LogChannelKind::Global,
                3 => LogChannelKind::Queue,
                _ => return None,
            },
            generation: Generation::new(from.u64()?).ok()?,
            number: Number::new(from.u64()?).ok()?,
            trimmed: Number::new(from.u64()?).ok()?,
            hash: Hash::new(from.array()?),
        })
    }
}

/// A kind's index in an array by kind.
pub(crate) const fn kind_index(kind: LogChannelKind) -> usize {
    match kind {
        LogChannelKind::Customer => 0,
        LogChannelKind::Global => 1,
        LogChannelKind::Queue => 2,
    }
}

/// A parsed entry with a valid checksum.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry<'a> {
    pub(crate) channel: ChannelId,
    pub(crate) time: Time,
    /// If there is a record, the state's number and hash are the record's.
    pub(crate) state: ChannelState,
    pub(crate) record: Option<&'a [u8]>,
}

/// Appends an entry to `to`.
pub(crate) fn put_entry(
    to: &mut BytesMut,
    channel: ChannelId,
    time: Time,
    state: &ChannelState,
    record: Option<&[u8]>,
) {
    let bytes = record.unwrap_or_default();
    let mut checked = [0; CHECKED_BYTES];
    let mut rest: &mut [u8] = &mut checked;
    rest.put_u32_le(short_length(bytes.len()));
    rest.put_slice(channel.as_bytes());
    rest.put_u8(u8::from(record.is_some()));
    rest.put_u64_le(time.ms());
    state.put(&mut rest);
    to.put_u32_le(checksum(&[&checked, bytes]));
    to.put_slice(&checked);
    to.put_slice(bytes);
}

/// The length of the entry at the beginning of `bytes`, with its record. `None` if there are too few bytes to know.
pub(crate) fn entry_length(bytes: &[u8]) -> Option<usize> {
    let mut take = Take(bytes.get(4..)?);
    memory_length(u64::from(take.u32()?)).checked_add(ENTRY_BYTES)
}

/// Parses the entry at the beginning of `bytes`. `None` if it is cut off or its checksum is wrong.
pub(crate) fn read_entry(bytes: &[u8]) -> Option<Entry<'_>> {
    let whole = bytes.get(..entry_length(bytes)?)?;
    let mut take = Take(whole);
    let expected = take.u32()?;
    if checksum(&[take.0]) != expected {
        return None;
    }
    let length = take.u32()?;
    let channel = ChannelId::new(take.array()?);
    let has_record = take.u8()?;
    let time = Time::from_ms(take.u64()?);
    let state = ChannelState::take(&mut take)?;
    let record = match (has_record, length) {
        (1, _) => Some(take.0),
        (0, 0) => None,
        _ => return None,
    };
    Some(Entry {
        channel,
        time,
        state,
        record,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_reads_back_and_any_flipped_bit_is_seen() {
        let state = ChannelState {
            kind: LogChannelKind::Queue,
            generation: Generation::new(3).unwrap(),
            number: Number::new(7).unwrap(),
            trimmed: Number::new(2).unwrap(),
            hash: Hash::of(b"seven"),
        };
        let channel = ChannelId::new([9; 16]);
        for record in [None, Some(&b""[..]), Some(&b"seven"[..])] {
            let mut written = BytesMut::new();
            put_entry(&mut written, channel, Time::from_ms(5), &state, record);
            assert_eq!(entry_length(&written), Some(written.len()));
            let entry = read_entry(&written).unwrap();
            assert_eq!((entry.channel, entry.time), (channel, Time::from_ms(5)));
            assert_eq!((entry.state, entry.record), (state, record));
            for bit in 0..written.len() * 8 {
                let mut flipped = written.clone();
                flipped[bit / 8] ^= 1 << (bit % 8);
                assert!(read_entry(&flipped).is_none(), "bit {bit}");
            }
        }
    }
}
