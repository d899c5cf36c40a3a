//! The power fails at any operation. Of the data that was not synced, any part may survive.

use crate::simulated_disk::SimulatedDisk;
use crate::support::{PrintSeed, append, assert_follows, channel, read_all, seeds, tiny};
use channel_log::{ChannelLog, LogChannelKind, Read, ReadLimit};
use log_embedded::{EmbeddedLog, check_on};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use std::path::Path;
use std::sync::Arc;

const CHANNELS: u64 = 6;
const ROUNDS: u64 = 6;

/// What the writers of a channel were told.
#[derive(Clone, Copy, Default)]
struct Told {
    opened: bool,
    acknowledged: u64,
    attempted: u64,
    /// Trimmed for certain, and perhaps trimmed.
    trimmed: u64,
    trim_attempted: u64,
}

async fn write(log: Arc<EmbeddedLog>, c: u64, mut told: Told, seed: u64) -> Told {
    let mut rng = StdRng::seed_from_u64(seed);
    if log
        .open(channel(c), LogChannelKind::Customer)
        .await
        .is_err()
    {
        return told;
    }
    told.opened = true;
    loop {
        if rng.random_bool(0.02) && told.acknowledged > told.trimmed {
            let through = rng.random_range(told.trimmed..=told.acknowledged);
            told.trim_attempted = through;
            if log
                .trim(channel(c), crate::support::at(through))
                .await
                .is_err()
            {
                return told;
            }
            told.trimmed = through;
        }
        told.attempted = told.acknowledged + 1;
        match append(&*log, c, told.attempted).await {
            Ok(_) => told.acknowledged = told.attempted,
            Err(channel_log::AppendError::Stopped(_)) => return told,
            Err(other) => panic!("channel {c}: {other:?}"),
        }
    }
}

/// Checks that everything acknowledged is there, in order, once. Returns the current content as acknowledged.
async fn verify(log: &EmbeddedLog, c: u64, told: Told) -> Told {
    let head = match log.head(channel(c)).await {
        Ok(head) => head,
        Err(error) => {
            assert!(!told.opened, "channel {c}: {error}");
            return told;
        }
    };
    let newest = head.position.number.get();
    assert!(
        newest >= told.acknowledged,
        "channel {c} ends at {newest}, acknowledged {}",
        told.acknowledged
    );
    assert!(
        newest <= told.attempted,
        "channel {c}: {newest} was never sent"
    );
    let read = log
        .read(channel(c), crate::support::at(0), ReadLimit::default())
        .await
        .unwrap();
    let trimmed = match read {
        Read::Trimmed { oldest, .. } => oldest.get() - 1,
        _ => 0,
    };
    assert!(
        (told.trimmed..=told.trim_attempted).contains(&trimmed),
        "channel {c} trimmed to {trimmed}"
    );
    let records = read_all(log, c, trimmed).await;
    assert_eq!(assert_follows(&records, c, trimmed), newest);
    Told {
        opened: true,
        acknowledged: newest,
        attempted: newest,
        trimmed,
        trim_attempted: trimmed,
    }
}

async fn one_seed(seed: u64, kill: bool) {
    let _printed = PrintSeed(seed);
    let mut rng = StdRng::seed_from_u64(seed);
    let directory = Path::new("/simulated");
    let mut disk = SimulatedDisk::new();
    let mut told = [Told::default(); 6];
    for _ in 0..ROUNDS {
        // Sometimes the end comes while the log opens.
        let operations = if rng.random_bool(0.2) { 80 } else { 3000 };
        disk.end_after(rng.random_range(1..operations));
        if rng.random_bool(0.5) {
            disk.end_after_name_changes(rng.random_range(1..60));
        }
        if let Ok(log) = EmbeddedLog::open_on(Arc::new(disk.clone()), tiny(directory)) {
            let log = Arc::new(log);
            let writers = (0..CHANNELS)
                .zip(told)
                .map(|(c, told)| tokio::spawn(write(Arc::clone(&log), c, told, rng.random())));
            let writers: Vec<_> = writers.collect();
            for (told, writer) in told.iter_mut().zip(writers) {
                *told = writer.await.unwrap();
            }
            log.stopped().await;
            log.close().await;
        }
        disk = if kill {
            disk.after_kill()
        } else {
            disk.after_power_loss(rng.random())
        };
        check_on(&disk, directory).unwrap();
        let log = EmbeddedLog::open_on(Arc::new(disk.clone()), tiny(directory)).unwrap();
        for (c, told) in (0..).zip(&mut told) {
            *told = verify(&log, c, *told).await;
        }
        log.close().await;
        // Whatever readers have seen must survive any later power cut.
        disk = disk.after_power_loss(rng.random());
        let log = EmbeddedLog::open_on(Arc::new(disk.clone()), tiny(directory)).unwrap();
        for (c, told) in (0..).zip(&mut told) {
            *told = verify(&log, c, *told).await;
        }
        log.close().await;
    }
    let acknowledged: u64 = told.iter().map(|told| told.acknowledged).sum();
    assert!(acknowledged > 0, "nothing was acknowledged");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acknowledged_records_survive_a_power_cut_at_any_operation() {
    for seed in seeds(40) {
        one_seed(seed, false).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_killed_process_had_written_is_kept_for_good_once_it_was_shown() {
    for seed in seeds(20) {
        one_seed(seed, true).await;
    }
}
