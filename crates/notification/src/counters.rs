//! Counters since the start of the process.

use crate::comparing::step::Step;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use types::Time;

/// Counts of one step of the comparison.
#[derive(Debug, Default)]
struct StepCounts {
    /// Completed runs.
    ended: AtomicU64,
    /// The start time of the last run that succeeded; 0 before the first success.
    succeeded_ms: AtomicU64,
    /// Duration of the last run.
    took_us: AtomicU64,
}

/// The counters, updated concurrently.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) entries: AtomicU64,
    pub(crate) unprocessable: AtomicU64,
    pub(crate) fetched: AtomicU64,
    pub(crate) published: AtomicU64,
    pub(crate) restarts: AtomicU64,
    steps: [StepCounts; Step::ALL.len()],
}

/// Counters since the start of the process.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Numbered entries.
    pub entries: u64,
    /// Events that could not be read as pub/sub delivered them, or that could not be processed as the core bank has
    /// them.
    pub unprocessable: u64,
    /// Events that had to be fetched from the core bank.
    pub fetched: u64,
    /// Messages that the broker acknowledged.
    pub published: u64,
    /// Channels restarted in a later generation.
    pub restarts: u64,
    /// Completed comparisons with core bank, broker and ciam.
    pub comparisons: u64,
}

impl Counts {
    pub(crate) fn add(counter: &AtomicU64, count: usize) {
        counter.fetch_add(u64::try_from(count).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Records a run of a step, successful or not, with its start time and duration.
    pub(crate) fn note_step(&self, step: Step, began: Time, took: Duration, failed: bool) {
        metrics::histogram!("passbook_comparison_seconds", "step" => step.word()).record(took);
        for (counts, of) in self.steps.iter().zip(Step::ALL) {
            if of != step {
                continue;
            }
            Self::add(&counts.ended, 1);
            let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
            counts.took_us.store(micros, Ordering::Relaxed);
            if !failed {
                counts.succeeded_ms.store(began.ms(), Ordering::Relaxed);
            }
        }
    }

    fn fewest(&self, of: impl Fn(&StepCounts) -> &AtomicU64) -> u64 {
        let counts = self
            .steps
            .iter()
            .map(|step| of(step).load(Ordering::Relaxed));
        counts.min().unwrap_or_default()
    }

    /// The oldest of the steps' last successful start times. `None` before every step has succeeded once.
    pub(crate) fn compared(&self) -> Option<Time> {
        let oldest = self.fewest(|step| &step.succeeded_ms);
        (oldest > 0).then(|| Time::from_ms(oldest))
    }

    /// The longest duration among the steps' last runs.
    pub(crate) fn comparison(&self) -> Duration {
        let took = self
            .steps
            .iter()
            .map(|step| step.took_us.load(Ordering::Relaxed));
        Duration::from_micros(took.max().unwrap_or_default())
    }

    pub(crate) fn read(&self) -> Counters {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counters {
            entries: read(&self.entries),
            unprocessable: read(&self.unprocessable),
            fetched: read(&self.fetched),
            published: read(&self.published),
            restarts: read(&self.restarts),
            comparisons: self.fewest(|step| &step.ended),
        }
    }
}
