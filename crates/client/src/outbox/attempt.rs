//! The attempts at one request.

use crate::instant::Instant;

/// How soon the bank is asked about an order that it accepted and whose outcome has not come, and the longest wait.
const ASK_AFTER_MS: u64 = 60_000;
const ASK_AFTER_MS_MAX: u64 = 60 * ASK_AFTER_MS;

/// What is done with an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Its bytes are sent.
    Send,
    /// The bank is asked what became of it.
    Ask,
}

/// The attempts at one request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attempt {
    /// Whether a request is under way.
    pub(crate) flying: bool,
    /// What comes next. `None` if nothing is known of earlier attempts.
    pub(crate) step: Option<Step>,
    /// The number of failures in a row.
    pub(crate) failures: u32,
    /// How often it was answered.
    pub(crate) asked: u32,
    /// The earliest time of the next attempt.
    pub(crate) not_before: Instant,
}

impl Default for Attempt {
    fn default() -> Self {
        Self {
            flying: false,
            step: None,
            failures: 0,
            asked: 0,
            not_before: Instant::UNKNOWN,
        }
    }
}

impl Attempt {
    /// It was answered. The next time is later each time.
    pub(crate) fn answered(&mut self, now: Instant) {
        let wait_ms = ASK_AFTER_MS << self.asked.min(10);
        self.not_before = now.plus_ms(wait_ms.min(ASK_AFTER_MS_MAX));
        self.asked += 1;
        self.failures = 0;
        self.step = None;
    }

    /// It failed, and is repeated at `next`.
    pub(crate) const fn failed(&mut self, next: Instant) {
        self.failures = self.failures.saturating_add(1);
        self.not_before = next;
    }
}
