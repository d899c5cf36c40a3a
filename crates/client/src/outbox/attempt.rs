//! The attempts at one request.

use crate::instant::Instant;

/// How soon the bank is asked about an order that it accepted and whose outcome has not come.
pub(crate) const ASK_ABOUT_ORDER_MS: u64 = 60_000;

/// How soon the bank is asked for vouchers again, if it gave too few: orders under way may have spent the others.
pub(crate) const ASK_FOR_VOUCHERS_MS: u64 = 1_000;

/// The same, if it gave none.
pub(crate) const ASK_WITHOUT_VOUCHERS_MS: u64 = 120_000;

/// The longest wait after an answer.
const ASK_AFTER_MS_MAX: u64 = 3_600_000;

/// What is done with an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Its bytes are sent.
    Send,
    /// The bank is asked what became of it.
    Ask,
    /// The answer to its challenge is sent.
    Approve,
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
    /// Whether the answer to its challenge was sent. The first time does not wait for the last request's sake.
    pub(crate) approves: bool,
}

impl Default for Attempt {
    fn default() -> Self {
        Self {
            flying: false,
            step: None,
            failures: 0,
            asked: 0,
            not_before: Instant::UNKNOWN,
            approves: false,
        }
    }
}

impl Attempt {
    /// How long it must wait for that step.
    pub(crate) fn wait_ms(&self, step: Step, now: Instant) -> u64 {
        match step == Step::Approve && !self.approves {
            true => 0,
            false => now.ms_until(self.not_before),
        }
    }

    /// It was answered with what was wanted, so nothing delays the next request.
    pub(crate) fn satisfied() -> Self {
        Self {
            asked: 1,
            ..Self::default()
        }
    }

    /// It was answered, and is repeated after `after_ms`; later, twice as long each time.
    pub(crate) fn answered(&mut self, now: Instant, after_ms: u64) {
        let wait_ms = after_ms << self.asked.min(12);
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
