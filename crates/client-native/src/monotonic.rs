//! A monotonic clock.

use client::Instant;
use std::sync::LazyLock;

/// Identifies the run of the clock: that of the system since its start.
#[cfg(target_os = "linux")]
static CLOCK: LazyLock<Option<u64>> = LazyLock::new(|| {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let id = boot.trim().replace('-', "");
    u64::from_str_radix(id.get(..16)?, 16)
        .ok()
        .filter(|clock| *clock != 0)
});

/// The time since the system was started, including sleep (CLOCK_BOOTTIME), so that the next process can compare its
/// instants with this one's.
#[cfg(target_os = "linux")]
pub(crate) fn instant() -> Instant {
    let Some(clock) = *CLOCK else {
        return of_this_process();
    };
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    let ms = now
        .tv_sec
        .saturating_mul(1000)
        .saturating_add(now.tv_nsec / 1_000_000);
    Instant::new(clock, u64::try_from(ms).unwrap_or_default())
}

#[cfg(not(target_os = "linux"))]
pub(crate) use of_this_process as instant;

/// The start of this process's clock, and a number that no other process has.
static BEGAN: LazyLock<(std::time::Instant, u64)> = LazyLock::new(|| {
    let run = getrandom::u64().unwrap_or_default().max(1);
    (now(), run)
});

/// The time since this process started. It cannot be compared with another process's.
pub(crate) fn of_this_process() -> Instant {
    let (began, run) = *BEGAN;
    let ms = now().duration_since(began).as_millis();
    Instant::new(run, u64::try_from(ms).unwrap_or(u64::MAX))
}

#[allow(
    clippy::disallowed_methods,
    reason = "the port to the platform's monotonic clock"
)]
fn now() -> std::time::Instant {
    std::time::Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The number that identifies the clock, and the milliseconds.
    fn parts(instant: Instant) -> Vec<u64> {
        let text = format!("{instant:?}");
        let digits = text.split(|letter: char| !letter.is_ascii_digit());
        digits.filter_map(|part| part.parse().ok()).collect()
    }

    #[test]
    fn instants_advance_on_one_clock() {
        for clock in [instant, of_this_process] {
            let (first, then) = (parts(clock()), parts(clock()));
            assert_eq!(first[0], then[0]);
            assert_ne!(first[0], 0);
            assert!(first[1] <= then[1], "{first:?} {then:?}");
        }
    }
}
