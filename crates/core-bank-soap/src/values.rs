//! Values as texts.

use crate::content::{Content, Corrupt, text};
use crate::xml::Element;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fmt;
use std::str::FromStr;
use types::{
    AccountId, AccountKind, BalanceType, BusinessDate, Currency, CustomerId, DeviceId, Hash,
    Incarnation, IntentId, PackageId, Role, Sequence, SubjectId, Time,
};
use zeroize::Zeroizing;

macro_rules! texts {
    ($($type:ty),+ $(,)?) => {$(
        impl Content for $type {
            fn write(&self, into: &mut Element) {
                into.text = self.to_string();
            }

            fn read(element: Element, name: &'static str) -> Result<Self, Corrupt> {
                text(element, name)?.parse().map_err(|_| Corrupt::Value(name))
            }
        }
    )+};
}

texts!(
    AccountId,
    AccountKind,
    BalanceType,
    BusinessDate,
    Currency,
    CustomerId,
    DeviceId,
    Hash,
    Incarnation,
    IntentId,
    PackageId,
    Role,
    String,
    SubjectId,
    i64,
    u64,
    u8,
    usize,
);

impl Content for bool {
    fn write(&self, into: &mut Element) {
        into.text = self.to_string();
    }

    /// Also reads 1 and 0, which XML Schema has for the same (part 2, 3.2.2).
    fn read(element: Element, name: &'static str) -> Result<Self, Corrupt> {
        match &*text(element, name)? {
            "true" | "1" => Ok(true),
            "false" | "0" => Ok(false),
            _ => Err(Corrupt::Value(name)),
        }
    }
}

impl Content for Sequence {
    fn write(&self, into: &mut Element) {
        into.text = self.to_string();
    }

    fn read(element: Element, name: &'static str) -> Result<Self, Corrupt> {
        let number = u64::read(element, name)?;
        Self::new(number).map_err(|_| Corrupt::Value(name))
    }
}

/// Bytes in base64 (XML Schema part 2, 3.2.16): the CBOR encoding of an event, an entry or a map.
#[derive(Debug, Clone)]
pub(crate) struct Bytes(pub(crate) Vec<u8>);

impl Content for Bytes {
    fn write(&self, into: &mut Element) {
        into.text = STANDARD.encode(&self.0);
    }

    fn read(element: Element, name: &'static str) -> Result<Self, Corrupt> {
        let bytes = STANDARD.decode(text(element, name)?);
        bytes.map(Self).map_err(|_| Corrupt::Value(name))
    }
}

/// A text that nobody else may see.
#[derive(Clone)]
pub(crate) struct Secret(pub(crate) Zeroizing<String>);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl Content for Secret {
    fn write(&self, into: &mut Element) {
        into.text.clone_from(&self.0);
    }

    fn read(element: Element, name: &'static str) -> Result<Self, Corrupt> {
        Ok(Self(Zeroizing::new(text(element, name)?)))
    }
}

/// The session that a package belongs to at the service broker: 1 to 256 letters, digits, `-`, `.`, `_` and `~`, and nothing
/// for the bank to read. The bank's answer has the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CustomerSession(String);

impl FromStr for CustomerSession {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fits =
            |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
        if (1..=256).contains(&text.len()) && text.bytes().all(fits) {
            Ok(Self(text.to_owned()))
        } else {
            Err("a customer session has 1 to 256 letters, digits, -, ., _ and ~")
        }
    }
}

impl fmt::Display for CustomerSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether the customer is authenticated: 1 or 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AuthenticationStatus(pub(crate) bool);

impl FromStr for AuthenticationStatus {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "1" => Ok(Self(true)),
            "0" => Ok(Self(false)),
            _ => Err("an authentication status is 1 or 0"),
        }
    }
}

impl fmt::Display for AuthenticationStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0 { "1" } else { "0" })
    }
}

texts!(AuthenticationStatus, CustomerSession, DateTime);

/// A moment (XML Schema part 2, 3.2.7), to the millisecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DateTime(pub(crate) Time);

const DAY_MS: u64 = 86_400_000;

impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (date, ms) = (BusinessDate::of_utc(self.0), self.0.ms() % DAY_MS);
        let (seconds, fraction) = (ms / 1_000, ms % 1_000);
        let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
        write!(
            f,
            "{date}T{hours:02}:{minutes:02}:{seconds:02}.{fraction:03}Z"
        )
    }
}

/// The text is not a moment of UTC since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotAMoment;

/// The number that these digits make, of at most `max`.
fn number(digits: &str, max: u64) -> Result<u64, NotAMoment> {
    let all = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let number = digits.parse().ok().filter(|number| all && *number <= max);
    number.ok_or(NotAMoment)
}

/// Days since 1970 (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": `days_from_civil`).
fn days(date: BusinessDate) -> Result<u64, NotAMoment> {
    let text = date.to_string();
    let (year, rest) = text.split_once('-').ok_or(NotAMoment)?;
    let (month, day) = rest.split_once('-').ok_or(NotAMoment)?;
    let (year, month, day) = (number(year, 9999)?, number(month, 12)?, number(day, 31)?);
    let year = if month > 2 {
        year
    } else {
        year.checked_sub(1).ok_or(NotAMoment)?
    };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = (year % 400) * 365 + (year % 400) / 4 - (year % 400) / 100 + day_of_year;
    let days = (year / 400) * 146_097 + day_of_era;
    days.checked_sub(719_468).ok_or(NotAMoment)
}

impl FromStr for DateTime {
    type Err = NotAMoment;

    /// Reads a moment of UTC, with `Z` or `+00:00`. What is beyond milliseconds is dropped.
    fn from_str(text: &str) -> Result<Self, NotAMoment> {
        let (date, time) = text.split_once('T').ok_or(NotAMoment)?;
        let date = date.parse().map_err(|_| NotAMoment)?;
        let time = time.strip_suffix('Z').or(time.strip_suffix("+00:00"));
        let time = time.ok_or(NotAMoment)?;
        let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
        let mut parts = time.split(':');
        let mut part = |max| {
            let digits = parts.next().filter(|digits| digits.len() == 2);
            number(digits.ok_or(NotAMoment)?, max)
        };
        let seconds = part(23)? * 3_600 + part(59)? * 60 + part(59)?;
        if parts.next().is_some() || fraction.len() > 9 {
            return Err(NotAMoment);
        }
        number(fraction, u64::MAX)?;
        let padded = format!("{fraction:0<3}");
        let milliseconds = number(padded.get(..3).ok_or(NotAMoment)?, 999)?;
        let ms = days(date)? * DAY_MS + seconds * 1_000 + milliseconds;
        Ok(Self(Time::from_ms(ms)))
    }
}

#[cfg(test)]
mod tests {
    use super::{DateTime, Time};

    #[test]
    fn moments_are_read_as_they_are_written() {
        for ms in [
            0,
            951_782_400_000,
            1_790_000_000_123,
            4_107_542_399_999,
            253_402_300_799_999,
        ] {
            let moment = DateTime(Time::from_ms(ms));
            assert_eq!(moment.to_string().parse(), Ok(moment), "{moment}");
        }
        let moment: DateTime = "2000-02-29T00:00:00+00:00".parse().unwrap();
        assert_eq!(moment.to_string(), "2000-02-29T00:00:00.000Z");
        let moment: DateTime = "2026-12-01T01:02:03.45678Z".parse().unwrap();
        assert_eq!(moment.to_string(), "2026-12-01T01:02:03.456Z");
    }

    #[test]
    fn what_is_no_moment_of_utc_is_refused() {
        for text in [
            "",
            "2026-12-01",
            "2026-12-01T01:02:03",
            "2026-12-01T01:02:03+01:00",
            "2026-12-01T1:02:03Z",
            "2026-12-01T24:00:00Z",
            "2026-12-01T00:00:60Z",
            "2026-02-29T00:00:00Z",
            "2026-12-01T00:00:00.Z",
            "2026-12-01T00:00:00:00Z",
            "1969-12-31T23:59:59Z",
        ] {
            text.parse::<DateTime>().unwrap_err();
        }
    }
}
