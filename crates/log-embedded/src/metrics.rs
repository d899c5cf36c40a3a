//! Counters for operators and measurements.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

const OCTAVES: u32 = 40;
const PER_OCTAVE: u32 = 8;

/// Counts durations in buckets of nanoseconds; each power of two has eight buckets.
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

/// A distribution of durations, precise to about an eighth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Histogram {
    counts: Vec<u64>,
}

impl Histogram {
    /// Number of durations.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The duration that `per_million` of a million durations do not exceed: `500_000` gives the median, `1_000_000`
    /// the maximum. Zero if there are no durations.
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

    /// The durations since an earlier snapshot of the same engine.
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

/// Counters since the engine was opened, and current sizes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metrics {
    /// Groups written. Each takes one write and one fdatasync.
    pub groups: u64,
    /// Records appended.
    pub records: u64,
    /// Duration of the write-ahead log's fdatasync.
    pub fdatasync: Histogram,
    /// Duration of a group from its first request to its acknowledgement.
    pub commit: Histogram,
    /// Size of the waiting requests, counted as in [`crate::Config::queue_bytes`].
    pub queued_bytes: u64,
    /// Tables that became segments.
    pub flushes: u64,
    /// Merges, including those of one segment that remove old records.
    pub merges: u64,
    /// Number of live segments.
    pub segments: u64,
    /// Size of the live segments in bytes.
    pub segment_bytes: u64,
    /// Channels in the tables in memory. A channel in several tables counts several times.
    pub channels_in_tables: u64,
    /// Channels in the cache of heads.
    pub heads_cached: u64,
    /// Channels with a watch.
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
