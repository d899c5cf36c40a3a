//! A clock that nobody sets.

use client::Instant;
use std::sync::LazyLock;

/// Which run of the clock this is: the system's, since it was started.
#[cfg(target_os = "linux")]
static CLOCK: LazyLock<Option<u64>> = LazyLock::new(|| {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let id = boot.trim().replace('-', "");
    u64::from_str_radix(id.get(..16)?, 16)
        .ok()
        .filter(|clock| *clock != 0)
});

/// Since the system was started, time asleep included (CLOCK_BOOTTIME): what one process has measured means the same to
/// the next.
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

/// Where the process began to look at the clock, and a number that no other process has.
static BEGAN: LazyLock<(std::time::Instant, u64)> = LazyLock::new(|| {
    let run = getrandom::u64().unwrap_or_default().max(1);
    (now(), run)
});

/// Since this process began: nothing of another process can be compared.
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

    /// The number that names the clock, and the milliseconds.
    fn parts(instant: Instant) -> Vec<u64> {
        let text = format!("{instant:?}");
        let digits = text.split(|letter: char| !letter.is_ascii_digit());
        digits.filter_map(|part| part.parse().ok()).collect()
    }

    #[test]
    fn it_goes_forwards_on_one_clock() {
        for clock in [instant, of_this_process] {
            let (first, then) = (parts(clock()), parts(clock()));
            assert_eq!(first[0], then[0]);
            assert_ne!(first[0], 0);
            assert!(first[1] <= then[1], "{first:?} {then:?}");
        }
    }
}
