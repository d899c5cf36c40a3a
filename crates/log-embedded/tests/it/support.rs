//! Helpers of the tests: channels and bodies derived from numbers, and small configurations.

use bytes::Bytes;
use channel_log::{
    Append, AppendError, Appended, ChannelLog, LogChannelKind, Read, ReadLimit, Record,
};
use log_embedded::Config;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use types::{ChannelId, Clock, Generation, Hash, Number, Position, Time};

/// A configuration so small that a few hundred records exercise every part of the engine.
pub(crate) fn tiny(directory: &Path) -> Config {
    Config {
        segment_bytes: 64 << 10,
        queue_bytes: 64 << 10,
        group_bytes: 8 << 10,
        heads_cached: 4,
        ..Config::new(directory, clock(1))
    }
}

/// A clock that always shows the same time.
pub(crate) fn clock(ms: u64) -> Clock {
    Arc::new(move || Time::from_ms(ms))
}

/// A clock that the test sets.
pub(crate) fn settable_clock() -> (Arc<AtomicU64>, Clock) {
    let ms = Arc::new(AtomicU64::new(0));
    let shown = Arc::clone(&ms);
    (
        ms,
        Arc::new(move || Time::from_ms(shown.load(Ordering::SeqCst))),
    )
}

pub(crate) fn channel(n: u64) -> ChannelId {
    ChannelId::new(*Hash::of(&n.to_le_bytes()).as_bytes().first_chunk().unwrap())
}

pub(crate) fn number(n: u64) -> Number {
    Number::new(n).unwrap()
}

pub(crate) fn at(n: u64) -> Position {
    Position::new(Generation::FIRST, number(n))
}

pub(crate) fn body(c: u64, n: u64) -> Bytes {
    let length = usize::try_from((c * 31 + n * 37) % 500).unwrap();
    let mut body = format!("{c} {n} ").into_bytes();
    body.resize(length.max(body.len()), b'.');
    body.into()
}

pub(crate) fn record(c: u64, n: u64) -> Append {
    let bytes = body(c, n);
    Append {
        channel: channel(c),
        generation: Generation::FIRST,
        number: number(n),
        hash: Hash::of(&bytes),
        bytes,
    }
}

pub(crate) async fn append(log: &dyn ChannelLog, c: u64, n: u64) -> Result<Appended, AppendError> {
    log.append(vec![record(c, n)]).await.pop().unwrap()
}

/// Opens a customer channel and appends the records with these numbers.
pub(crate) async fn fill(log: &dyn ChannelLog, c: u64, numbers: std::ops::RangeInclusive<u64>) {
    log.open(channel(c), LogChannelKind::Customer)
        .await
        .unwrap();
    let records = numbers.map(|n| record(c, n)).collect();
    for answer in log.append(records).await {
        answer.unwrap();
    }
}

/// All records after a number, with as many reads as necessary.
pub(crate) async fn read_all(log: &dyn ChannelLog, c: u64, after: u64) -> Vec<Record> {
    let mut after = at(after);
    let mut all = Vec::new();
    loop {
        match log
            .read(channel(c), after, ReadLimit::default())
            .await
            .unwrap()
        {
            Read::Records { records, newest } => {
                let Some(last) = records.last() else {
                    assert_eq!(after, newest.position);
                    return all;
                };
                after.number = last.number;
                all.extend(records);
            }
            other => panic!("channel {c} after {after}: {other:?}"),
        }
    }
}

/// Checks that these are all records of a channel after a number, in order, once. Returns the last number.
pub(crate) fn assert_follows(records: &[Record], c: u64, after: u64) -> u64 {
    let mut last = after;
    for record in records {
        last += 1;
        assert_eq!(record.number, number(last), "channel {c}");
        assert_eq!(record.bytes, body(c, last), "channel {c} number {last}");
        assert_eq!(record.hash, Hash::of(&body(c, last)));
    }
    last
}

/// Waits for a condition and yields to other tasks in between.
pub(crate) async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let waited = tokio::time::timeout(Duration::from_secs(60), async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    });
    waited.await.unwrap_or_else(|_| panic!("never: {what}"));
}

/// The seeds of a seeded test: from the environment, or from 1 to `count`.
pub(crate) fn seeds(count: u64) -> Vec<u64> {
    match std::env::var("LOG_SEED") {
        Ok(seed) => vec![seed.parse().unwrap()],
        Err(_) => (1..=count).collect(),
    }
}

/// Prints how to repeat a failed test.
pub(crate) struct PrintSeed(pub(crate) u64);

impl Drop for PrintSeed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("to repeat: LOG_SEED={}", self.0);
        }
    }
}
