//! The vouchers that the bank gave to this device ahead.

use crate::outbox::collection::Outbox;
use crate::outbox::stated_fees;
use crate::outbox::stated_limits::StatedLimits;
use crate::records::{self, Rest};
use crate::seal::SealedError;
use order::{Fee, Order, Voucher, check_limit, moved_by};
use protocol::cbor::{self, Fields, FromValue as _, Value};
use protocol::{ParseError, cbor_array};
use std::collections::BTreeMap;
use types::{CustomerId, DeviceId, Money, Time, VoucherId};

/// What can be ordered without a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowance {
    /// How many orders that move money or add a payee.
    pub orders: usize,
    /// The most that one order may move, in each currency of a limit.
    pub each_max: Vec<Money>,
    /// The most that all of them together may move, in each currency of a limit.
    pub total: Vec<Money>,
    /// When the first of the vouchers expires.
    pub expires: Option<Time>,
}

/// The vouchers that are not spent, as far as this device knows. They were verified when they came.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Vouchers {
    pub(crate) unspent: Vec<Voucher>,
    /// How many milliseconds the bank's clock was ahead of the device's when they came.
    pub(crate) clock_offset_ms: i64,
    /// The bank's limits.
    pub(crate) limits: Option<StatedLimits>,
    /// The bank's schedule of fees.
    pub(crate) fees: Vec<Fee>,
    /// How many changes of the customer's brakes were heard of.
    pub(crate) changes: u64,
    /// How many of them the limits surely contain.
    pub(crate) contained: u64,
    pub(crate) rest: Rest,
}

impl Vouchers {
    /// The vouchers that are good at `now`.
    fn alive(&self, now: Time) -> impl Iterator<Item = &Voucher> {
        self.unspent
            .iter()
            .filter(move |voucher| voucher.expires >= now)
    }

    pub(crate) fn count(&self, now: Time) -> usize {
        self.alive(now).count()
    }

    /// The voucher for an order: the smallest limit that is sufficient, and of these the one that lasts longest. Whether
    /// a limit of another currency is sufficient, only the bank can say.
    pub(crate) fn choose(&self, order: &Order, now: Time) -> Option<&Voucher> {
        let currency = order.amount().map(|amount| amount.currency());
        let foreign = |voucher: &Voucher| {
            currency.is_some_and(|currency| currency != voucher.limit.currency())
        };
        let sufficient = |voucher: &&Voucher| {
            foreign(voucher) || check_limit(order, voucher.limit, None).is_ok()
        };
        let alive = self.alive(now).filter(sufficient);
        alive.min_by_key(|voucher| {
            let limit = voucher.limit.minor_units();
            // Of foreign limits the largest.
            let limit = if foreign(voucher) { -limit } else { limit };
            let latest = std::cmp::Reverse(voucher.expires);
            (foreign(voucher), limit, latest)
        })
    }

    /// The largest limit in the currency of what an order moves.
    pub(crate) fn limit_for(&self, order: &Order, now: Time) -> Option<Money> {
        let moved = moved_by(order).ok().flatten().or(order.amount())?;
        let limits = self.alive(now).map(|voucher| voucher.limit);
        limits
            .filter(|limit| limit.currency() == moved.currency())
            .max_by_key(Money::minor_units)
    }

    /// Whether the limits may lack a change of the customer's brakes.
    pub(crate) const fn are_limits_old(&self) -> bool {
        self.changes > self.contained
    }

    /// Removes a voucher that is spent.
    pub(crate) fn spend(&mut self, voucher: VoucherId) {
        self.unspent.retain(|unspent| unspent.voucher != voucher);
    }

    /// Replaces the vouchers by those that the bank counts as alive, without those that an order of the outbox spent.
    pub(crate) fn replace(&mut self, alive: Vec<Voucher>, outbox: &Outbox) {
        self.unspent = alive;
        self.unspent
            .retain(|voucher| !outbox.spends(voucher.voucher));
    }

    pub(crate) fn allowance(&self, now: Time) -> Allowance {
        let mut each_max = BTreeMap::new();
        let mut total = BTreeMap::new();
        for voucher in self.alive(now) {
            let (limit, currency) = (voucher.limit, voucher.limit.currency());
            let currency = currency.as_str().to_owned();
            let most = each_max.entry(currency.clone()).or_insert(limit);
            if limit.minor_units() > most.minor_units() {
                *most = limit;
            }
            let sum = total
                .remove(&currency)
                .map_or(limit, |sum: Money| sum.checked_add(&limit).unwrap_or(sum));
            total.insert(currency, sum);
        }
        Allowance {
            orders: self.count(now),
            each_max: each_max.into_values().collect(),
            total: total.into_values().collect(),
            expires: self.alive(now).map(|voucher| voucher.expires).min(),
        }
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let unspent = self.unspent.iter().map(|voucher| {
            cbor_array![
                voucher.voucher,
                voucher.limit,
                voucher.issued,
                voucher.expires
            ]
        });
        let known = cbor_array![
            1,
            Value::Array(unspent.collect()),
            Value::from(self.clock_offset_ms),
            self.limits.as_ref().map(Value::from),
            stated_fees::encode(&self.fees),
            self.changes,
            self.contained,
        ];
        cbor::encode(&self.rest.after(known))
    }

    pub(crate) fn decode(
        bytes: &[u8],
        customer: &CustomerId,
        device: DeviceId,
    ) -> Result<Self, SealedError> {
        let mut fields = records::fields(bytes)?;
        let unspent = fields.take::<Vec<Value>>()?.into_iter().map(|row| {
            let mut row = Fields::new(Vec::from_value(row)?);
            Ok(Voucher {
                voucher: row.take()?,
                customer: customer.clone(),
                device,
                limit: row.take()?,
                issued: row.take()?,
                expires: row.take()?,
            })
        });
        Ok(Self {
            unspent: unspent.collect::<Result<_, ParseError>>()?,
            clock_offset_ms: fields.take()?,
            limits: fields.take()?,
            fees: stated_fees::decode(fields.take_added()?.unwrap_or_default())?,
            changes: fields.take_added()?.unwrap_or_default(),
            contained: fields.take_added()?.unwrap_or_default(),
            rest: Rest::of(fields),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use order::Scheme;
    use types::Currency;

    #[test]
    fn vouchers_of_earlier_versions_are_read() {
        let mut vouchers = Vouchers {
            clock_offset_ms: -7,
            fees: vec![Fee {
                scheme: Scheme::Swift,
                amount: Money::new(20_000, Currency::CZK),
                from: Time::from_ms(9),
            }],
            changes: 2,
            contained: 1,
            ..Vouchers::default()
        };
        let (customer, device) = (
            "1001".parse().unwrap(),
            DeviceId::at(Time::from_ms(1), [2; 10]),
        );
        let read = |bytes: &[u8]| Vouchers::decode(bytes, &customer, device).unwrap();
        let stored = vouchers.encode();
        assert_eq!(read(&stored), vouchers);
        let mut earlier = Vec::from_value(cbor::decode(&stored).unwrap()).unwrap();
        earlier.truncate(earlier.len() - 2);
        (vouchers.changes, vouchers.contained) = (0, 0);
        assert_eq!(
            read(&cbor::encode(&Value::Array(earlier.clone()))),
            vouchers
        );
        earlier.pop();
        vouchers.fees.clear();
        assert_eq!(read(&cbor::encode(&Value::Array(earlier))), vouchers);
    }
}
