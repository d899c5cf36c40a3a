//! Counters of what happened since the start.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use types::Time;

/// What happened since the start, to be watched.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) entries: AtomicU64,
    pub(crate) unprocessable: AtomicU64,
    pub(crate) fetched: AtomicU64,
    pub(crate) published: AtomicU64,
    pub(crate) restarts: AtomicU64,
    pub(crate) comparisons: AtomicU64,
    /// When the last comparison began that ended without a failure; 0 before there is one.
    pub(crate) compared_ms: AtomicU64,
    /// How long the last comparison took.
    pub(crate) comparison_us: AtomicU64,
}

/// What happened since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Entries numbered.
    pub entries: u64,
    /// Events that could not be read as pub/sub delivered them, or not be processed as the core bank has them.
    pub unprocessable: u64,
    /// Events that had to be fetched from the core bank.
    pub fetched: u64,
    /// Messages that the broker acknowledged.
    pub published: u64,
    /// Channels that were restarted in a later generation.
    pub restarts: u64,
    /// Comparisons with core bank, broker and ciam that came to their end.
    pub comparisons: u64,
}

impl Counts {
    pub(crate) fn add(counter: &AtomicU64, count: usize) {
        counter.fetch_add(u64::try_from(count).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// A comparison that began at that time and took so long has ended, perhaps with a failure.
    pub(crate) fn compared(&self, began: Time, took: Duration, failed: bool) {
        Self::add(&self.comparisons, 1);
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.comparison_us.store(micros, Ordering::Relaxed);
        metrics::histogram!("passbook_comparison_seconds").record(took);
        if !failed {
            self.compared_ms.store(began.ms(), Ordering::Relaxed);
        }
    }

    pub(crate) fn read(&self) -> Counters {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counters {
            entries: read(&self.entries),
            unprocessable: read(&self.unprocessable),
            fetched: read(&self.fetched),
            published: read(&self.published),
            restarts: read(&self.restarts),
            comparisons: read(&self.comparisons),
        }
    }
}
