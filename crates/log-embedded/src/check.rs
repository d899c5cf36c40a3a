//! Checks a log directory without opening an engine: everything that opening verifies, and every record of every
//! segment.

use crate::disk::{Disk, SystemDisk};
use crate::error::{Damage, Failure, OpenError};
use crate::manifest::NAME;
use crate::opening::lock;
use crate::recovery::inspect;
use crate::segment::{Cursor, Segment};
use std::path::Path;
use std::sync::Arc;

/// What was verified in a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checked {
    /// Number of groups in the write-ahead log.
    pub groups: u64,
    /// Number of segments.
    pub segments: u64,
    /// Number of records in the segments.
    pub segment_records: u64,
}

/// Whether the directory contains a log. Opening an engine on a directory without one creates a new, empty log.
#[must_use]
pub fn is_begun(directory: &Path) -> bool {
    directory.join(NAME).exists()
}

/// Verifies all bytes of a log directory that matter, and changes nothing. Refuses if an engine has the directory open.
/// Reads everything: for hundreds of gigabytes this takes minutes.
pub fn check(directory: &Path) -> Result<Checked, OpenError> {
    check_on(&SystemDisk, directory)
}

/// [`check`] on another file system.
pub fn check_on(disk: &dyn Disk, directory: &Path) -> Result<Checked, OpenError> {
    let _lock = lock(disk, directory)?;
    let found = inspect(disk, directory)?;
    let mut checked = Checked {
        groups: found.logs.iter().map(|log| log.groups).sum(),
        segments: 0,
        segment_records: 0,
    };
    for segment in found.segments {
        checked.segments += 1;
        checked.segment_records += check_segment(segment)?;
    }
    Ok(checked)
}

fn check_segment(segment: Arc<Segment>) -> Result<u64, Failure> {
    let mut cursor = Cursor::new(Arc::clone(&segment))?;
    let (mut channels, mut records) = (0, 0);
    let mut before = None;
    while let Some(entry) = cursor.channel().copied() {
        if before.is_some_and(|before| before >= entry.channel) {
            let what = "the directory is not in order";
            return Err(Damage::new(&segment.path, entry.offset, what).into());
        }
        before = Some(entry.channel);
        cursor.records(|_, _| {
            records += 1;
            Ok(())
        })?;
        segment.check_fences(&entry)?;
        channels += 1;
        cursor.advance()?;
    }
    if (channels, records) == (segment.channels, segment.records) {
        Ok(records)
    } else {
        let what = "the segment has another number of channels or records than its footer says";
        Err(Damage::new(&segment.path, 0, what).into())
    }
}
