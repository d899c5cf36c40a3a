//! What the bank charges for executing an order, beside its amount.

use crate::{Order, OrderError, Scheme, VOUCHER_MS};
use protocol::http::OrderFee;
use types::{Money, Time};

/// How long before it takes effect a change of fees is announced, in milliseconds: as long as a voucher is good. A device
/// learns the schedule with its vouchers. So a device that can sign an order knows the fee of this moment, even offline.
pub const FEE_NOTICE_MS: u64 = VOUCHER_MS;

/// A row of the bank's schedule of fees: what each payment to a creditor of the scheme costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fee {
    /// The creditor's scheme.
    pub scheme: Scheme,
    /// The fee, in the currency of the account that pays. Zero ends an earlier fee. Never negative.
    pub amount: Money,
    /// The first moment at which it counts.
    pub from: Time,
}

impl From<Fee> for OrderFee {
    fn from(fee: Fee) -> Self {
        Self {
            scheme: fee.scheme.as_str().to_owned(),
            amount: fee.amount,
            from: fee.from,
        }
    }
}

/// Fails if this version does not know the scheme.
impl TryFrom<OrderFee> for Fee {
    type Error = OrderError;

    fn try_from(fee: OrderFee) -> Result<Self, OrderError> {
        Ok(Self {
            scheme: fee.scheme.parse()?,
            amount: fee.amount,
            from: fee.from,
        })
    }
}

/// The fee of each payment of an order that is made at `time`. `None` if it costs nothing, or pays nothing.
///
/// The newest row of the creditor's scheme and the amount's currency counts.
#[must_use]
pub fn fee_of(schedule: &[Fee], order: &Order, time: Time) -> Option<Money> {
    let amount = order.amount().filter(|_| !order.kind().has_target())?;
    let scheme = order.creditor()?.scheme;
    let rows = schedule.iter().filter(|fee| {
        let alike = fee.scheme == scheme && fee.amount.currency() == amount.currency();
        alike && fee.from <= time
    });
    let newest = rows.max_by_key(|fee| fee.from)?;
    (newest.amount.minor_units() > 0).then_some(newest.amount)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Creditor, OrderFields, OrderKind};

    const DAY_MS: u64 = 86_400_000;

    fn order(kind: OrderKind, scheme: Scheme, currency: &str) -> Order {
        let creditor = match scheme {
            Scheme::Swift => Creditor {
                bank: Some("CHASUS33".to_owned()),
                name: Some("Eva".to_owned()),
                ..Creditor::new(scheme, "123")
            },
            _ => Creditor::new(scheme, "123"),
        };
        let fields = OrderFields {
            debit_account: Some("576".to_owned()),
            amount: Some(Money::new(1, currency.parse().unwrap())),
            creditor: Some(creditor),
            target: (kind == OrderKind::Cancel).then(|| "target".to_owned()),
            ..OrderFields::new(kind)
        };
        Order::new(fields).unwrap()
    }

    fn fee(minor_units: i64, currency: &str, from: u64) -> Fee {
        Fee {
            scheme: Scheme::Swift,
            amount: Money::new(minor_units, currency.parse().unwrap()),
            from: Time::from_ms(from),
        }
    }

    #[test]
    fn the_newest_row_of_scheme_and_currency_counts() {
        let schedule = [
            fee(0, "CZK", 9 * DAY_MS),
            fee(20_000, "CZK", 0),
            fee(25_000, "CZK", 4 * DAY_MS),
            fee(800, "EUR", 0),
        ];
        let check = |order: &Order, time: u64, expected: Option<i64>| {
            let fee = fee_of(&schedule, order, Time::from_ms(time));
            assert_eq!(fee.map(|fee| fee.minor_units()), expected, "at {time}");
        };
        let abroad = order(OrderKind::Transfer, Scheme::Swift, "CZK");
        check(&abroad, 0, Some(20_000));
        check(&abroad, 4 * DAY_MS - 1, Some(20_000));
        check(&abroad, 4 * DAY_MS, Some(25_000));
        check(&abroad, 9 * DAY_MS, None);
        let euros = order(OrderKind::Transfer, Scheme::Swift, "EUR");
        check(&euros, 9 * DAY_MS, Some(800));
        check(&order(OrderKind::Transfer, Scheme::Swift, "JPY"), 0, None);
        check(&order(OrderKind::Transfer, Scheme::Account, "CZK"), 0, None);
        // The copies of a cancellation pay nothing.
        check(&order(OrderKind::Cancel, Scheme::Swift, "CZK"), 0, None);
    }
}
