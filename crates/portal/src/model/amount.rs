//! Amounts.

use serde::{Deserialize, Serialize};
use types::{Currency, Money};

/// An amount of money. Unlike [`Money`] in JSON it may have any size, because both ends of its way are this crate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amount {
    /// Minor units (haler, satang), signed.
    pub minor_units: i64,
    /// The currency.
    pub currency: Currency,
}

impl From<Money> for Amount {
    fn from(money: Money) -> Self {
        Self {
            minor_units: money.minor_units(),
            currency: money.currency(),
        }
    }
}

impl From<Amount> for Money {
    fn from(amount: Amount) -> Self {
        Self::new(amount.minor_units, amount.currency)
    }
}
