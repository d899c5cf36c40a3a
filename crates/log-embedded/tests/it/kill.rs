//! The process is killed repeatedly while it publishes. Everything that was acknowledged is there, in order, once.

use crate::support::{PrintSeed, append, assert_follows, channel, clock, read_all, seeds};
use channel_log::{ChannelLog, LogChannelKind};
use log_embedded::{Config, EmbeddedLog};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

const DIRECTORY: &str = "LOG_EMBEDDED_KILLED_DIRECTORY";
const CHANNELS: u64 = 16;
const ROUNDS: usize = 15;

fn config(directory: &Path) -> Config {
    Config {
        segment_bytes: 256 << 10,
        heads_cached: 8,
        ..Config::new(directory, clock(1))
    }
}

/// The child process; it is not a test by itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn child_that_publishes_until_it_is_killed() {
    let Some(directory) = std::env::var_os(DIRECTORY) else {
        return;
    };
    let log = Arc::new(EmbeddedLog::open(config(Path::new(&directory))).unwrap());
    let mut writers = Vec::new();
    for c in 0..CHANNELS {
        let log = Arc::clone(&log);
        writers.push(tokio::spawn(async move {
            let head = log
                .open(channel(c), LogChannelKind::Customer)
                .await
                .unwrap();
            let mut n = head.position.number.get();
            while append(&*log, c, n + 1).await.is_ok() {
                n += 1;
                // A single write, so that a line is complete; it bypasses the test's output capture.
                let line = format!("\nacknowledged {c} {n}\n");
                std::io::stdout().lock().write_all(line.as_bytes()).unwrap();
            }
        }));
    }
    for writer in writers {
        writer.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_acknowledged_record_is_there_after_kill_9() {
    for seed in seeds(1) {
        let _printed = PrintSeed(seed);
        let mut rng = StdRng::seed_from_u64(seed);
        let directory = tempfile::tempdir().unwrap();
        let mut acknowledged: BTreeMap<u64, u64> = BTreeMap::new();
        for round in 0..ROUNDS {
            publish_and_kill(
                directory.path(),
                rng.random_range(1..4000),
                &mut acknowledged,
            );
            log_embedded::check(directory.path()).unwrap();
            let log = EmbeddedLog::open(config(directory.path())).unwrap();
            for (c, acknowledged) in &acknowledged {
                let last = assert_follows(&read_all(&log, *c, 0).await, *c, 0);
                assert!(
                    last >= *acknowledged,
                    "round {round}, channel {c}: {last} of {acknowledged}"
                );
            }
            log.close().await;
        }
        let all: u64 = acknowledged.values().sum();
        assert!(all > 1000, "{all} acknowledged in all");
    }
}

/// Lets a child publish until it has reported `count` acknowledgements, then kills it. Records all acknowledgements.
fn publish_and_kill(directory: &Path, count: usize, acknowledged: &mut BTreeMap<u64, u64>) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "kill::child_that_publishes_until_it_is_killed",
            "--nocapture",
        ])
        .env(DIRECTORY, directory)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let told = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut seen = 0;
    for line in told.map_while(Result::ok) {
        let Some(told) = line.strip_prefix("acknowledged ") else {
            continue;
        };
        let (c, n) = told.split_once(' ').unwrap();
        // The kill may have cut the last line. A number that lacks digits is smaller and was acknowledged before.
        let Ok(n) = n.parse() else {
            continue;
        };
        let newest = acknowledged.entry(c.parse().unwrap()).or_default();
        *newest = (*newest).max(n);
        seen += 1;
        if seen == count {
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    assert!(seen >= count, "the child ended by itself");
}
