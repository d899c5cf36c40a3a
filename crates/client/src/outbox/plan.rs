//! Which requests are due for the orders and vouchers.

use crate::instant::Instant;
use crate::outbox::attempt::{Attempt, Step};
use crate::outbox::collection::Outbox;
use crate::outbox::outgoing::Outgoing;
use crate::outbox::progress::Progress;
use crate::outbox::vouchers::Vouchers;
use order::VOUCHERS_MAX;
use std::collections::BTreeMap;
use types::{IntentId, Time};

/// Vouchers are topped up when fewer than this many last for another half day.
const VOUCHERS_MIN: usize = VOUCHERS_MAX / 2;
const HALF_DAY_MS: u64 = 12 * 60 * 60 * 1000;

/// The requests that are due, and how long no other is.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) requests: Vec<(IntentId, Step)>,
    /// Orders that were never sent and are too late now.
    expired: Vec<IntentId>,
    /// Whether vouchers are due.
    pub(crate) vouchers: bool,
    pub(crate) wake_ms: u64,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            requests: Vec::new(),
            expired: Vec::new(),
            vouchers: false,
            wake_ms: u64::MAX,
        }
    }
}

impl Plan {
    /// Nothing is due for that long.
    pub(crate) fn after(wake_ms: u64) -> Self {
        Self {
            wake_ms,
            ..Self::default()
        }
    }

    pub(crate) const fn is_due(&self) -> bool {
        !self.requests.is_empty() || !self.expired.is_empty() || self.vouchers
    }

    /// What is committed before anything is sent.
    pub(crate) fn marks(&self) -> Vec<(IntentId, Progress)> {
        let sent = self.requests.iter().filter(|(_, step)| *step == Step::Send);
        let sent = sent.map(|(intent, _)| (*intent, Progress::Sent));
        let expired = self.expired.iter();
        let expired = expired.map(|intent| (*intent, Progress::Expired));
        sent.chain(expired).collect()
    }

    /// Adds the vouchers, with whose answer the limits come.
    pub(crate) fn vouchers(
        &mut self,
        vouchers: &Vouchers,
        attempt: &Attempt,
        (instant, now): (Instant, Time),
    ) {
        let never_asked = attempt.asked == 0 && vouchers.count(now) < VOUCHERS_MAX;
        let is_enough = suffice(vouchers, now) && !never_asked && !vouchers.are_limits_old();
        if attempt.flying || is_enough {
            return;
        }
        match instant.ms_until(attempt.not_before) {
            0 => self.vouchers = true,
            wait_ms => self.wake_ms = self.wake_ms.min(wait_ms),
        }
    }
}

/// Whether enough vouchers last for another half day.
pub(crate) fn suffice(vouchers: &Vouchers, now: Time) -> bool {
    vouchers.count(now.plus_ms(HALF_DAY_MS)) >= VOUCHERS_MIN
}

/// The requests that are due for orders: first those that the bank may not have, then those it may only be asked about.
/// `reached` is whether the bank answered the last request, and `idle` whether none is under way: before the bank has
/// answered, nothing is sent that was never sent, so that its state stays known; one order is asked about instead. An
/// order that is being cancelled is not sent, or approved, before its cancellation, which would be too late.
pub(crate) fn orders(
    outbox: &Outbox,
    attempts: &BTreeMap<IntentId, Attempt>,
    (instant, now): (Instant, Time),
    (reached, idle): (bool, bool),
) -> Plan {
    let mut plan = Plan::default();
    let mut asks = Vec::new();
    let mut probes = idle && !reached;
    let being_cancelled = outbox.being_cancelled();
    let cancelled = outbox.cancelled();
    for outgoing in outbox.all() {
        let intent = outgoing.intent.intent;
        let attempt = attempts.get(&intent).copied().unwrap_or_default();
        let Some(step) = step(outgoing, &attempt) else {
            continue;
        };
        let wait_ms = attempt.wait_ms(step, instant);
        if let Some(left_ms) = left_to_approve(outgoing, now)
            && !cancelled.contains(intent.to_string().as_str())
        {
            plan.wake_ms = plan.wake_ms.min(left_ms);
            continue;
        }
        let never_sent = outgoing.progress == Progress::Waiting;
        if outgoing.is_too_late(now) {
            plan.expired.push(intent);
            continue;
        }
        if never_sent {
            let left_ms = outgoing.intent.not_after.ms_since(now).saturating_add(1);
            plan.wake_ms = plan.wake_ms.min(left_ms);
        }
        if (never_sent || step == Step::Approve)
            && !being_cancelled.is_empty()
            && being_cancelled.contains(intent.to_string().as_str())
        {
            continue;
        }
        if wait_ms > 0 {
            plan.wake_ms = plan.wake_ms.min(wait_ms);
        } else if never_sent && !reached {
            if std::mem::take(&mut probes) {
                plan.requests.push((intent, Step::Ask));
            }
        } else if outgoing.progress == Progress::Accepted && step == Step::Ask {
            asks.push((intent, step));
        } else {
            plan.requests.push((intent, step));
        }
    }
    plan.requests.append(&mut asks);
    plan
}

/// How long the bank has nothing new to say of an order that it asks the person to approve again. `None` if the order is
/// not such a one, or if the time is over.
fn left_to_approve(outgoing: &Outgoing, now: Time) -> Option<u64> {
    match &outgoing.progress {
        Progress::Challenged(asked) if now <= asked.expires() => {
            Some(asked.expires().ms_since(now).saturating_add(1))
        }
        _ => None,
    }
}

/// What comes next for an order.
fn step(outgoing: &Outgoing, attempt: &Attempt) -> Option<Step> {
    if attempt.flying {
        return None;
    }
    match outgoing.progress {
        Progress::Waiting => Some(Step::Send),
        Progress::Sent | Progress::Accepted | Progress::Challenged(_) => {
            Some(attempt.step.unwrap_or(Step::Ask))
        }
        Progress::Approved(..) => Some(attempt.step.unwrap_or(Step::Approve)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outbox::attempt::ASK_FOR_VOUCHERS_MS;

    fn due_after(attempt: Attempt, now: Instant) -> u64 {
        let mut plan = Plan::default();
        plan.vouchers(&Vouchers::default(), &attempt, (now, Time::from_ms(0)));
        match plan.vouchers {
            true => 0,
            false => plan.wake_ms,
        }
    }

    /// Whoever orders often gets vouchers as often. What orders under way have spent is given a moment later.
    #[test]
    fn spent_vouchers_are_replaced_at_once_and_too_few_are_asked_for_again_ever_later() {
        let now = Instant::new(1, 1_000_000);
        let mut attempt = Attempt::satisfied();
        assert_eq!(due_after(attempt, now), 0);
        let waits: Vec<_> = (0..3)
            .map(|_| {
                attempt.answered(now, ASK_FOR_VOUCHERS_MS);
                due_after(attempt, now)
            })
            .collect();
        assert_eq!(waits, [2_000, 4_000, 8_000]);
    }
}
