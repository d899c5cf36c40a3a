//! Only one engine per directory, a bounded queue, and a clean close.

use crate::simulated_disk::SimulatedDisk;
use crate::support::{append, assert_follows, at, channel, fill, read_all, tiny, until};
use channel_log::{AppendError, ChannelLog, LogChannelKind, LogError, ReadLimit};
use log_embedded::{Config, EmbeddedLog, OpenError};
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_directory_has_one_engine_at_a_time() {
    let directory = tempfile::tempdir().unwrap();
    let log = EmbeddedLog::open(tiny(directory.path())).unwrap();
    fill(&log, 1, 1..=3).await;
    for _ in 0..2 {
        let second = EmbeddedLog::open(tiny(directory.path()));
        assert!(matches!(second, Err(OpenError::InUse { .. })));
        let checked = log_embedded::check(directory.path());
        assert!(matches!(checked, Err(OpenError::InUse { .. })));
    }
    assert_eq!(assert_follows(&read_all(&log, 1, 0).await, 1, 0), 3);
    log.close().await;
    let next = EmbeddedLog::open(tiny(directory.path())).unwrap();
    assert_eq!(assert_follows(&read_all(&next, 1, 0).await, 1, 0), 3);
    next.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_brought_before_the_close_is_answered_and_the_rest_refused() {
    let directory = tempfile::tempdir().unwrap();
    let log = Arc::new(EmbeddedLog::open(tiny(directory.path())).unwrap());
    let mut writers = Vec::new();
    for c in 0..8 {
        fill(&*log, c, 1..=1).await;
        let log = Arc::clone(&log);
        writers.push(tokio::spawn(async move {
            let mut n = 1;
            loop {
                match append(&*log, c, n + 1).await {
                    Ok(_) => n += 1,
                    Err(AppendError::Stopped(_)) => return n,
                    Err(other) => panic!("{other:?}"),
                }
            }
        }));
    }
    until("some thousand records", || log.metrics().records > 2000).await;
    tokio::join!(log.close(), log.close());
    assert_eq!(
        log.stopped().await.to_string(),
        "the log has stopped: the log was closed"
    );
    let refused = log.open(channel(1), LogChannelKind::Customer).await;
    assert!(matches!(refused, Err(LogError::Stopped(_))));
    let next = EmbeddedLog::open(tiny(directory.path())).unwrap();
    for (c, writer) in (0..).zip(writers) {
        let acknowledged = writer.await.unwrap();
        assert_eq!(
            assert_follows(&read_all(&next, c, 0).await, c, 0),
            acknowledged
        );
    }
    next.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dropped_engine_lets_the_directory_go() {
    let disk = SimulatedDisk::new();
    let config = || tiny(Path::new("/simulated"));
    let log = EmbeddedLog::open_on(Arc::new(disk.clone()), config()).unwrap();
    fill(&log, 1, 1..=3).await;
    let mut watch = log.watch(channel(1)).await.unwrap();
    drop(log);
    assert!(watch.beyond(crate::support::at(3)).await.is_err());
    let mut next = None;
    until("the directory is free", || {
        next = EmbeddedLog::open_on(Arc::new(disk.clone()), config()).ok();
        next.is_some()
    })
    .await;
    let next = next.unwrap();
    assert_eq!(assert_follows(&read_all(&next, 1, 0).await, 1, 0), 3);
    next.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn appends_beyond_the_queue_wait_and_none_is_lost() {
    let disk = SimulatedDisk::new();
    let config = Config {
        queue_bytes: 16 << 10,
        ..tiny(Path::new("/simulated"))
    };
    let log = Arc::new(EmbeddedLog::open_on(Arc::new(disk.clone()), config).unwrap());
    for c in 0..200 {
        log.open(channel(c), LogChannelKind::Customer)
            .await
            .unwrap();
    }
    let syncs = disk.syncs();
    disk.hold_syncs(true);
    let writers = (0..200).map(|c| {
        let log = Arc::clone(&log);
        tokio::spawn(async move { append(&*log, c, 1).await })
    });
    let writers: Vec<_> = writers.collect();
    until("a sync waits and the queue is full", || {
        disk.syncs() > syncs && log.metrics().queued_bytes > (15 << 10)
    })
    .await;
    // Each record takes at least 256 bytes of the queue.
    let metrics = log.metrics();
    assert!(metrics.queued_bytes <= 16 << 10, "{metrics:?}");
    assert!(
        writers.iter().all(|writer| !writer.is_finished()),
        "answered before it was durable"
    );
    disk.hold_syncs(false);
    for writer in writers {
        writer.await.unwrap().unwrap();
    }
    until("the queue is empty", || log.metrics().queued_bytes == 0).await;
    log.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_seen_before_it_is_durable() {
    let disk = SimulatedDisk::new();
    let log = EmbeddedLog::open_on(Arc::new(disk.clone()), tiny(Path::new("/simulated"))).unwrap();
    let log = Arc::new(log);
    fill(&*log, 1, 1..=3).await;
    let watch = log.watch(channel(1)).await.unwrap();
    let syncs = disk.syncs();
    disk.hold_syncs(true);
    let appending = {
        let log = Arc::clone(&log);
        tokio::spawn(async move { append(&*log, 1, 4).await })
    };
    until("the group is written", || disk.syncs() > syncs).await;
    assert_eq!(assert_follows(&read_all(&*log, 1, 0).await, 1, 0), 3);
    assert_eq!(watch.newest(), None);
    disk.hold_syncs(false);
    appending.await.unwrap().unwrap();
    assert_eq!(assert_follows(&read_all(&*log, 1, 0).await, 1, 0), 4);
    until("the watch is raised", || {
        watch.newest() == Some(crate::support::at(4))
    })
    .await;
    log.close().await;
}

/// A log on a simulated disk, and the segment that the first records of channel 1 are only in. The engine may still be
/// writing further segments, and reads those when it opens them.
async fn flushed(disk: &SimulatedDisk) -> (Arc<EmbeddedLog>, PathBuf) {
    let config = tiny(Path::new("/simulated"));
    let log = Arc::new(EmbeddedLog::open_on(Arc::new(disk.clone()), config).unwrap());
    let mut last = 0;
    while log.metrics().flushes < 1 {
        fill(&*log, 1, last + 1..=last + 50).await;
        last += 50;
    }
    let mut files = disk.files().into_iter().map(|(path, _)| path);
    let is_segment = |path: &PathBuf| path.to_string_lossy().contains("/segment-");
    let segment = files.find(is_segment).unwrap();
    (log, segment)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reads_of_files_are_bounded_also_where_nobody_waits_for_them_any_more() {
    let disk = SimulatedDisk::new();
    let (log, segment) = flushed(&disk).await;
    let held = disk.hold_reads(&segment);
    let read = |log: Arc<EmbeddedLog>| {
        tokio::spawn(async move { log.read(channel(1), at(0), ReadLimit::default()).await })
    };
    let abandoned: Vec<_> = (0..64).map(|_| read(Arc::clone(&log))).collect();
    until("64 reads of files", || disk.reads_waiting() == 64).await;
    for reading in abandoned {
        reading.abort();
        assert!(reading.await.unwrap_err().is_cancelled());
    }
    // The further reads get no thread until one of the 64 is done.
    let mut more: Vec<_> = (0..8).map(|_| read(Arc::clone(&log))).collect();
    for reading in &mut more {
        assert!(futures_now(reading).await, "it reads beside the 64");
    }
    assert_eq!(disk.reads_waiting(), 64);
    drop(held);
    for reading in more {
        reading.await.unwrap().unwrap();
    }
    log.close().await;
}

/// Yields often enough for a task to finish if it can. Returns whether the task is still running.
async fn futures_now<T>(task: &mut tokio::task::JoinHandle<T>) -> bool {
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
    !task.is_finished()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn damage_stops_the_log_also_where_nobody_waits_for_the_read_any_more() {
    let disk = SimulatedDisk::new();
    let (log, segment) = flushed(&disk).await;
    disk.alter(&segment, |file| file[100] ^= 1);
    let held = disk.hold_reads(&segment);
    let reading = {
        let log = Arc::clone(&log);
        tokio::spawn(async move { log.read(channel(1), at(0), ReadLimit::default()).await })
    };
    until("a read of the segment", || disk.reads_waiting() == 1).await;
    reading.abort();
    assert!(reading.await.unwrap_err().is_cancelled());
    drop(held);
    let stopped = tokio::time::timeout(std::time::Duration::from_secs(60), log.stopped());
    let said = stopped.await.expect("the damage was read and forgotten");
    assert!(
        said.to_string().contains(&*segment.to_string_lossy()),
        "{said}"
    );
    log.close().await;
}
