//! Counts the payee checks of each device.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use types::{DeviceId, Time};

/// Maximum checks of a device per hour, on each node.
const CHECKS_PER_HOUR: u32 = 30;

const HOUR_MS: u64 = 3_600_000;

/// Maximum devices that are counted at once. Beyond it, a device that is not counted yet has to wait.
pub(crate) const DEVICES_MAX: usize = 100_000;

/// How often each device has asked in its current hour.
#[derive(Debug, Default)]
pub(crate) struct PayeeChecks(Mutex<HashMap<DeviceId, Hour>>);

#[derive(Debug, Clone, Copy)]
struct Hour {
    began: Time,
    checks: u32,
}

impl Hour {
    fn is_over(&self, now: Time) -> bool {
        now < self.began || now.ms_since(self.began) >= HOUR_MS
    }
}

impl PayeeChecks {
    /// Whether the device has asked as often as it may.
    pub(crate) fn are_used_up(&self, device: DeviceId, now: Time) -> bool {
        let hours = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        hours
            .get(&device)
            .is_some_and(|hour| !hour.is_over(now) && hour.checks >= CHECKS_PER_HOUR)
    }

    /// Counts a check. If the device has asked too often, returns the time in milliseconds until it may ask again.
    pub(crate) fn count(&self, device: DeviceId, now: Time) -> Result<(), u64> {
        let mut hours = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if hours.len() >= DEVICES_MAX && !hours.contains_key(&device) {
            hours.retain(|_, hour| !hour.is_over(now));
            if hours.len() >= DEVICES_MAX {
                return Err(HOUR_MS);
            }
        }
        let hour = hours.entry(device).or_insert(Hour {
            began: now,
            checks: 0,
        });
        if hour.is_over(now) {
            (hour.began, hour.checks) = (now, 0);
        }
        if hour.checks == CHECKS_PER_HOUR {
            return Err(HOUR_MS.saturating_sub(now.ms_since(hour.began)));
        }
        hour.checks += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{CHECKS_PER_HOUR, HOUR_MS, PayeeChecks};
    use types::{DeviceId, Time};

    #[test]
    fn a_device_asks_so_often_an_hour_and_no_other_is_counted_with_it() {
        let now = Time::from_ms(1_790_000_000_000);
        let (device, other) = (DeviceId::at(now, [1; 10]), DeviceId::at(now, [2; 10]));
        let checks = PayeeChecks::default();
        for _ in 0..CHECKS_PER_HOUR {
            assert_eq!(checks.count(device, now), Ok(()));
        }
        let later = now.plus_ms(HOUR_MS - 1);
        assert_eq!(checks.count(device, later), Err(1));
        assert!(checks.are_used_up(device, later));
        assert!(!checks.are_used_up(other, later));
        assert!(!checks.are_used_up(device, now.plus_ms(HOUR_MS)));
        assert_eq!(checks.count(other, later), Ok(()));
        assert_eq!(checks.count(device, now.plus_ms(HOUR_MS)), Ok(()));
    }
}
