//! Waiting with tokio's timers.

use crate::monotonic;
use client::{Instant, Timer, backoff_ceiling_ms, backoff_ms};
use std::time::Duration;

/// Waits that double from 50 ms up to a maximum. Each wait is random in its upper half, so that devices that lost the
/// same server do not return at the same instant.
#[derive(Debug, Clone, Copy)]
pub struct Backoff {
    max_ms: u64,
}

impl Backoff {
    /// Waits of at most `max_ms`.
    #[must_use]
    pub const fn up_to_ms(max_ms: u64) -> Self {
        Self { max_ms }
    }

    /// The longest wait after `failures` failed attempts in a row.
    #[must_use]
    pub fn ceiling_ms(&self, failures: u32) -> u64 {
        backoff_ceiling_ms(failures, self.max_ms)
    }
}

impl Timer for Backoff {
    async fn sleep(&self, ms: u64) {
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }

    fn instant(&self) -> Instant {
        monotonic::instant()
    }

    fn backoff_ms(&self, failures: u32) -> u64 {
        // Without randomness the longest wait is used.
        backoff_ms(failures, self.max_ms, getrandom::u64().unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_within_their_bounds() {
        let backoff = Backoff::up_to_ms(1_000);
        for (failures, from, to) in [
            (0, 50, 100),
            (1, 50, 100),
            (2, 100, 200),
            (4, 400, 800),
            (5, 500, 1_000),
            (u32::MAX, 500, 1_000),
        ] {
            for _ in 0..100 {
                let wait = backoff.backoff_ms(failures);
                assert!(
                    (from..=to).contains(&wait),
                    "{wait} ms after {failures} failures"
                );
            }
        }
    }
}
