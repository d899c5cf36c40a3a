//! Recovery: verifies a log directory and replays its write-ahead log into tables. This module changes nothing on the
//! disk. Opening the log then removes the files that no manifest names, and continues writing at [`Replayed::end`].
//!
//! A log file ends at its first invalid group. If a valid group with the file's salt follows, or if another file has a
//! group with a later sequence, the invalid group is damage. Otherwise it is a torn tail, which was never acknowledged,
//! and it is ignored.

use crate::codec::{file_length, memory_length, short_length};
use crate::disk::{Disk, DiskFile};
use crate::entry::{ENTRY_BYTES, read_entry};
use crate::error::{Damage, Failure};
use crate::group::{ALIGNMENT, GROUP_BYTES, Group, read_group};
use crate::log_file::{GROUPS_START, is_spare, live_number, live_path, read_header};
use crate::manifest::{Manifest, NAME, SegmentName};
use crate::memtable::{Memtable, Staged};
use crate::segment::{Segment, is_segment};
use bytes::{Bytes, BytesMut};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use types::Time;

/// A directory that was verified.
pub(crate) struct Inspected {
    /// `None` if there is no log yet.
    pub(crate) manifest: Option<Manifest>,
    pub(crate) segments: Vec<Arc<Segment>>,
    /// The live log files, in order of their numbers without gaps, from the manifest's first on.
    pub(crate) logs: Vec<Replayed>,
    /// The sequence of the next group.
    pub(crate) next_sequence: u64,
    pub(crate) newest_time: Time,
    /// Log files before the first live one, and spare files.
    pub(crate) unused_logs: Vec<PathBuf>,
    /// Files that no manifest names: from an unfinished flush, merge or manifest.
    pub(crate) leftovers: Vec<PathBuf>,
}

/// A log file that was replayed.
pub(crate) struct Replayed {
    pub(crate) number: u64,
    pub(crate) path: PathBuf,
    pub(crate) file: Arc<dyn DiskFile>,
    pub(crate) salt: u64,
    pub(crate) table: Arc<Memtable>,
    pub(crate) newest_time: Time,
    pub(crate) groups: u64,
    /// Offset of the next group.
    pub(crate) end: u64,
    /// The sequence of the next group in this file.
    pub(crate) next_sequence: u64,
    /// The last group and its offset, if there is one.
    pub(crate) last_group: Option<(u64, Bytes)>,
}

/// Verifies the manifest, the segments' indexes and the write-ahead log, and replays the log.
pub(crate) fn inspect(disk: &dyn Disk, directory: &Path) -> Result<Inspected, Failure> {
    let files = disk
        .list(directory)
        .map_err(Failure::io("listing", directory))?;
    let found = Manifest::read(disk, directory)?;
    let manifest = found.clone().unwrap_or_else(Manifest::empty);
    let segments = open_segments(disk, directory, &manifest)?;
    let live: Vec<u64> = files.iter().filter_map(|path| live_number(path)).collect();
    let without_manifest = || Damage::new(&directory.join(NAME), 0, "the manifest is missing");
    // A new log's first file is created before its manifest. A crash in between leaves that file alone, without groups.
    let is_new =
        live.iter().all(|number| *number == 1) && !files.iter().any(|path| is_segment(path));
    if found.is_none() && !is_new {
        return Err(without_manifest().into());
    }
    let logs = replay_logs(disk, directory, &manifest, &live)?;
    if found.is_none() {
        if logs.iter().any(|log| log.groups > 0) {
            return Err(without_manifest().into());
        }
    } else if logs.is_empty() {
        let path = live_path(directory, manifest.first_log);
        return Err(Damage::new(&path, 0, "the log file is missing").into());
    }
    let named = |path: &Path| segments.iter().any(|segment| segment.path == path);
    let is_leftover = |path: &PathBuf| {
        (is_segment(path) && !named(path))
            || path.file_name().is_some_and(|name| name == "manifest.new")
    };
    let is_unused = |path: &PathBuf| {
        is_spare(path) || live_number(path).is_some_and(|number| number < manifest.first_log)
    };
    let leftovers = files
        .iter()
        .filter(|path| is_leftover(path))
        .cloned()
        .collect();
    Ok(Inspected {
        next_sequence: logs
            .last()
            .map_or(manifest.first_sequence, |log| log.next_sequence),
        newest_time: logs
            .iter()
            .map(|log| log.newest_time)
            .fold(manifest.newest_time, Time::max),
        logs,
        unused_logs: files
            .iter()
            .filter(|path| is_unused(path))
            .cloned()
            .collect(),
        leftovers,
        segments,
        manifest: found,
    })
}

fn open_segments(
    disk: &dyn Disk,
    directory: &Path,
    manifest: &Manifest,
) -> Result<Vec<Arc<Segment>>, Failure> {
    let open = |name: &SegmentName| {
        let segment = Arc::new(Segment::open(disk, directory, name.id)?);
        if SegmentName::of(&segment) == *name {
            Ok(segment)
        } else {
            Err(Damage::new(&segment.path, 0, "not the segment that the manifest names").into())
        }
    };
    manifest.segments.iter().map(open).collect()
}

fn replay_logs(
    disk: &dyn Disk,
    directory: &Path,
    manifest: &Manifest,
    live: &[u64],
) -> Result<Vec<Replayed>, Failure> {
    let mut numbers: Vec<u64> = live.to_vec();
    numbers.retain(|number| *number >= manifest.first_log);
    numbers.sort_unstable();
    let mut logs: Vec<Replayed> = Vec::new();
    let mut sequence = manifest.first_sequence;
    for (expected, number) in (manifest.first_log..).zip(numbers) {
        if number != expected {
            let missing = live_path(directory, expected);
            return Err(Damage::new(&missing, 0, "the log file is missing").into());
        }
        let log = replay(disk, directory, number, sequence, logs.last())?;
        sequence = log.next_sequence;
        logs.push(log);
    }
    Ok(logs)
}

fn replay(
    disk: &dyn Disk,
    directory: &Path,
    number: u64,
    mut sequence: u64,
    before: Option<&Replayed>,
) -> Result<Replayed, Failure> {
    let path = live_path(directory, number);
    let file = disk.open(&path).map_err(Failure::io("opening", &path))?;
    let length = file.length().map_err(Failure::io("measuring", &path))?;
    let mut bytes = BytesMut::zeroed(memory_length(length));
    file.read_at(&mut bytes, 0)
        .map_err(Failure::io("reading", &path))?;
    let bytes = bytes.freeze();
    let salt = read_header(&path, &bytes, number)?;
    let table = Memtable::new(number);
    let mut end = GROUPS_START;
    let mut last_group = None;
    let mut groups = 0;
    let mut newest_time = Time::from_ms(0);
    while let Some(group) = read_group(&bytes, end, salt, number) {
        if group.sequence != sequence {
            // Groups are missing between the previous file and this one: at the end of that file, or at the beginning
            // of this one.
            return Err(match before {
                Some(before) if groups == 0 => {
                    Damage::new(&before.path, before.end, "acknowledged groups are missing")
                }
                _ => Damage::new(&path, end, "a group has an unexpected sequence"),
            }
            .into());
        }
        newest_time = newest_time.max(publish(&table, &group, &path, end)?);
        last_group = Some((end, group.bytes.clone()));
        end += group.length;
        sequence += 1;
        groups += 1;
    }
    if valid_group_follows(&bytes, end, salt, number) {
        return Err(Damage::new(&path, end, "a group does not verify").into());
    }
    Ok(Replayed {
        number,
        path,
        file,
        salt,
        table: Arc::new(table),
        newest_time,
        groups,
        end,
        next_sequence: sequence,
        // A copy, so that it does not keep the whole file in memory.
        last_group: last_group.map(|(offset, group)| (offset, Bytes::copy_from_slice(&group))),
    })
}

/// Whether a valid group of this file begins anywhere after `end`.
fn valid_group_follows(bytes: &Bytes, end: u64, salt: u64, number: u64) -> bool {
    let length = file_length(bytes.len());
    let mut offset = end + ALIGNMENT;
    while offset < length {
        if read_group(bytes, offset, salt, number).is_some() {
            return true;
        }
        offset += ALIGNMENT;
    }
    false
}

/// Adds a group to the table, and returns the time of its newest entry.
fn publish(table: &Memtable, group: &Group, path: &Path, start: u64) -> Result<Time, Failure> {
    let mut staged = Vec::new();
    let mut newest_time = Time::from_ms(0);
    let mut offset = GROUP_BYTES;
    while offset < group.bytes.len() {
        let rest = group.bytes.get(offset..).unwrap_or_default();
        let entry = read_entry(rest).ok_or_else(|| {
            let position = start + file_length(offset);
            Damage::new(path, position, "a record does not verify")
        })?;
        staged.push(Staged {
            channel: entry.channel,
            state: entry.state,
            record: entry.record.is_some().then(|| short_length(offset)),
        });
        newest_time = newest_time.max(entry.time);
        offset += ENTRY_BYTES + entry.record.map_or(0, <[u8]>::len);
    }
    // A copy, so that the table does not keep the whole file in memory.
    table.publish(Bytes::copy_from_slice(&group.bytes), newest_time, staged);
    Ok(newest_time)
}
