//! A rate with a burst: the generic cell rate algorithm (ITU-T I.371).

use std::time::Duration;
use tokio::time::Instant;

/// The rate of units per second, and the burst after a pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Units per second.
    pub per_second: u32,
    /// Units at once.
    pub burst: u32,
}

/// The used part of a rate: when the burst is full again (the algorithm's theoretical arrival time).
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Spent(Option<Instant>);

impl Spent {
    /// Uses `units` at `now`. If the rate does not allow that, uses nothing and returns the waiting time.
    pub(crate) fn spend(&mut self, units: u32, rate: Rate, now: Instant) -> Result<(), Duration> {
        self.check(units, rate, now)?;
        let whole_at = self.0.map_or(now, |whole_at| whole_at.max(now));
        self.0 = Some(whole_at + rate.cost(units));
        Ok(())
    }

    /// Whether `units` may be used at `now`.
    pub(crate) fn check(&self, units: u32, rate: Rate, now: Instant) -> Result<(), Duration> {
        let spent = self.0.map_or(Duration::ZERO, |whole_at| {
            whole_at.saturating_duration_since(now)
        });
        let over = (spent + rate.cost(units)).saturating_sub(rate.cost(rate.burst));
        if over.is_zero() { Ok(()) } else { Err(over) }
    }

    /// Refunds `units`.
    pub(crate) fn refund(&mut self, units: u32, rate: Rate) {
        self.0 = self
            .0
            .and_then(|whole_at| whole_at.checked_sub(rate.cost(units)));
    }

    /// Whether the burst is full at `now`, so that nothing needs to be stored.
    pub(crate) fn is_whole(&self, now: Instant) -> bool {
        self.0.is_none_or(|whole_at| whole_at <= now)
    }
}

impl Rate {
    fn cost(self, units: u32) -> Duration {
        Duration::from_secs(1) / self.per_second.max(1) * units
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_followed_by_the_rate() {
        let rate = Rate {
            per_second: 10,
            burst: 3,
        };
        let start = Instant::now();
        let mut spent = Spent::default();
        assert_eq!(spent.spend(3, rate, start), Ok(()));
        assert_eq!(spent.spend(1, rate, start), Err(Duration::from_millis(100)));
        let later = start + Duration::from_millis(100);
        assert_eq!(spent.spend(1, rate, later), Ok(()));
        assert!(spent.spend(1, rate, later).is_err());
        spent.refund(1, rate);
        assert_eq!(spent.spend(1, rate, later), Ok(()));
        assert!(!spent.is_whole(later));
        assert!(spent.is_whole(later + Duration::from_millis(300)));
        assert!(
            spent
                .spend(4, rate, start + Duration::from_secs(9))
                .is_err()
        );
    }
}
