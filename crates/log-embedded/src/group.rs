//! A group: the records that one write and one fdatasync put into the write-ahead log. It begins at a multiple of
//! [`ALIGNMENT`], so that writing it never touches a disk block of an earlier, acknowledged group.
//!
//! | bytes | what |
//! |---|---|
//! | 4 | CRC-32 of the file's salt, then of all that follows here |
//! | 4 | length of the entries in bytes |
//! | 8 | number of the log file |
//! | 8 | sequence: 1, 2, 3 … over all files |
//! | … | entries, then zeros up to the next multiple |

use crate::codec::{Take, checksum, file_length, memory_length, short_length};
use bytes::{BufMut as _, Bytes, BytesMut};

/// Groups begin at multiples of this number of bytes.
pub(crate) const ALIGNMENT: u64 = 4096;
/// Size of a group's header, in bytes.
pub(crate) const GROUP_BYTES: usize = 24;
/// Maximum size of a group's entries. Only a large record lets them exceed the size of a file; a larger value is not a
/// group.
const ENTRIES_BYTES_MAX: u64 = 1 << 30;

/// A parsed group with a valid checksum.
pub(crate) struct Group {
    pub(crate) sequence: u64,
    /// Size of the group in the file, with its padding of zeros.
    pub(crate) length: u64,
    /// The header and the entries.
    pub(crate) bytes: Bytes,
}

/// Reserves room for the header.
pub(crate) fn begin_group(buffer: &mut BytesMut) {
    buffer.put_bytes(0, GROUP_BYTES);
}

/// Fills in the header of the group in `buffer`, and pads the group.
pub(crate) fn end_group(buffer: &mut BytesMut, salt: u64, log: u64, sequence: u64) {
    let entries = buffer.len().saturating_sub(GROUP_BYTES);
    if let Some((header, entries_bytes)) = buffer.split_first_chunk_mut::<GROUP_BYTES>() {
        let mut rest: &mut [u8] = &mut header[4..];
        rest.put_u32_le(short_length(entries));
        rest.put_u64_le(log);
        rest.put_u64_le(sequence);
        let crc = checksum(&[&salt.to_le_bytes(), &header[4..], entries_bytes]);
        (&mut header[..4]).put_u32_le(crc);
    }
    let padded = file_length(buffer.len()).next_multiple_of(ALIGNMENT);
    buffer.resize(memory_length(padded), 0);
}

/// The group at `offset` of a log file's bytes. `None` if there is no valid group with this file's number and salt.
pub(crate) fn read_group(file: &Bytes, offset: u64, salt: u64, log: u64) -> Option<Group> {
    let start = memory_length(offset);
    let mut take = Take(file.get(start..)?);
    let expected = take.u32()?;
    let checked = take.0;
    let entries = u64::from(take.u32()?);
    if take.u64()? != log || entries > ENTRIES_BYTES_MAX {
        return None;
    }
    let sequence = take.u64()?;
    let length = memory_length(entries).checked_add(GROUP_BYTES)?;
    let covered = checked.get(..length.checked_sub(4)?)?;
    if checksum(&[&salt.to_le_bytes(), covered]) != expected {
        return None;
    }
    Some(Group {
        sequence,
        length: file_length(length).next_multiple_of(ALIGNMENT),
        bytes: file.slice(start..start.checked_add(length)?),
    })
}
