//! How far the bank's clock is ahead of the servers'.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use types::{Clock, Time};

/// The first moment of the year 10000.
pub(crate) const END: Time = Time::from_ms(253_402_300_800_000);

/// How far the bank's clock is ahead of the servers'.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ahead(Arc<AtomicU64>);

impl Ahead {
    /// The clock that is ahead of `clock`.
    pub(crate) fn of(&self, clock: Clock) -> Clock {
        let ahead = self.clone();
        Arc::new(move || clock().plus_ms(ahead.ms()))
    }

    pub(crate) fn ms(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }

    /// Only forward.
    pub(crate) fn raise(&self, ms: u64) {
        self.0.fetch_max(ms, Ordering::AcqRel);
    }
}
