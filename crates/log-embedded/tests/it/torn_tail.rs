//! The last group of the last log file may be torn anywhere: the log opens without the records that were never
//! acknowledged.

use crate::simulated_disk::SimulatedDisk;
use crate::support::{append, assert_follows, fill, read_all, tiny};
use log_embedded::{EmbeddedLog, check_on};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const ALIGNMENT: usize = 4096;

fn open(disk: &SimulatedDisk) -> EmbeddedLog {
    EmbeddedLog::open_on(Arc::new(disk.clone()), tiny(Path::new("/simulated"))).unwrap()
}

/// The groups of a log file, each with its offset and its length with the header. They have this file's number and
/// follow each other without a gap from the second block on.
pub(crate) fn groups(file: &[u8]) -> Vec<(usize, usize)> {
    let u32_at = |place: usize| u32::from_le_bytes(*file[place..].first_chunk().unwrap());
    let u64_at = |place: usize| u64::from_le_bytes(*file[place..].first_chunk().unwrap());
    let number = u64_at(8);
    let mut found: Vec<(usize, usize)> = Vec::new();
    let (mut place, mut before) = (ALIGNMENT, None);
    while place < file.len() && u64_at(place + 8) == number {
        let sequence = u64_at(place + 16);
        if before.is_some_and(|before| sequence != before + 1) {
            break;
        }
        before = Some(sequence);
        let length = 24 + usize::try_from(u32_at(place + 4)).unwrap();
        found.push((place, length));
        place += length.next_multiple_of(ALIGNMENT);
    }
    found
}

/// The live log file with the most groups.
pub(crate) fn written_log(disk: &SimulatedDisk) -> (PathBuf, Vec<u8>) {
    let files = disk.files().into_iter();
    let logs = files.filter(|(path, _)| path.to_string_lossy().contains("/log-"));
    logs.max_by_key(|(_, file)| groups(file).len()).unwrap()
}

/// A log whose last group has `records` records. Returns the disk and the number of records before that group.
async fn with_last_group(records: u64) -> (SimulatedDisk, u64) {
    let disk = SimulatedDisk::new();
    let log = open(&disk);
    fill(&log, 1, 1..=3).await;
    append(&log, 1, 4).await.unwrap();
    fill(&log, 1, 5..=4 + records).await;
    log.close().await;
    (disk, 4)
}

/// Tears the last group at every byte. `rest` gives the bytes after the tear. Each such log must open with the records
/// before the group.
async fn torn_everywhere(records: u64, rest: impl Fn(usize) -> u8) {
    let (written, before) = with_last_group(records).await;
    let (path, file) = written_log(&written);
    let &(place, length) = groups(&file).last().unwrap();
    let directory = Path::new("/simulated");
    for kept in 0..length {
        let disk = written.after_kill();
        disk.alter(&path, |file| {
            (place + kept..place + length.next_multiple_of(ALIGNMENT))
                .for_each(|at| file[at] = rest(at));
        });
        let same = disk.files().into_iter().any(|(_, found)| found == file);
        if same {
            // The rest happens to equal the original bytes.
            continue;
        }
        check_on(&disk, directory)
            .unwrap_or_else(|error| panic!("torn after {kept} bytes: {error}"));
        let log = open(&disk);
        let last = assert_follows(&read_all(&log, 1, 0).await, 1, 0);
        assert_eq!(last, before, "torn after {kept} bytes");
        append(&log, 1, last + 1).await.unwrap();
        log.close().await;
        let log = open(&disk.after_power_loss(1));
        assert_eq!(assert_follows(&read_all(&log, 1, 0).await, 1, 0), last + 1);
        log.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tail_torn_at_any_byte_with_nothing_behind_opens() {
    torn_everywhere(1, |_| 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tail_torn_at_any_byte_with_anything_behind_opens() {
    torn_everywhere(2, |at| u8::try_from(at * 167 % 251).unwrap()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_ends_within_the_last_group_opens() {
    let (written, before) = with_last_group(1).await;
    let (path, file) = written_log(&written);
    let &(place, length) = groups(&file).last().unwrap();
    for kept in 0..length {
        let disk = written.after_kill();
        disk.alter(&path, |file| file.truncate(place + kept));
        let log = open(&disk);
        assert_eq!(assert_follows(&read_all(&log, 1, 0).await, 1, 0), before);
        append(&log, 1, before + 1).await.unwrap();
        log.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn old_groups_in_a_file_that_is_used_again_are_no_damage() {
    let disk = SimulatedDisk::new();
    let log = open(&disk);
    let mut last = 0;
    fill(&log, 1, 1..=1).await;
    while log.metrics().flushes < 8 {
        last += 1;
        append(&log, 1, last).await.unwrap();
    }
    // A reused file: old groups follow the new ones. They have the same length and are complete, but have an old salt.
    let is_recycled = |disk: &SimulatedDisk| {
        let (_, file) = written_log(disk);
        let end = groups(&file)
            .last()
            .map(|(place, length)| place + length.next_multiple_of(ALIGNMENT));
        let old = end.and_then(|end| file.get(end..end + 24));
        old.is_some_and(|old| old[8..16] != file[8..16] && old[8..16] != [0; 8])
    };
    while !is_recycled(&disk) {
        last += 1;
        append(&log, 1, last).await.unwrap();
    }
    for seed in 0..20 {
        let disk = disk.after_power_loss(seed);
        check_on(&disk, Path::new("/simulated")).unwrap();
        let log = open(&disk);
        assert_eq!(assert_follows(&read_all(&log, 1, 0).await, 1, 0), last);
        append(&log, 1, last + 1).await.unwrap();
        log.close().await;
    }
    log.close().await;
    let logs = disk.files().into_iter();
    let logs = logs.filter(|(path, _)| !path.to_string_lossy().contains("segment"));
    // The current file, the next, two sealed, two spare, the manifest and its draft.
    assert!(logs.count() <= 8);
}
