//! Money in minor units: checked arithmetic, no floats.

use serde::{Deserialize, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// What went wrong with an amount.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MoneyError {
    /// Not three capital letters (ISO 4217).
    #[error("a currency is three capital letters")]
    NotACurrency,
    /// Two currencies in one sum.
    #[error("{0} and {1} do not add")]
    Currencies(Currency, Currency),
    /// Beyond a signed 64-bit number of minor units.
    #[error("the amount is out of range")]
    Overflow,
    /// Beyond ±(2^53 − 1), which JSON cannot carry exactly.
    #[error("the amount is beyond what JSON carries exactly")]
    BeyondJson,
}

/// An ISO 4217 currency code.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

impl Currency {
    /// The code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }
}

impl FromStr for Currency {
    type Err = MoneyError;
    fn from_str(text: &str) -> Result<Self, MoneyError> {
        match <[u8; 3]>::try_from(text.as_bytes()) {
            Ok(code) if code.iter().all(u8::is_ascii_uppercase) => Ok(Self(code)),
            _ => Err(MoneyError::NotACurrency),
        }
    }
}

impl TryFrom<String> for Currency {
    type Error = MoneyError;
    fn try_from(text: String) -> Result<Self, MoneyError> {
        text.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> String {
        currency.as_str().to_owned()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An amount in minor units of its currency; negative amounts are debits. JSON refuses amounts beyond ±(2^53 − 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "MoneyJson")]
pub struct Money {
    minor_units: i64,
    currency: Currency,
}

impl Money {
    /// The largest magnitude that JSON carries exactly.
    pub const JSON_MAX: i64 = (1 << 53) - 1;

    /// So many minor units.
    #[must_use]
    pub const fn new(minor_units: i64, currency: Currency) -> Self {
        Self {
            minor_units,
            currency,
        }
    }

    /// Minor units (haler, cents), signed.
    #[must_use]
    pub const fn minor_units(&self) -> i64 {
        self.minor_units
    }

    /// The currency.
    #[must_use]
    pub const fn currency(&self) -> Currency {
        self.currency
    }

    /// The sum, in one currency.
    pub fn checked_add(&self, other: &Money) -> Result<Money, MoneyError> {
        self.combine(other, i64::checked_add)
    }

    /// The difference, in one currency.
    pub fn checked_sub(&self, other: &Money) -> Result<Money, MoneyError> {
        self.combine(other, i64::checked_sub)
    }

    /// The amount with the other sign.
    pub fn checked_neg(&self) -> Result<Money, MoneyError> {
        let minor_units = self.minor_units.checked_neg().ok_or(MoneyError::Overflow)?;
        Ok(Self {
            minor_units,
            ..*self
        })
    }

    fn combine(&self, other: &Money, by: fn(i64, i64) -> Option<i64>) -> Result<Money, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::Currencies(self.currency, other.currency));
        }
        let minor_units = by(self.minor_units, other.minor_units).ok_or(MoneyError::Overflow)?;
        Ok(Self {
            minor_units,
            currency: self.currency,
        })
    }

    /// Whether JSON can carry it.
    pub fn fits_json(&self) -> Result<(), MoneyError> {
        if self.minor_units.unsigned_abs() <= Self::JSON_MAX.unsigned_abs() {
            Ok(())
        } else {
            Err(MoneyError::BeyondJson)
        }
    }
}

impl fmt::Display for Money {
    /// With two decimals, as most currencies have: `-1,234.50 CZK`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.minor_units < 0 { "-" } else { "" };
        let magnitude = self.minor_units.unsigned_abs();
        let digits = (magnitude / 100).to_string();
        let mut grouped = String::new();
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        write!(
            f,
            "{sign}{grouped}.{:02} {}",
            magnitude % 100,
            self.currency
        )
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct MoneyJson {
    minor_units: i64,
    currency: Currency,
}

impl TryFrom<MoneyJson> for Money {
    type Error = MoneyError;
    fn try_from(json: MoneyJson) -> Result<Self, MoneyError> {
        let money = Money::new(json.minor_units, json.currency);
        money.fits_json().map(|()| money)
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.fits_json().map_err(serde::ser::Error::custom)?;
        let json = MoneyJson {
            minor_units: self.minor_units,
            currency: self.currency,
        };
        json.serialize(serializer)
    }
}

/// A rate as a decimal: `coefficient / 10^scale`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rate {
    /// The digits.
    pub coefficient: i64,
    /// How many of them are behind the point.
    pub scale: u8,
}

/// A number of fund units as a decimal: `coefficient / 10^scale`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Units {
    /// The digits.
    pub coefficient: i64,
    /// How many of them are behind the point.
    pub scale: u8,
}
