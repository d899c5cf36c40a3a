//! A flipped bit anywhere except in the last group is detected, and the error names its location.

use crate::simulated_disk::SimulatedDisk;
use crate::support::{at, channel, fill, tiny, until};
use crate::torn_tail::groups;
use channel_log::{ChannelLog, LogError, ReadLimit};
use log_embedded::{Damage, EmbeddedLog, OpenError, check_on};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const DIRECTORY: &str = "/simulated";

/// A log with several segments and several log files, none of them empty.
async fn written() -> SimulatedDisk {
    loop {
        let disk = filled().await;
        // When segments are merged and log files ended depends on the machine: all segments may be one, and the last log
        // file may have begun just now.
        if files(&disk, "segment-").len() >= 2 && bytes_before_the_last_groups(&disk) > 1000 {
            return disk;
        }
    }
}

fn bytes_before_the_last_groups(disk: &SimulatedDisk) -> usize {
    let logs = files(disk, "log-").into_iter();
    let before = logs.map(|(_, file)| {
        let groups = groups(&file);
        let before_last = groups.iter().rev().skip(1);
        before_last.map(|(_, length)| length).sum::<usize>()
    });
    before.sum()
}

async fn filled() -> SimulatedDisk {
    let disk = SimulatedDisk::new();
    let log = open(&disk).unwrap();
    let mut n = 0;
    while log.metrics().flushes < 3 {
        n += 1;
        for c in 0..3 {
            fill(&log, c, n * 8 - 7..=n * 8).await;
        }
    }
    let is_empty = |(_, file): (PathBuf, Vec<u8>)| groups(&file).is_empty();
    until("the next log file is ready", || {
        files(&disk, "log-").into_iter().any(is_empty)
    })
    .await;
    log.close().await;
    disk
}

fn open(disk: &SimulatedDisk) -> Result<EmbeddedLog, OpenError> {
    EmbeddedLog::open_on(Arc::new(disk.clone()), tiny(Path::new(DIRECTORY)))
}

fn flip(disk: &SimulatedDisk, path: &Path, byte: usize) {
    disk.alter(path, |file| file[byte] ^= 1 << (byte % 8));
}

fn damage<T>(result: Result<T, OpenError>) -> Option<Damage> {
    match result {
        Ok(_) => None,
        Err(OpenError::Damaged(damage)) => Some(damage),
        Err(other) => panic!("{other}"),
    }
}

fn files(disk: &SimulatedDisk, name: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let files = disk.files().into_iter();
    files
        .filter(|(path, _)| {
            path.file_name()
                .unwrap()
                .to_string_lossy()
                .starts_with(name)
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flipped_bit_in_a_log_file_is_refused_with_file_and_place() {
    let disk = written().await;
    let mut flips = 0;
    for (path, file) in files(&disk, "log-") {
        let found = groups(&file);
        let header = [(0, 28)];
        let all_but_last = &found[..found.len().saturating_sub(1)];
        for &(place, length) in header.iter().chain(all_but_last) {
            for byte in place..place + length {
                flip(&disk, &path, byte);
                let damage = damage(check_on(&disk, Path::new(DIRECTORY)));
                let damage = damage.unwrap_or_else(|| panic!("{} at {byte}", path.display()));
                assert_eq!(damage.file, path, "byte {byte}: {damage}");
                assert_eq!(
                    damage.offset,
                    u64::try_from(place).unwrap(),
                    "byte {byte}: {damage}"
                );
                flip(&disk, &path, byte);
                flips += 1;
            }
            flip(&disk, &path, place + length / 2);
            assert!(damage(open(&disk)).is_some(), "{} opens", path.display());
            flip(&disk, &path, place + length / 2);
        }
    }
    assert!(flips > 1000, "{flips} flips");
    check_on(&disk, Path::new(DIRECTORY)).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flipped_bit_in_a_log_file_that_others_follow_is_refused_even_in_its_last_group() {
    let disk = SimulatedDisk::new();
    let log = open(&disk).unwrap();
    fill(&log, 1, 1..=8).await;
    // The flusher waits for a sync that is blocked; the committer continues with the next file.
    let mut n = 8;
    disk.fail_sync("segment-", 0);
    while n < 4000 && {
        let records = (n + 1..=n + 8)
            .map(|n| crate::support::record(1, n))
            .collect();
        log.append(records).await.iter().all(Result::is_ok)
    } {
        n += 8;
    }
    log.close().await;
    let logs = files(&disk, "log-");
    let with_groups = logs.iter().filter(|(_, file)| !groups(file).is_empty());
    let with_groups: Vec<_> = with_groups.collect();
    assert!(with_groups.len() >= 2, "one log file has all");
    for (path, file) in &with_groups[..with_groups.len() - 1] {
        let &(place, length) = groups(file).last().unwrap();
        for byte in place..place + length {
            flip(&disk, path, byte);
            let damage = damage(check_on(&disk, Path::new(DIRECTORY)));
            let damage = damage.unwrap_or_else(|| panic!("{} at {byte}", path.display()));
            assert_eq!(&damage.file, path, "byte {byte}: {damage}");
            assert_eq!(
                damage.offset,
                u64::try_from(place).unwrap(),
                "byte {byte}: {damage}"
            );
            flip(&disk, path, byte);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flipped_bit_in_a_segment_or_the_manifest_is_refused_with_file_and_place() {
    let disk = written().await;
    let segments = files(&disk, "segment-");
    for (path, file) in segments.iter().chain(&files(&disk, "manifest")) {
        // A checksum covers every byte. In large files only every seventh byte is tried.
        let step = if file.len() > 4000 { 7 } else { 1 };
        let end = file.len().saturating_sub(300);
        for byte in (0..end).step_by(step).chain(end..file.len()) {
            flip(&disk, path, byte);
            let damage = damage(check_on(&disk, Path::new(DIRECTORY)));
            let damage = damage.unwrap_or_else(|| panic!("{} at {byte}", path.display()));
            assert_eq!(damage.file, *path, "byte {byte}: {damage}");
            assert!(
                damage.offset <= u64::try_from(byte).unwrap(),
                "byte {byte}: {damage}"
            );
            flip(&disk, path, byte);
        }
    }
    check_on(&disk, Path::new(DIRECTORY)).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_record_stops_the_log_when_it_is_read() {
    let disk = written().await;
    let (path, _) = files(&disk, "segment-").swap_remove(0);
    flip(&disk, &path, 100);
    let log = open(&disk).unwrap();
    let mut stopped = None;
    for c in 0..3 {
        let read = log.read(channel(c), at(0), ReadLimit::default()).await;
        if let Err(LogError::Stopped(reason)) = read {
            stopped = Some(reason);
        }
    }
    let said = stopped.expect("it was read as if nothing were").to_string();
    assert!(said.contains(&*path.to_string_lossy()), "{said}");
    assert!(said.contains("at byte 0"), "{said}");
    assert_eq!(log.stopped().await.to_string(), said);
    log.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_file_is_refused_by_name() {
    let written = written().await;
    for (path, file) in written.files() {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        // A log file without groups is the next file or a leftover; it is simply made again.
        let needed = name.starts_with("segment-")
            || name == "manifest"
            || !groups_of(&name, &file).is_empty();
        if !needed {
            continue;
        }
        let disk = written.after_kill();
        log_embedded::Disk::remove(&disk, &path).unwrap();
        let refused = match check_on(&disk, Path::new(DIRECTORY)) {
            Ok(checked) => panic!("without {name}: {checked:?}"),
            Err(refused) => refused.to_string(),
        };
        assert!(refused.contains(&name), "without {name}: {refused}");
    }
}

fn groups_of(name: &str, file: &[u8]) -> Vec<(usize, usize)> {
    if name.starts_with("log-") {
        groups(file)
    } else {
        Vec::new()
    }
}
