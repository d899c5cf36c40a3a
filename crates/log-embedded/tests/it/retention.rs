//! Records are removed after their channel kind's retention; numbers and hashes stay.

use crate::support::{
    append, assert_follows, at, channel, fill, number, read_all, record, settable_clock, tiny,
};
use channel_log::{AppendError, ChannelLog, LogChannelKind, Read, ReadLimit};
use log_embedded::{Config, EmbeddedLog, Retention};
use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::Duration;
use types::Clock;

const HOUR: u64 = 3_600_000;

fn config(directory: &Path, clock: &Clock) -> Config {
    Config {
        clock: clock.clone(),
        retention: Retention {
            customer: Some(Duration::from_secs(8 * 3600)),
            global: None,
            queue: None,
        },
        ..tiny(directory)
    }
}

async fn oldest(log: &EmbeddedLog, c: u64) -> u64 {
    match log
        .read(channel(c), at(0), ReadLimit::default())
        .await
        .unwrap()
    {
        Read::Trimmed { oldest, newest } => {
            assert_eq!(newest, log.head(channel(c)).await.unwrap());
            oldest.get()
        }
        Read::Records { .. } => 1,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_expire_by_age_and_by_kind() {
    let directory = tempfile::tempdir().unwrap();
    let (time, clock) = settable_clock();
    let log = EmbeddedLog::open(config(directory.path(), &clock)).unwrap();
    log.open(channel(2), LogChannelKind::Global).await.unwrap();
    let global = (1..=20).map(|n| record(2, n)).collect();
    assert!(log.append(global).await.iter().all(Result::is_ok));
    fill(&log, 1, 1..=20).await;
    fill(&log, 3, 1..=20).await;
    time.store(4 * HOUR, Ordering::SeqCst);
    fill(&log, 1, 21..=30).await;

    time.store(8 * HOUR, Ordering::SeqCst);
    log.expire().await.unwrap();
    assert_eq!(oldest(&log, 1).await, 1, "kept for eight hours");

    // An eighth later they are gone; the records of the fourth hour are not.
    time.store(9 * HOUR + 1, Ordering::SeqCst);
    log.expire().await.unwrap();
    assert_eq!(oldest(&log, 1).await, 21);
    assert_eq!(
        oldest(&log, 2).await,
        1,
        "global channels are kept for ever"
    );
    assert_eq!(oldest(&log, 3).await, 21, "all are gone");
    assert_eq!(assert_follows(&read_all(&log, 1, 20).await, 1, 20), 30);
    fill(&log, 3, 21..=21).await;

    time.store(20 * HOUR, Ordering::SeqCst);
    log.expire().await.unwrap();
    log.close().await;
    let log = EmbeddedLog::open(config(directory.path(), &clock)).unwrap();
    assert_eq!(oldest(&log, 1).await, 31);
    assert_eq!(oldest(&log, 3).await, 22);
    assert_eq!(log.head(channel(1)).await.unwrap().hash, record(1, 30).hash);
    fill(&log, 1, 31..=32).await;
    assert_eq!(assert_follows(&read_all(&log, 1, 30).await, 1, 30), 32);
    assert_eq!(assert_follows(&read_all(&log, 2, 0).await, 2, 0), 20);
    log.close().await;
}

/// Appends to a channel that is kept for ever until there is one more segment.
async fn flush(log: &EmbeddedLog, last: &mut u64) {
    let records = (*last + 1..=*last + 200).map(|n| record(9, n)).collect();
    *last += 200;
    assert!(log.append(records).await.iter().all(Result::is_ok));
}

fn largest_segment(directory: &Path) -> u64 {
    let files = std::fs::read_dir(directory).unwrap();
    let segments = files.filter_map(|file| {
        let file = file.unwrap();
        let is_segment = file.file_name().to_string_lossy().starts_with("segment-");
        is_segment.then(|| file.metadata().map_or(0, |file| file.len()))
    });
    segments.max().unwrap_or(0)
}

/// A channel's later records are removed by age before its earlier ones, because the segment of the earlier ones is too
/// large for that merge.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_from_before_what_went_by_age_is_never_silent() {
    let directory = tempfile::tempdir().unwrap();
    let (time, clock) = settable_clock();
    let log = EmbeddedLog::open(config(directory.path(), &clock)).unwrap();
    log.open(channel(9), LogChannelKind::Global).await.unwrap();
    let mut last = 0;
    fill(&log, 1, 1..=50).await;
    // More than four times the size at which a table becomes a segment: the segment belongs to another tier.
    while largest_segment(directory.path()) < 300 << 10 {
        flush(&log, &mut last).await;
    }
    fill(&log, 1, 51..=60).await;
    // The records are beyond their retention, but not so far that the large segment is rewritten.
    time.store(8 * HOUR + 1, Ordering::SeqCst);
    // A merge that began before that removes nothing.
    let merges = log.metrics().merges;
    while self::oldest(&log, 1).await != 61 {
        assert!(log.metrics().merges < merges + 100);
        flush(&log, &mut last).await;
    }
    let newest = log.head(channel(1)).await.unwrap();
    let oldest = number(61);
    for after in [0, 20, 49, 50, 55, 59] {
        let read = log.read(channel(1), at(after), ReadLimit::default()).await;
        assert_eq!(read, Ok(Read::Trimmed { oldest, newest }), "after {after}");
    }
    let refused = append(&log, 1, 40).await;
    assert_eq!(refused, Err(AppendError::Trimmed { newest }));
    // Records outside the covered range do not come back, and new records continue from the newest.
    fill(&log, 1, 61..=70).await;
    assert_eq!(self::oldest(&log, 1).await, 61);
    time.store(9 * HOUR + 1, Ordering::SeqCst);
    log.expire().await.unwrap();
    assert_eq!(self::oldest(&log, 1).await, 61);
    assert_eq!(assert_follows(&read_all(&log, 1, 60).await, 1, 60), 70);
    assert_eq!(assert_follows(&read_all(&log, 9, 0).await, 9, 0), last);
    log.close().await;
    log_embedded::check(directory.path()).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_trimmed_takes_no_room_after_a_merge() {
    let directory = tempfile::tempdir().unwrap();
    let log = EmbeddedLog::open(tiny(directory.path())).unwrap();
    fill(&log, 1, 1..=1).await;
    let mut last = 1;
    let merges = log.metrics().merges;
    while log.metrics().merges < merges + 4 {
        fill(&log, 1, last + 1..=last + 50).await;
        last += 50;
        // A queue does this: it trims what was acknowledged.
        log.trim(channel(1), at(last - 25)).await.unwrap();
    }
    let bytes = log.metrics().segment_bytes;
    assert!(bytes < 400_000, "{bytes} bytes for 25 records");
    assert_eq!(
        assert_follows(&read_all(&log, 1, last - 25).await, 1, last - 25),
        last
    );
    log.close().await;
}
