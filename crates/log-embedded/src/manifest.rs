//! The manifest names the live segments and the first live log file. It is replaced as a whole: written to another
//! file, synced, renamed, and the directory synced. Only then files that it no longer names may be removed.
//!
//! Format: `PBKMAN01`, first live log 8, sequence of its first group 8, next segment's id 8, newest time 8, number of
//! segments 4; for each segment, oldest first: id 8, length 8, CRC-32 of its footer 4; then the CRC-32 of everything
//! before.

use crate::codec::{Take, checksum, memory_length, short_length};
use crate::disk::Disk;
use crate::error::{Damage, Failure};
use crate::segment::Segment;
use bytes::{BufMut as _, BytesMut};
use std::path::Path;
use std::sync::Arc;
use types::Time;

const MAGIC: &[u8; 8] = b"PBKMAN01";
/// The file name of the live manifest.
pub(crate) const NAME: &str = "manifest";
const DRAFT: &str = "manifest.new";

/// The live segments and log files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Manifest {
    pub(crate) first_log: u64,
    /// The sequence of the first group in the first live log file.
    pub(crate) first_sequence: u64,
    pub(crate) next_segment: u64,
    /// The time of the newest record in the segments.
    pub(crate) newest_time: Time,
    /// Oldest first.
    pub(crate) segments: Vec<SegmentName>,
}

/// A segment as the manifest names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SegmentName {
    pub(crate) id: u64,
    pub(crate) length: u64,
    pub(crate) checksum: u32,
}

impl SegmentName {
    pub(crate) fn of(segment: &Arc<Segment>) -> Self {
        Self {
            id: segment.id,
            length: segment.length,
            checksum: segment.checksum,
        }
    }
}

impl Manifest {
    /// The manifest of an empty log.
    pub(crate) fn empty() -> Self {
        Self {
            first_log: 1,
            first_sequence: 1,
            next_segment: 1,
            newest_time: Time::from_ms(0),
            segments: Vec::new(),
        }
    }

    /// Reads the live manifest; `None` if there is none.
    pub(crate) fn read(disk: &dyn Disk, directory: &Path) -> Result<Option<Self>, Failure> {
        let path = directory.join(NAME);
        let file = match disk.open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Failure::io("opening", &path)(error)),
        };
        let length = file.length().map_err(Failure::io("measuring", &path))?;
        let mut bytes = vec![0; memory_length(length)];
        file.read_at(&mut bytes, 0)
            .map_err(Failure::io("reading", &path))?;
        let damage = || Damage::new(&path, 0, "the manifest does not verify");
        Ok(Some(Self::decode(&bytes).ok_or_else(damage)?))
    }

    /// Makes this the live manifest.
    pub(crate) fn write(&self, disk: &dyn Disk, directory: &Path) -> Result<(), Failure> {
        let draft = directory.join(DRAFT);
        let file = disk
            .create(&draft)
            .map_err(Failure::io("creating", &draft))?;
        file.write_at(&self.encode(), 0)
            .and_then(|()| file.sync())
            .map_err(Failure::io("writing", &draft))?;
        let path = directory.join(NAME);
        disk.rename(&draft, &path)
            .and_then(|()| disk.sync_directory(directory))
            .map_err(Failure::io("naming", &path))
    }

    fn encode(&self) -> BytesMut {
        let mut bytes = BytesMut::new();
        bytes.put_slice(MAGIC);
        bytes.put_u64_le(self.first_log);
        bytes.put_u64_le(self.first_sequence);
        bytes.put_u64_le(self.next_segment);
        bytes.put_u64_le(self.newest_time.ms());
        bytes.put_u32_le(short_length(self.segments.len()));
        for segment in &self.segments {
            bytes.put_u64_le(segment.id);
            bytes.put_u64_le(segment.length);
            bytes.put_u32_le(segment.checksum);
        }
        bytes.put_u32_le(checksum(&[&bytes]));
        bytes
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (checked, end) = bytes.split_last_chunk::<4>()?;
        if u32::from_le_bytes(*end) != checksum(&[checked]) {
            return None;
        }
        let mut take = Take(checked);
        if take.array()? != *MAGIC {
            return None;
        }
        let mut manifest = Self {
            first_log: take.u64()?,
            first_sequence: take.u64()?,
            next_segment: take.u64()?,
            newest_time: Time::from_ms(take.u64()?),
            segments: Vec::new(),
        };
        for _ in 0..take.u32()? {
            manifest.segments.push(SegmentName {
                id: take.u64()?,
                length: take.u64()?,
                checksum: take.u32()?,
            });
        }
        take.0.is_empty().then_some(manifest)
    }
}
