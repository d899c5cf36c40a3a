//! Flushing and merging happen while readers and writers work, and do not change their results.

use crate::support::{PrintSeed, assert_follows, at, channel, fill, record, seeds, tiny};
use channel_log::{ChannelLog, Read, ReadLimit};
use log_embedded::EmbeddedLog;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

const CHANNELS: usize = 5;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reads_are_right_while_tables_become_segments_and_segments_merge() {
    for seed in seeds(1) {
        let _printed = PrintSeed(seed);
        let directory = tempfile::tempdir().unwrap();
        let log = Arc::new(EmbeddedLog::open(tiny(directory.path())).unwrap());
        let written: Arc<[AtomicU64; CHANNELS]> = Arc::default();
        let done = Arc::new(AtomicBool::new(false));
        for c in 0..5 {
            fill(&*log, c, 1..=1).await;
            written[usize::try_from(c).unwrap()].store(1, Ordering::SeqCst);
        }
        let mut readers = Vec::new();
        for reader in 0..4 {
            let (log, written, done) = (Arc::clone(&log), Arc::clone(&written), Arc::clone(&done));
            let mut rng = StdRng::seed_from_u64(seed * 100 + reader);
            readers.push(tokio::spawn(async move {
                let mut reads = 0_u64;
                while !done.load(Ordering::SeqCst) || reads < 100 {
                    let c = rng.random_range(0..CHANNELS);
                    let acknowledged = written[c].load(Ordering::SeqCst);
                    let after = rng.random_range(0..=acknowledged);
                    let c = u64::try_from(c).unwrap();
                    let limit = ReadLimit {
                        records: rng.random_range(1..400),
                        bytes: rng.random_range(0..60_000),
                    };
                    let read = log.read(channel(c), at(after), limit).await.unwrap();
                    let Read::Records { records, newest } = read else {
                        panic!("channel {c} after {after}: {read:?}");
                    };
                    assert!(
                        newest.position >= at(acknowledged),
                        "what was acknowledged is not there"
                    );
                    assert_eq!(records.is_empty(), at(after) == newest.position);
                    assert_follows(&records, c, after);
                    reads += 1;
                }
            }));
        }
        let mut n = 1;
        while log.metrics().merges < 6 {
            let records = (0..5).flat_map(|c| (n + 1..=n + 3).map(move |n| record(c, n)));
            for answer in log.append(records.collect()).await {
                answer.unwrap();
            }
            n += 3;
            written
                .iter()
                .for_each(|written| written.store(n, Ordering::SeqCst));
        }
        done.store(true, Ordering::SeqCst);
        for reader in readers {
            reader.await.unwrap();
        }
        let metrics = log.metrics();
        assert!(metrics.flushes > 10, "{metrics:?}");
        log.close().await;
        log_embedded::check(directory.path()).unwrap();
    }
}
