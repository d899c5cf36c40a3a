//! The bank's limits: how much leaves a customer's accounts in a day, from a new device, and to a new payee.

use super::check::{Check, Refusal};
use crate::error::Failure;
use crate::gateway::Gateway;
use crate::settings::Limits;
use crate::store::CustomerIndex;
use crate::store::intent::{self, Moved};
use database::Transaction;
use order::{Creditor, Intent, Scheme};
use protocol::cbor;
use protocol::cbor_array;
use protocol::http::OrderLimits;
use types::{AccountId, DeviceId, ErrorCode, Money, Rate, Time};

const DAY_MS: u64 = 86_400_000;

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
        // Beyond what money can say, the voucher's limit has refused the order.
        let Ok(Some(moved)) = order::moved_by(order) else {
            return Ok(None);
        };
        if self.is_own(intent, creditor).await? {
            return Ok(None);
        }
        let currency = self.0.settings.voucher_limit.currency();
        let rate = if moved.currency() == currency {
            Some(Rate {
                coefficient: 1,
                scale: 0,
            })
        } else {
            self.0.core_bank.rate(moved.currency(), currency).await?
        };
        let limit = self.0.settings.voucher_limit;
        let worth = rate.and_then(|rate| worth(moved, &rate, limit));
        Ok(Some(Moved {
            minor_units: worth.unwrap_or(i64::MAX),
            payee: self.payee_index(creditor),
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

    /// The limits of a device, and how much of them is left.
    pub(crate) async fn limits_of(&self, spender: Spender) -> Result<OrderLimits, Failure> {
        let (limits, now) = (self.0.settings.limits, self.now());
        let currency = self.0.settings.voucher_limit.currency();
        let (today, by_device) = self
            .0
            .database
            .read(async move |tx| {
                let Spender {
                    customer, device, ..
                } = spender;
                let today = intent::moved_since(tx, customer, now.minus_ms(DAY_MS)).await?;
                let by_device = intent::moved_by_device(tx, (customer, device)).await?;
                Ok::<_, Failure>((today, by_device))
            })
            .await?;
        let money = |minor_units: i64| Money::new(minor_units.max(0), currency);
        let cools_until = spender.enrolled.plus_ms(limits.cooling_off_ms);
        Ok(OrderLimits {
            day: money(limits.day),
            day_left: money(limits.day.saturating_sub(today)),
            new_payee: money(limits.new_payee),
            new_device_left: (now < cools_until)
                .then(|| money(limits.new_device.saturating_sub(by_device))),
            new_device_until: (now < cools_until).then_some(cools_until),
            cooling_off_ms: limits.cooling_off_ms,
        })
    }
}

/// Refuses an order beyond a limit. It runs in the transaction that accepts the order, so that two orders at once count
/// together.
pub(super) async fn check_limits(
    tx: &mut Transaction<'_>,
    spender: Spender,
    moved: &Moved,
    (limits, now): (Limits, Time),
) -> Result<Result<(), Refusal>, Failure> {
    let refused = |reason, detail: &str| {
        let refusal = Refusal::new(Check::Limits, ErrorCode::OrderLimitExceeded, reason);
        Ok(Err(refusal.with_detail(detail)))
    };
    let Spender {
        customer,
        device,
        enrolled,
    } = spender;
    let exceeds = |already: i64, limit: i64| already.saturating_add(moved.minor_units) > limit;
    let today = intent::moved_since(tx, customer, now.minus_ms(DAY_MS)).await?;
    if exceeds(today, limits.day) {
        return refused(
            "limit_of_a_day",
            "the orders of 24 hours are above the day's limit",
        );
    }
    if now < enrolled.plus_ms(limits.cooling_off_ms) {
        let by_device = intent::moved_by_device(tx, (customer, device)).await?;
        if exceeds(by_device, limits.new_device) {
            let detail = "the device is new: its orders are above the limit of its first hours";
            return refused("limit_of_a_new_device", detail);
        }
    }
    let (to_payee, first) = intent::moved_to_payee(tx, customer, moved.payee).await?;
    let is_new = first.is_none_or(|first| now < first.plus_ms(limits.cooling_off_ms));
    if is_new && exceeds(to_payee, limits.new_payee) {
        let detail = "the payee is new: orders to it are above the limit of its first hours";
        return refused("limit_of_a_new_payee", detail);
    }
    Ok(Ok(()))
}

/// `moved` at `rate` in minor units of the currency of `limit`, rounded up. `None` if it is beyond 64 bits.
fn worth(moved: Money, rate: &Rate, limit: Money) -> Option<i64> {
    let decimals = |money: Money| money.currency().decimals().map(u32::from);
    let ten = |exponent: u32| 10_i128.checked_pow(exponent);
    let (from, to) = (decimals(moved)?, decimals(limit)?);
    let product = i128::from(moved.minor_units())
        .checked_mul(i128::from(rate.coefficient))?
        .checked_mul(ten(to)?)?;
    let divisor = ten(from.checked_add(u32::from(rate.scale))?)?;
    let rounded_up = product
        .checked_add(divisor)?
        .checked_sub(1)?
        .checked_div(divisor)?;
    i64::try_from(rounded_up).ok()
}

#[cfg(test)]
mod tests {
    use super::worth;
    use types::{Money, Rate};

    #[test]
    fn an_amount_in_another_currency_is_rounded_up() {
        let money = |units, currency: &str| Money::new(units, currency.parse().unwrap());
        let check = |moved, (coefficient, scale), expected| {
            let rate = Rate { coefficient, scale };
            assert_eq!(worth(moved, &rate, money(0, "CZK")), expected);
        };
        check(money(400, "EUR"), (25, 0), Some(10_000));
        check(money(1, "EUR"), (24_735, 3), Some(25));
        check(money(500, "JPY"), (15, 2), Some(7_500));
        check(money(1_250, "KWD"), (80, 0), Some(10_000));
        check(money(7, "CZK"), (1, 0), Some(7));
        check(money(i64::MAX, "EUR"), (25, 0), None);
    }
}
