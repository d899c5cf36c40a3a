//! The bank's limits: how much leaves a customer's accounts in a day, from a new device, to a new payee, and by orders of a
//! kind.

use super::check::{Check, Refusal};
use super::raising::with_raised;
use crate::error::Failure;
use crate::gateway::Gateway;
use crate::settings::{KindLimit, Limits};
use crate::store::intent::{self, Moved, ToPayee};
use crate::store::{CustomerIndex, brake};
use database::Transaction;
use envelope::DeviceStatement;
use order::{Creditor, Intent, OrderKind, Scheme};
use protocol::cbor;
use protocol::cbor_array;
use protocol::http::{KindLimits, OrderLimits};
use types::{AccountId, DeviceId, DeviceVerdict, ErrorCode, Money, Time};

pub(super) const DAY_MS: u64 = 86_400_000;

const PAYEE: &str = "gateway.intent.payee";

/// Who orders, as the limits see it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spender {
    pub(crate) customer: CustomerIndex,
    pub(crate) device: DeviceId,
    /// When the device was enrolled.
    pub(crate) enrolled: Time,
}

impl Gateway {
    /// What the order moves out of the customer's accounts. `None` if it moves nothing, or to an own account.
    pub(super) async fn moved(&self, intent: &Intent) -> Result<Option<Moved>, Failure> {
        let order = &intent.order;
        if order.kind().has_target() {
            return Ok(None);
        }
        let Some(creditor) = order.creditor() else {
            return Ok(None);
        };
        let Some(amount) = order.amount() else {
            return Ok(None);
        };
        if self.is_own(intent, creditor).await? {
            return Ok(None);
        }
        let currency = self.0.settings.voucher_limit.currency();
        let rate = if amount.currency() == currency {
            None
        } else {
            self.0.core_bank.rate(amount.currency(), currency).await?
        };
        let worth = order::worth(order, currency, rate).ok().flatten();
        Ok(Some(Moved {
            minor_units: worth.unwrap_or(i64::MAX),
            payee: self.payee_index(creditor),
            kind: Some(order.kind()),
        }))
    }

    async fn is_own(&self, intent: &Intent, creditor: &Creditor) -> Result<bool, Failure> {
        if creditor.scheme != Scheme::Account {
            return Ok(false);
        }
        let Ok(account) = creditor.identification.parse::<AccountId>() else {
            return Ok(false);
        };
        let role = self.0.core_bank.role(&intent.customer, &account).await?;
        Ok(role.is_some())
    }

    /// The index of a payee: scheme, identification and bank. A name is not part of who gets the money.
    fn payee_index(&self, creditor: &Creditor) -> [u8; 32] {
        let payee = cbor::encode(&cbor_array![
            creditor.scheme.as_str(),
            creditor.identification.as_str(),
            creditor.bank.as_deref(),
        ]);
        self.0.columns.blind_index(PAYEE, &payee)
    }

    /// The bank's limits of the orders of a device.
    pub(crate) fn banks_limits(&self, statement: &DeviceStatement) -> Limits {
        let limits = self.0.settings.limits;
        limits.of_verdict(verdict_of(statement).level)
    }

    /// The limits of a device with the customer's brakes, and how much of them is left, if the bank's are `banks`.
    pub(crate) async fn limits_of(
        &self,
        spender: Spender,
        banks: Limits,
    ) -> Result<OrderLimits, Failure> {
        let (gateway, now) = (self.clone(), self.now());
        let currency = self.0.settings.voucher_limit.currency();
        let money = move |minor_units: i64| Money::new(minor_units.max(0), currency);
        let (limits, brakes, today, by_device, kinds) = self
            .0
            .database
            .read(async move |tx| {
                let Spender {
                    customer, device, ..
                } = spender;
                let brakes = brake::of_customer(tx, customer, now).await?;
                let banks = with_raised(tx, customer, (banks, now)).await?;
                let limits = gateway.lowered(&brakes, banks);
                let since = now.minus_ms(DAY_MS);
                let today = intent::moved_since(tx, customer, since).await?;
                let by_device = intent::moved_by_device(tx, (customer, device)).await?;
                let mut kinds = Vec::new();
                for kind in OrderKind::ALL {
                    let limit = limits.of(*kind);
                    if limit == KindLimit::NONE {
                        continue;
                    }
                    let already = intent::moved_of_kind(tx, (customer, *kind), since).await?;
                    let left = limit.day.map(|day| day.saturating_sub(already));
                    kinds.push(KindLimits {
                        kind: kind.as_str().to_owned(),
                        order: limit.order.map(money),
                        day: limit.day.map(money),
                        day_left: left.map(money),
                    });
                }
                Ok::<_, Failure>((limits, brakes, today, by_device, kinds))
            })
            .await?;
        let cools_until = spender.enrolled.plus_ms(limits.cooling_off_ms);
        Ok(OrderLimits {
            day: money(limits.day),
            day_left: money(limits.day.saturating_sub(today)),
            new_payee: money(limits.new_payee),
            new_device_left: (now < cools_until)
                .then(|| money(limits.new_device.saturating_sub(by_device))),
            new_device_until: (now < cools_until).then_some(cools_until),
            cooling_off_ms: limits.cooling_off_ms,
            kinds,
            approve_again_above: self.0.risk.unchallenged_to_new_payee().map(money),
            login_above: self.0.risk.without_login().map(money),
            brakes: self.own_brakes(&brakes, banks)?,
        })
    }
}

/// The verdict on the attestation of a device.
pub(super) fn verdict_of(statement: &DeviceStatement) -> DeviceVerdict {
    let Ok(verdict) = statement.verdict.parse();
    verdict
}

/// Refuses an order beyond a limit, or returns what was ordered to the payee before. It runs in the transaction that
/// accepts the order, so that two orders at once count together.
pub(super) async fn check_limits(
    tx: &mut Transaction<'_>,
    spender: Spender,
    moved: &Moved,
    (limits, now): (Limits, Time),
) -> Result<Result<ToPayee, Refusal>, Failure> {
    let refused = |(reason, detail)| {
        let refusal = Refusal::new(Check::Limits, ErrorCode::OrderLimitExceeded, reason);
        Ok(Err(refusal.with_detail(detail)))
    };
    let Spender {
        customer,
        device,
        enrolled,
    } = spender;
    let limits = with_raised(tx, customer, (limits, now)).await?;
    let of_kind = moved.kind.map_or(KindLimit::NONE, |kind| limits.of(kind));
    let of_time = (of_kind, Some(limits.day));
    if let Some(limit) = exceeded(tx, customer, moved, (of_time, now)).await? {
        return refused(limit);
    }
    let exceeds = |already: i64, limit: i64| already.saturating_add(moved.minor_units) > limit;
    if now < enrolled.plus_ms(limits.cooling_off_ms) {
        let by_device = intent::moved_by_device(tx, (customer, device)).await?;
        if exceeds(by_device, limits.new_device) {
            let detail = "the device is new: its orders are above the limit of its first hours";
            return refused(("limit_of_a_new_device", detail));
        }
    }
    let to_payee = intent::moved_to_payee(tx, customer, moved.payee).await?;
    let cools = |first: Time| now < first.plus_ms(limits.cooling_off_ms);
    let is_new = to_payee.first.is_none_or(cools);
    if is_new && exceeds(to_payee.minor_units, limits.new_payee) {
        let detail = "the payee is new: orders to it are above the limit of its first hours";
        return refused(("limit_of_a_new_payee", detail));
    }
    Ok(Ok(to_payee))
}

/// The limit of its kind, or of the day, that an order exceeds: a stable word, and what is wrong.
pub(super) async fn exceeded(
    tx: &mut Transaction<'_>,
    customer: CustomerIndex,
    moved: &Moved,
    ((of_kind, day), now): ((KindLimit, Option<i64>), Time),
) -> Result<Option<(&'static str, &'static str)>, Failure> {
    let exceeds = |already: i64, limit: i64| already.saturating_add(moved.minor_units) > limit;
    let since = now.minus_ms(DAY_MS);
    if of_kind.order.is_some_and(|limit| exceeds(0, limit)) {
        let detail = "the order is above the limit of one order of its kind";
        return Ok(Some(("limit_of_an_order", detail)));
    }
    if let (Some(limit), Some(kind)) = (of_kind.day, moved.kind) {
        let already = intent::moved_of_kind(tx, (customer, kind), since).await?;
        if exceeds(already, limit) {
            let detail = "the orders of this kind in 24 hours are above the kind's limit";
            return Ok(Some(("limit_of_a_kind", detail)));
        }
    }
    let Some(limit) = day else {
        return Ok(None);
    };
    let already = intent::moved_since(tx, customer, since).await?;
    let detail = "the orders of 24 hours are above the day's limit";
    Ok(exceeds(already, limit).then_some(("limit_of_a_day", detail)))
}
