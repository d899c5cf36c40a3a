//! Money in minor units, with checked arithmetic and without floats.

use crate::{Currency, MoneyError};
use serde::{Deserialize, Serialize, Serializer};
use std::fmt;

/// An amount in minor units of its currency. Negative amounts are debits. JSON refuses amounts beyond ±(2^53 − 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "MoneyJson")]
pub struct Money {
    minor_units: i64,
    currency: Currency,
}

impl Money {
    /// The largest magnitude that JSON carries exactly.
    pub const JSON_MAX: i64 = (1 << 53) - 1;

    /// Makes an amount from a number of minor units.
    #[must_use]
    pub const fn new(minor_units: i64, currency: Currency) -> Self {
        Self {
            minor_units,
            currency,
        }
    }

    /// Parses an amount that a person typed, such as `-3.5`. It may have at most as many decimals as ISO 4217 defines
    /// for `currency`.
    pub fn from_decimal(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        let decimals = currency
            .decimals()
            .ok_or(MoneyError::NoDecimals(currency))?;
        let not_an_amount = MoneyError::NotAnAmount { currency, decimals };
        let magnitude = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = match magnitude.split_once('.') {
            Some((_, "")) => return Err(not_an_amount),
            Some(parts) => parts,
            None => (magnitude, ""),
        };
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let places = usize::from(decimals);
        if whole.is_empty() || !digits(whole) || !digits(fraction) || fraction.len() > places {
            return Err(not_an_amount);
        }
        let sign = if text.starts_with('-') { "-" } else { "" };
        let minor_units = format!("{sign}{whole}{fraction:0<places$}");
        let minor_units = minor_units.parse().map_err(|_| MoneyError::Overflow)?;
        Ok(Self::new(minor_units, currency))
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

    /// The sum of two amounts in one currency.
    pub fn checked_add(&self, other: &Money) -> Result<Money, MoneyError> {
        self.combine(other, i64::checked_add)
    }

    /// The difference of two amounts in one currency.
    pub fn checked_sub(&self, other: &Money) -> Result<Money, MoneyError> {
        self.combine(other, i64::checked_sub)
    }

    /// The amount with the opposite sign.
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

    /// Returns an error if JSON cannot carry the amount exactly.
    pub fn fits_json(&self) -> Result<(), MoneyError> {
        if self.minor_units.unsigned_abs() <= Self::JSON_MAX.unsigned_abs() {
            Ok(())
        } else {
            Err(MoneyError::BeyondJson)
        }
    }
}

impl fmt::Display for Money {
    /// Shows the decimals that ISO 4217 defines for the currency, and digits in groups of three: `-1,234.50 CZK`,
    /// `1,500 JPY`. If ISO 4217 defines no decimals, the minor units are shown: `150,000 minor units of XAU`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.minor_units < 0 { "-" } else { "" };
        let magnitude = self.minor_units.unsigned_abs();
        let Some(decimals) = self.currency.decimals() else {
            let grouped = Grouped(magnitude);
            return write!(f, "{sign}{grouped} minor units of {}", self.currency);
        };
        let unit = 10_u64.pow(u32::from(decimals));
        write!(f, "{sign}{}", Grouped(magnitude / unit))?;
        if decimals > 0 {
            let (fraction, places) = (magnitude % unit, usize::from(decimals));
            write!(f, ".{fraction:0places$}")?;
        }
        write!(f, " {}", self.currency)
    }
}

/// Formats a number with its digits in groups of three.
struct Grouped(u64);

impl fmt::Display for Grouped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                f.write_str(",")?;
            }
            write!(f, "{digit}")?;
        }
        Ok(())
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
    /// Number of digits after the decimal point.
    pub scale: u8,
}

/// A number of fund units as a decimal: `coefficient / 10^scale`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Units {
    /// The digits.
    pub coefficient: i64,
    /// Number of digits after the decimal point.
    pub scale: u8,
}
