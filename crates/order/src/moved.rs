//! How much an order moves, as it counts against a voucher's limit.

use crate::{Order, Schedule};
use thiserror::Error;
use types::{Money, MoneyError, Rate};

/// The most payments of a standing order that count.
const PAYMENTS_MAX: u32 = 12;

/// Why an order is beyond a voucher's limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum LimitError {
    /// The order is in another currency than the limit, and the bank has no rate.
    #[error("the bank has no rate for the order's currency")]
    NoRate,
    /// The order moves more than the limit.
    #[error("the order moves more than the voucher allows")]
    Exceeded,
}

impl LimitError {
    /// A stable word for the check that failed.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::NoRate => "no_rate",
            Self::Exceeded => "over_voucher_limit",
        }
    }
}

/// What an order moves: its amount; of a standing order twelve payments, or as many as it has. `None` if the order
/// moves no money. An error if the sum is beyond what [`Money`] can say.
pub fn moved_by(order: &Order) -> Result<Option<Money>, MoneyError> {
    let Some((minor_units, amount)) = moved(order) else {
        return Ok(None);
    };
    let minor_units = i64::try_from(minor_units).map_err(|_| MoneyError::Overflow)?;
    Ok(Some(Money::new(minor_units, amount.currency())))
}

/// Whether an order moves at most `limit`. `rate` is the bank's rate of the day from the order's currency to the
/// limit's: one unit of the former (not a minor one) is worth `rate` of the latter. It is needed only if the currencies
/// differ. Nothing is rounded. An order that moves no money is within any limit.
pub fn check_limit(order: &Order, limit: Money, rate: Option<Rate>) -> Result<(), LimitError> {
    let Some((moved, amount)) = moved(order) else {
        return Ok(());
    };
    let rate = if amount.currency() == limit.currency() {
        Rate {
            coefficient: 1,
            scale: 0,
        }
    } else {
        rate.ok_or(LimitError::NoRate)?
    };
    let decimals = |money: Money| money.currency().decimals().ok_or(LimitError::NoRate);
    let (of_amount, of_limit) = (decimals(amount)?, decimals(limit)?);
    let coefficient = match u128::try_from(rate.coefficient) {
        Ok(coefficient) if coefficient > 0 => coefficient,
        _ => return Err(LimitError::NoRate),
    };
    // moved / 10^of_amount × coefficient / 10^scale ≤ limit / 10^of_limit, without the divisions.
    let moved = product(product(Some(moved), Some(coefficient)), power(of_limit));
    let limit = u128::try_from(limit.minor_units()).map_err(|_| LimitError::Exceeded)?;
    let limit = product(product(Some(limit), power(of_amount)), power(rate.scale));
    match (moved, limit) {
        (Some(moved), Some(limit)) if moved <= limit => Ok(()),
        // A limit beyond 128 bits is above any sum that is not.
        (Some(_), None) => Ok(()),
        _ => Err(LimitError::Exceeded),
    }
}

fn moved(order: &Order) -> Option<(u128, Money)> {
    let amount = order.amount()?;
    let minor_units = u128::from(amount.minor_units().unsigned_abs());
    let payments = order.schedule().map_or(1, payments);
    Some((minor_units * u128::from(payments), amount))
}

fn payments(schedule: &Schedule) -> u32 {
    let first = (0..PAYMENTS_MAX).take_while(|index| schedule.payment(*index).is_some());
    first.fold(0, |payments, _| payments + 1)
}

fn product(left: Option<u128>, right: Option<u128>) -> Option<u128> {
    left?.checked_mul(right?)
}

fn power(exponent: u8) -> Option<u128> {
    10_u128.checked_pow(u32::from(exponent))
}
