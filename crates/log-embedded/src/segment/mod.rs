//! Segments: immutable files, sorted by channel and number.
//!
//! A segment begins with the channels in the order of their ids. Each channel has a *run*: its entries in the order of
//! their numbers, with the bytes from the write-ahead log. A long run is followed by *fences*: the offsets of records
//! about every 64 KiB. After every 64 channels there is a *directory block* with an entry for each of them. Then
//! follows the *index*: the first channel and the offset of each block, and a Bloom filter over all channels. The
//! footer is last.
//!
//! | part | bytes |
//! |---|---|
//! | run | entries (`entry.rs`) |
//! | fences | number 8, offset in the run 8, each |
//! | directory block | CRC-32 of the rest 4; for each channel: channel 16, state 57, first number 8, count 8, run's offset 8, run's length 8, number of fences 4, CRC-32 of the fences 4 |
//! | index | channel 16, offset 8, channels in the block 4, each; then the filter |
//! | footer | `PBKSEG01`, index's offset 8, blocks 8, filter's bytes 8, CRC-32 of the index 4, channels 8, records 8, time of the oldest record by kind 3 × 8, CRC-32 of the footer 4 |

mod bloom;
mod cursor;
mod directory;
mod reader;
mod writer;

pub(crate) use cursor::Cursor;
pub(crate) use directory::DirectoryEntry;
pub(crate) use reader::Segment;
pub(crate) use writer::SegmentWriter;

use std::path::{Path, PathBuf};

const MAGIC: &[u8; 8] = b"PBKSEG01";
const FOOTER_BYTES: usize = 80;
const INDEX_ENTRY_BYTES: usize = 28;
/// Runs longer than this have fences, about one per this number of bytes.
const FENCE_BYTES: u64 = 64 << 10;
const FENCE_ENTRY_BYTES: usize = 16;

/// The name of a segment's file.
pub(crate) fn segment_path(directory: &Path, id: u64) -> PathBuf {
    directory.join(format!("segment-{id:016}"))
}

/// Whether this is the name of a segment's file.
pub(crate) fn is_segment(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| name.starts_with("segment-"))
}
