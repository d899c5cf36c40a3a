//! A failed sync stops the engine: nothing more is acknowledged, and the next start reads the disk again.

use crate::simulated_disk::SimulatedDisk;
use crate::support::{append, assert_follows, at, channel, fill, read_all, tiny};
use channel_log::{AppendError, ChannelLog, LogChannelKind, LogError, ReadLimit};
use log_embedded::EmbeddedLog;
use std::path::Path;
use std::sync::Arc;

fn open(disk: &SimulatedDisk) -> EmbeddedLog {
    EmbeddedLog::open_on(Arc::new(disk.clone()), tiny(Path::new("/simulated"))).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_stops_loudly_and_acknowledges_nothing_more() {
    let disk = SimulatedDisk::new();
    let log = open(&disk);
    fill(&log, 1, 1..=10).await;
    let mut watch = log.watch(channel(1)).await.unwrap();
    disk.fail_sync("log-", 0);
    let Err(AppendError::Stopped(stopped)) = append(&log, 1, 11).await else {
        panic!("it was acknowledged");
    };
    let said = stopped.to_string();
    assert!(
        said.contains("syncing /simulated/log-0000000000000001"),
        "{said}"
    );
    assert!(said.contains("input/output error"), "{said}");
    assert_eq!(log.stopped().await, stopped);
    assert_eq!(watch.beyond(at(10)).await, Err(stopped.clone().into()));
    // Syncs would succeed again now.
    for n in [10, 11] {
        let refused = append(&log, 1, n).await;
        assert_eq!(refused, Err(AppendError::Stopped(stopped.clone())));
    }
    let refused = LogError::Stopped(stopped);
    let read = log.read(channel(1), at(0), ReadLimit::default()).await;
    assert_eq!(read, Err(refused.clone()));
    assert_eq!(log.head(channel(1)).await, Err(refused.clone()));
    assert_eq!(
        log.open(channel(2), LogChannelKind::Customer).await,
        Err(refused)
    );
    log.close().await;

    // The system still returns the bytes although the disk does not have them. The next start writes and syncs them
    // again.
    let log = open(&disk);
    let shown = assert_follows(&read_all(&log, 1, 0).await, 1, 0);
    assert!(shown >= 10);
    log.close().await;
    let log = open(&disk.after_power_loss(1));
    assert_eq!(assert_follows(&read_all(&log, 1, 0).await, 1, 0), shown);
    log.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failure_in_the_background_stops_it_too() {
    for name in ["segment-", "manifest", "spare-"] {
        let disk = SimulatedDisk::new();
        let log = open(&disk);
        fill(&log, 1, 1..=10).await;
        disk.fail_sync(name, 1);
        let mut acknowledged = 10;
        while append(&log, 1, acknowledged + 1).await.is_ok() {
            acknowledged += 1;
        }
        let said = log.stopped().await.to_string();
        assert!(said.contains(name), "{name}: {said}");
        log.close().await;
        let log = open(&disk.after_power_loss(7));
        let shown = assert_follows(&read_all(&log, 1, 0).await, 1, 0);
        assert!(shown >= acknowledged, "{name}: {shown} of {acknowledged}");
        log.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_of_a_thread_stops_it_and_leaves_nobody_waiting() {
    for name in ["log-", "segment-", "manifest"] {
        let disk = SimulatedDisk::new();
        let log = Arc::new(open(&disk));
        for c in 0..8 {
            fill(&*log, c, 1..=1).await;
        }
        disk.panic_in_sync(name);
        let writers = (0..8).map(|c| {
            let log = Arc::clone(&log);
            tokio::spawn(async move {
                let mut n = 1;
                while append(&*log, c, n + 1).await.is_ok() {
                    n += 1;
                }
                n
            })
        });
        let writers: Vec<_> = writers.collect();
        let said = log.stopped().await.to_string();
        assert!(said.contains("panicked"), "{name}: {said}");
        let mut acknowledged = Vec::new();
        for writer in writers {
            acknowledged.push(writer.await.unwrap());
        }
        log.close().await;
        let log = open(&disk.after_power_loss(3));
        for (c, acknowledged) in (0..).zip(acknowledged) {
            let shown = assert_follows(&read_all(&log, c, 0).await, c, 0);
            assert!(shown >= acknowledged, "{name}: {shown} of {acknowledged}");
        }
        log.close().await;
    }
}
