//! What the engine counts, for operators and measurements.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

const OCTAVES: u32 = 40;
const PER_OCTAVE: u32 = 8;

/// Durations by size, in steps of an eighth of a power of two of nanoseconds.
pub(crate) struct Recorder {
    buckets: Box<[AtomicU64]>,
    /// Where the process's metrics are collected, if they are.
    collected: metrics::Histogram,
}

impl Recorder {
    pub(crate) fn new(collected: metrics::Histogram) -> Self {
        let buckets = (0..OCTAVES * PER_OCTAVE).map(|_| AtomicU64::new(0));
        Self {
            buckets: buckets.collect(),
            collected,
        }
    }

    pub(crate) fn record(&self, duration: Duration) {
        self.collected.record(duration);
        let nanos = u64::try_from(duration.as_nanos())
            .unwrap_or(u64::MAX)
            .max(PER_OCTAVE.into());
        let octave = nanos.ilog2();
        let eighth = (nanos >> (octave - 3)) & 7;
        let bucket = crate::codec::memory_length(u64::from((octave - 3) * PER_OCTAVE) + eighth);
        if let Some(count) = self.buckets.get(bucket.min(self.buckets.len() - 1)) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn snapshot(&self) -> Histogram {
        let counts = self
            .buckets
            .iter()
            .map(|count| count.load(Ordering::Relaxed));
        Histogram {
            counts: counts.collect(),
        }
    }
}

/// Durations that were counted, to about an eighth of their size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Histogram {
    counts: Vec<u64>,
}

impl Histogram {
    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The duration that so many of a million do not exceed: `500_000` is the median, `1_000_000` the longest. Zero
    /// when there is none.
    #[must_use]
    pub fn quantile(&self, per_million: u64) -> Duration {
        let total = self.count();
        let wanted = u128::from(total) * u128::from(per_million);
        let mut seen = 0_u128;
        for (bucket, count) in (0_u32..).zip(&self.counts) {
            seen += u128::from(*count) * 1_000_000;
            if *count > 0 && seen >= wanted {
                let octave = bucket / PER_OCTAVE;
                let eighth = u64::from(bucket % PER_OCTAVE) + 1;
                return Duration::from_nanos((8 + eighth) << octave);
            }
        }
        Duration::ZERO
    }

    /// Those that were counted since an earlier snapshot of the same engine.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        let counts = self.counts.iter().zip(&earlier.counts);
        Self {
            counts: counts
                .map(|(now, then)| now.saturating_sub(*then))
                .collect(),
        }
    }
}

/// The engine's counters.
pub(crate) struct Counters {
    pub(crate) groups: AtomicU64,
    pub(crate) records: AtomicU64,
    pub(crate) fdatasync: Recorder,
    pub(crate) commit: Recorder,
    pub(crate) flushes: AtomicU64,
    pub(crate) merges: AtomicU64,
}

impl Counters {
    /// Of the log with that name: the label `log` of what it collects.
    pub(crate) fn new(name: &str) -> Self {
        let collected = |metric| metrics::histogram!(metric, "log" => name.to_owned());
        Self {
            groups: AtomicU64::new(0),
            records: AtomicU64::new(0),
            fdatasync: Recorder::new(collected("passbook_log_fsync_seconds")),
            commit: Recorder::new(collected("passbook_log_commit_seconds")),
            flushes: AtomicU64::new(0),
            merges: AtomicU64::new(0),
        }
    }
}

/// What the engine did since it was opened, and has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metrics {
    /// Groups written: one write and one fdatasync each.
    pub groups: u64,
    /// Records appended.
    pub records: u64,
    /// Time that the write-ahead log's fdatasync took.
    pub fdatasync: Histogram,
    /// Time that a group took from its first request to its acknowledgement.
    pub commit: Histogram,
    /// What waits in the queue, in bytes as [`crate::Config::queue_bytes`] counts them.
    pub queued_bytes: u64,
    /// Tables that became segments.
    pub flushes: u64,
    /// Merges and trims of segments by age.
    pub merges: u64,
    /// Live segments.
    pub segments: u64,
    /// Bytes in them.
    pub segment_bytes: u64,
    /// Channels with an entry in a table in memory, counted once a table.
    pub channels_in_tables: u64,
    /// Channels whose newest number is remembered beside those.
    pub heads_cached: u64,
    /// Channels that someone watches.
    pub channels_watched: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_right_to_an_eighth() {
        let recorder = Recorder::new(metrics::Histogram::noop());
        for micros in 1..=1000 {
            recorder.record(Duration::from_micros(micros));
        }
        let all = recorder.snapshot();
        assert_eq!(all.count(), 1000);
        for (per_million, expected) in [(500_000, 500), (990_000, 990), (1_000_000, 1000)] {
            let got = all.quantile(per_million);
            let expected = Duration::from_micros(expected);
            assert!(
                got >= expected && got <= expected * 9 / 8,
                "{got:?} for {expected:?}"
            );
        }
        recorder.record(Duration::from_secs(3));
        let since = recorder.snapshot().since(&all);
        assert_eq!(since.count(), 1);
        assert!(since.quantile(1_000_000) >= Duration::from_secs(3));
    }
}
