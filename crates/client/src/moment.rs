//! A moment on the device's clocks, and the bank's time at it.

use crate::instant::Instant;
use types::Time;

/// A moment, as the device's clocks show it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    /// On the monotonic clock.
    pub(crate) instant: Instant,
    /// On the device's clock.
    device: Time,
    /// On the bank's clock: the newest nonce's time and the interval since then. `None` before the first nonce.
    taught: Option<Time>,
}

impl Moment {
    pub(crate) const UNKNOWN: Self = Self::new(Instant::UNKNOWN, Time::from_ms(0), None);

    pub(crate) const fn new(instant: Instant, device: Time, taught: Option<Time>) -> Self {
        Self {
            instant,
            device,
            taught,
        }
    }

    /// The bank's time. Before the first nonce it is the device's, corrected by how far the bank's clock was ahead
    /// before.
    pub(crate) const fn banks_time(&self, ahead_ms: i64) -> Time {
        match self.taught {
            Some(taught) => taught,
            None => Time::from_ms(self.device.ms().saturating_add_signed(ahead_ms)),
        }
    }

    /// How far the bank's clock is ahead of the device's, if a nonce taught it.
    pub(crate) fn ahead_ms(&self) -> Option<i64> {
        let taught = self.taught?;
        let ahead = i128::from(taught.ms()) - i128::from(self.device.ms());
        i64::try_from(ahead).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_teaches_the_banks_time_and_the_difference_is_used_before_the_next() {
        let (device, bank) = (Time::from_ms(5_000), Time::from_ms(3_000));
        let taught = Moment::new(Instant::UNKNOWN, device, Some(bank));
        assert_eq!(taught.banks_time(77), bank);
        assert_eq!(taught.ahead_ms(), Some(-2_000));
        let later = Moment::new(Instant::UNKNOWN, Time::from_ms(9_000), None);
        assert_eq!(later.banks_time(-2_000), Time::from_ms(7_000));
        assert_eq!(later.ahead_ms(), None);
    }
}
