//! Logs refused reports at a limited rate, so that a device that sends many of them does not fill the log.

use http_edge::DeviceGuard;
use protocol::http::Finding;
use std::sync::{Mutex, PoisonError};
use types::{ChannelId, DeviceId, Time};

/// Maximum number of lines per minute.
const LINES_MAX: u32 = 20;

const MINUTE_MS: u64 = 60_000;

/// Logs each refused report, up to a number of lines per minute. The next line says how many reports were not logged.
pub(crate) struct RefusedReports {
    guard: DeviceGuard,
    minute: Mutex<Minute>,
}

struct Minute {
    began: Time,
    lines: u32,
    left_out: u64,
}

impl RefusedReports {
    /// Starts with no lines. `guard` has the clock.
    pub(crate) fn new(guard: DeviceGuard) -> Self {
        let minute = Mutex::new(Minute::beginning(guard.now()));
        Self { guard, minute }
    }

    /// Logs that a report of `device` was refused.
    pub(crate) fn log(&self, channel: ChannelId, device: DeviceId, finding: Finding) {
        let line = self
            .minute
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .line(self.guard.now());
        if let Some(left_out) = line {
            tracing::warn!(%channel, %device, %finding, left_out, "a report was refused");
        }
    }
}

impl Minute {
    const fn beginning(began: Time) -> Self {
        Self {
            began,
            lines: 0,
            left_out: 0,
        }
    }

    /// The number of reports that were not logged since the last line. `None` if this one must not be logged either.
    fn line(&mut self, now: Time) -> Option<u64> {
        if now < self.began || now.ms_since(self.began) >= MINUTE_MS {
            (self.began, self.lines) = (now, 0);
        }
        if self.lines == LINES_MAX {
            self.left_out += 1;
            return None;
        }
        self.lines += 1;
        Some(std::mem::take(&mut self.left_out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_has_so_many_lines_and_the_next_says_how_many_had_none() {
        let began = Time::from_ms(1_790_000_000_000);
        let mut minute = Minute::beginning(began);
        let said = (0..50).filter_map(|ms| minute.line(began.plus_ms(ms)));
        assert_eq!(said.collect::<Vec<_>>(), [0; 20]);
        assert_eq!(minute.line(began.plus_ms(59_999)), None);
        assert_eq!(minute.line(began.plus_ms(60_000)), Some(31));
        assert_eq!(minute.line(began.plus_ms(60_001)), Some(0));
    }
}
