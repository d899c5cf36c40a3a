//! Time is a parameter: nothing in this crate reads a clock.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::num::TryFromIntError;
use std::str::FromStr;
use std::sync::Arc;
use thiserror::Error;

/// Milliseconds since 1970, UTC. JSON refuses values beyond 2^63 − 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "i64")]
pub struct Time(u64);

impl TryFrom<i64> for Time {
    type Error = TryFromIntError;
    fn try_from(ms: i64) -> Result<Self, TryFromIntError> {
        u64::try_from(ms).map(Self)
    }
}

/// The source of time for a service. The binary passes the system's clock; tests pass their own.
pub type Clock = Arc<dyn Fn() -> Time + Send + Sync>;

impl Time {
    /// Makes a time from milliseconds since 1970.
    #[must_use]
    pub const fn from_ms(ms: u64) -> Self {
        Self(ms)
    }

    /// Milliseconds since 1970.
    #[must_use]
    pub const fn ms(self) -> u64 {
        self.0
    }

    /// Whole seconds since 1970, as in a JWT.
    #[must_use]
    pub const fn seconds(self) -> u64 {
        self.0 / 1000
    }

    /// The time `ms` milliseconds later.
    #[must_use]
    pub const fn plus_ms(self, ms: u64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// The time `ms` milliseconds earlier, but not before 1970.
    #[must_use]
    pub const fn minus_ms(self, ms: u64) -> Self {
        Self(self.0.saturating_sub(ms))
    }

    /// Milliseconds since `earlier`; 0 if `earlier` is later than this time.
    #[must_use]
    pub const fn ms_since(self, earlier: Time) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// The text is not a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a business date must be YYYY-MM-DD and a day that exists")]
pub struct DateError;

/// A day in the bank's books, without a time zone. The text form is `YYYY-MM-DD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BusinessDate {
    year: u16,
    month: u8,
    day: u8,
}

impl BusinessDate {
    /// Makes a date. Refuses a day that does not exist.
    pub fn new(year: u16, month: u8, day: u8) -> Result<Self, DateError> {
        let days = days_in(year, month).ok_or(DateError)?;
        if (1..=days).contains(&day) && year <= 9999 {
            Ok(Self { year, month, day })
        } else {
            Err(DateError)
        }
    }

    /// The day of `time` in UTC. Bookings use the bank's own zone instead: [`TimeZone::date`](crate::TimeZone::date).
    #[must_use]
    pub fn of_utc(time: Time) -> Self {
        // Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": civil_from_days.
        let days = time.ms() / 86_400_000 + 719_468;
        let era = days / 146_097;
        let day_of_era = days % 146_097;
        let year_of_era =
            (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
        let month = if shifted_month < 10 {
            shifted_month + 3
        } else {
            shifted_month - 9
        };
        let year = year_of_era + era * 400 + u64::from(month <= 2);
        Self {
            year: u16::try_from(year).unwrap_or(9999),
            month: u8::try_from(month).unwrap_or(12),
            day: u8::try_from(day).unwrap_or(31),
        }
    }

    /// The day `days` days later. `None` after the year 9999.
    #[must_use]
    pub fn plus_days(self, days: u32) -> Option<Self> {
        let (mut date, mut days) = (self, days);
        loop {
            let rest = u32::from(days_in(date.year, date.month)?.checked_sub(date.day)?);
            if days <= rest {
                date.day = date.day.checked_add(u8::try_from(days).ok()?)?;
                return Some(date);
            }
            days = days.checked_sub(rest)?.checked_sub(1)?;
            date = Self { day: 1, ..date }.plus_months(1)?;
        }
    }

    /// The same day `months` months later, or the last day of that month if the month is shorter. `None` after the year
    /// 9999.
    #[must_use]
    pub fn plus_months(self, months: u32) -> Option<Self> {
        let of_year = u32::from(self.month).checked_sub(1)?;
        let months = of_year.checked_add(months)?;
        let year = u32::from(self.year).checked_add(months / 12)?;
        let year = u16::try_from(year).ok().filter(|year| *year <= 9999)?;
        let month = u8::try_from(months % 12 + 1).ok()?;
        Some(Self {
            year,
            month,
            day: self.day.min(days_in(year, month)?),
        })
    }

    /// The month as `YYYY-MM`.
    #[must_use]
    pub fn month(&self) -> String {
        format!("{:04}-{:02}", self.year, self.month)
    }
}

fn days_in(year: u16, month: u8) -> Option<u8> {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    Some(match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return None,
    })
}

impl fmt::Display for BusinessDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl FromStr for BusinessDate {
    type Err = DateError;
    fn from_str(text: &str) -> Result<Self, DateError> {
        let digits = |range: std::ops::Range<usize>| {
            let part = text.get(range).ok_or(DateError)?;
            if part.bytes().all(|b| b.is_ascii_digit()) {
                Ok(part)
            } else {
                Err(DateError)
            }
        };
        if text.len() != 10 || text.get(4..5) != Some("-") || text.get(7..8) != Some("-") {
            return Err(DateError);
        }
        Self::new(
            digits(0..4)?.parse().map_err(|_| DateError)?,
            digits(5..7)?.parse().map_err(|_| DateError)?,
            digits(8..10)?.parse().map_err(|_| DateError)?,
        )
    }
}

impl TryFrom<String> for BusinessDate {
    type Error = DateError;
    fn try_from(text: String) -> Result<Self, DateError> {
        text.parse()
    }
}

impl From<BusinessDate> for String {
    fn from(date: BusinessDate) -> String {
        date.to_string()
    }
}
