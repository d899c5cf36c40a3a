//! Counters of what happened since the start.

use crate::comparing::step::Step;
use std::sync::atomic::{AtomicU64, Ordering};

/// What happened since the start, to be watched.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) entries: AtomicU64,
    pub(crate) unprocessable: AtomicU64,
    pub(crate) fetched: AtomicU64,
    pub(crate) published: AtomicU64,
    pub(crate) restarts: AtomicU64,
    /// How often each step of the comparison came to its end.
    steps: [AtomicU64; Step::ALL.len()],
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

    /// A step of the comparison came to its end.
    pub(crate) fn note_step(&self, step: Step) {
        for (counted, of) in self.steps.iter().zip(Step::ALL) {
            if of == step {
                Self::add(counted, 1);
            }
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
            comparisons: self.steps.iter().map(read).min().unwrap_or_default(),
        }
    }
}
