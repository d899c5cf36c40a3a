//! How much an order moves, as it counts against a voucher's limit.

use crate::{Order, Schedule};
use thiserror::Error;
use types::{Currency, Money, MoneyError, Rate};

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
/// differ. Nothing is rounded in the order's favour. An order that moves no money is within any limit.
pub fn check_limit(order: &Order, limit: Money, rate: Option<Rate>) -> Result<(), LimitError> {
    match worth(order, limit.currency(), rate)? {
        // A whole limit is at least the exact worth if and only if it is at least the worth rounded up.
        Some(worth) if worth > limit.minor_units() => Err(LimitError::Exceeded),
        _ => Ok(()),
    }
}

/// What an order moves in minor units of `currency`, rounded up; `rate` as in [`check_limit`]. `None` if the order moves no
/// money. An error if there is no rate, or if it is more than [`Money`] can say.
pub fn worth(
    order: &Order,
    currency: Currency,
    rate: Option<Rate>,
) -> Result<Option<i64>, LimitError> {
    let Some((moved, amount)) = moved(order) else {
        return Ok(None);
    };
    let rate = if amount.currency() == currency {
        Rate {
            coefficient: 1,
            scale: 0,
        }
    } else {
        rate.ok_or(LimitError::NoRate)?
    };
    let decimals = |currency: Currency| currency.decimals().ok_or(LimitError::NoRate);
    let (from, to) = (decimals(amount.currency())?, decimals(currency)?);
    let coefficient = match u128::try_from(rate.coefficient) {
        Ok(coefficient) if coefficient > 0 => coefficient,
        _ => return Err(LimitError::NoRate),
    };
    // moved / 10^from × coefficient / 10^scale × 10^to, with one division.
    let product = product(product(Some(moved), Some(coefficient)), power(to));
    let product = product.ok_or(LimitError::Exceeded)?;
    // A divisor beyond 128 bits is above any product that is not.
    let divisor = self::product(power(from), power(rate.scale)).unwrap_or(u128::MAX);
    let worth = i64::try_from(product.div_ceil(divisor)).map_err(|_| LimitError::Exceeded)?;
    Ok(Some(worth))
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
