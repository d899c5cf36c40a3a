//! The limits on what leaves the customer's accounts, the bank's and the customer's own, as the device last heard them.

use crate::error::SyncError;
use crate::outbox::objection::Objection;
use crate::outbox::outgoing::Outgoing;
use crate::outbox::progress::Progress;
use crate::outbox::stated_limits::StatedLimits;
use crate::shown::{Page, Shown};
use order::{Brake, Creditor, Order, Scheme, moved_by};
use protocol::http::{KindLimits, OrderLimits, OwnBrake};
use types::{AccountId, Currency, Money, Time};

/// The limits of a day are of the last 24 hours.
const DAY_MS: u64 = 86_400_000;

impl Shown {
    /// The limits as the bank last stated them, and what this device's orders have left of them since. `None` if the bank
    /// has not stated them yet.
    pub fn limits(&self) -> Result<Option<OrderLimits>, SyncError> {
        Ok(limits_left(self.page()?, self.banks_time()))
    }

    /// Whether the customer has changed a brake since, on this device or another one. A live owner asks for the limits by
    /// itself then; otherwise see [`Device::ask_for_limits`](crate::Device::ask_for_limits).
    pub fn are_limits_old(&self) -> Result<bool, SyncError> {
        Ok(self.page()?.vouchers.are_limits_old())
    }
}

/// What is left of the limits at `now`, as far as the device knows. `None` if the bank has not stated them yet.
fn limits_left(page: &Page, now: Time) -> Option<OrderLimits> {
    let StatedLimits {
        mut limits,
        at,
        unanswered,
    } = page.vouchers.limits.as_ref()?.loosened(now);
    // A day later nothing of what the bank stated counts any more, but what was ordered within the last day.
    let is_today = now.ms_since(at) < DAY_MS;
    let counts_from = at.max(now.minus_ms(DAY_MS));
    let used = |counts: &dyn Fn(&Outgoing) -> bool| {
        let is_new = |one: &Outgoing| {
            one.intent.created >= counts_from
                || one.progress == Progress::Waiting
                || (is_today && unanswered.contains(&one.intent.intent))
        };
        moved_by_own(page, limits.day.currency(), &|one| {
            is_new(one) && counts(one)
        })
    };
    let in_all = used(&|_| true);
    let day = match is_today {
        true => limits.day_left,
        false => limits.day,
    };
    limits.day_left = left(day, in_all);
    let kinds = limits.kinds.iter().map(|of_kind| {
        let day = match is_today {
            true => of_kind.day_left,
            false => of_kind.day,
        };
        let of_this = |one: &Outgoing| one.intent.order.kind().as_str() == of_kind.kind;
        KindLimits {
            day_left: day.map(|day| left(day, used(&of_this))),
            ..of_kind.clone()
        }
    });
    limits.kinds = kinds.collect();
    let is_new = limits.new_device_until.is_some_and(|until| now < until);
    let of_device = limits.new_device_left.filter(|_| is_new);
    limits.new_device_left = of_device.map(|device| left(device, in_all));
    Some(limits)
}

/// What this device's orders move out of the customer's accounts, in minor units: those that may be executed, and count.
fn moved_by_own(page: &Page, currency: Currency, counts: &dyn Fn(&Outgoing) -> bool) -> i64 {
    let counted = page.outbox.all().filter(|one| is_alive(one) && counts(one));
    let moved = counted.filter_map(|one| leaves(page, &one.intent.order, currency));
    moved.fold(0_i64, i64::saturating_add)
}

fn left(limit: Money, used: i64) -> Money {
    let left = limit.minor_units().saturating_sub(used).max(0);
    Money::new(left, limit.currency())
}

/// The limits that an order exceeds, as far as the device knows. Other devices' orders may have used more of them, and the
/// bank may know a payee that seems new here.
pub(crate) fn limit_objections(page: &Page, order: &Order, now: Time) -> Vec<Objection> {
    let Some(limits) = &limits_left(page, now) else {
        return Vec::new();
    };
    let currency = limits.day.currency();
    let (Some(moved), Some(creditor)) = (leaves(page, order, currency), order.creditor()) else {
        return Vec::new();
    };
    let mut objections = Vec::new();
    let kind = order.kind();
    let of_kind = limits.kinds.iter().find(|one| one.kind == kind.as_str());
    if let Some(of_kind) = of_kind {
        if let Some(limit) = of_kind.order.filter(|limit| moved > limit.minor_units()) {
            let own = own_limit(limits, &Brake::KindOrder(kind));
            objections.push(above(own, Objection::AboveKindOrder, limit));
        }
        let day = of_kind.day_left.filter(|day| moved > day.minor_units());
        if let Some(day) = day {
            let own = own_limit(limits, &Brake::KindDay(kind));
            objections.push(above(own, Objection::AboveKindDay, day));
        }
    }
    if moved > limits.day_left.minor_units() {
        let own = own_limit(limits, &Brake::Day);
        objections.push(above(own, Objection::AboveDay, limits.day_left));
    }
    let of_device = limits.new_device_left;
    if let Some(device) = of_device.filter(|device| moved > device.minor_units()) {
        objections.push(Objection::AboveNewDevice(device));
    }
    let same = |one: &Outgoing| {
        let other = one.intent.order.creditor();
        other.is_some_and(|other| identity(other) == identity(creditor))
    };
    let cooled = now.minus_ms(limits.cooling_off_ms);
    let known = page
        .outbox
        .all()
        .any(|one| is_alive(one) && one.intent.created < cooled && same(one));
    let to_payee = moved_by_own(page, currency, &same);
    let payee = left(limits.new_payee, to_payee);
    if !known && moved > payee.minor_units() {
        objections.push(Objection::AboveNewPayee(payee));
    }
    let together = to_payee.saturating_add(moved);
    let again = limits.approve_again_above.filter(|_| !known);
    if let Some(above) = again.filter(|above| together > above.minor_units()) {
        objections.push(Objection::ApproveAgain(above));
    }
    if let Some(above) = limits
        .login_above
        .filter(|above| moved > above.minor_units())
    {
        objections.push(Objection::LogInAgain(above));
    }
    objections
}

/// The customer's own limit there, if it is lower than the bank's.
fn own_limit<'a>(limits: &'a OrderLimits, brake: &Brake) -> Option<&'a OwnBrake> {
    let text = brake.to_string();
    let own = limits.brakes.iter().find(|own| own.brake == text);
    own.filter(|own| {
        let less = |limit: Money, banks: Money| limit.minor_units() < banks.minor_units();
        own.limit
            .is_some_and(|limit| own.banks.is_none_or(|banks| less(limit, banks)))
    })
}

fn above(own: Option<&OwnBrake>, banks: fn(Money) -> Objection, left: Money) -> Objection {
    match own {
        Some(own) => Objection::AboveOwnLimit(left, own.loosens),
        None => banks(left),
    }
}

/// What leaves the customer's accounts, in minor units of the currency. `None` if it is another currency or an own account.
pub(crate) fn leaves(page: &Page, order: &Order, currency: Currency) -> Option<i64> {
    let creditor = order.creditor().filter(|_| !order.kind().has_target())?;
    let account = creditor.identification.parse::<AccountId>().ok();
    let own = account.filter(|_| creditor.scheme == Scheme::Account);
    if own.is_some_and(|own| page.accounts.get(&own).is_some_and(|book| book.held)) {
        return None;
    }
    let moved = moved_by(order).ok().flatten()?;
    (moved.currency() == currency).then_some(moved.minor_units())
}

pub(crate) fn is_alive(outgoing: &Outgoing) -> bool {
    !matches!(
        outgoing.progress,
        Progress::Refused(_) | Progress::Expired | Progress::Cancelled
    )
}

pub(crate) fn identity(creditor: &Creditor) -> (Scheme, &str, Option<&str>) {
    let bank = creditor.bank.as_deref();
    (creditor.scheme, &creditor.identification, bank)
}
