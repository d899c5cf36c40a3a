//! How long a challenge may be answered, whatever it is for.

use types::Time;

/// How long after it was given.
pub(crate) const LIFETIME_MS: u64 = 5 * 60_000;

/// How far the clock of the node that gave it may be ahead.
const AHEAD_MS: u64 = 10_000;

/// Whether a challenge that was given at that time may be answered at `now`.
pub(crate) const fn may_be_answered(given: Time, now: Time) -> bool {
    now.ms_since(given) <= LIFETIME_MS && given.ms_since(now) <= AHEAD_MS
}
