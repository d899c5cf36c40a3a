//! Hours in which people are not disturbed.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;
use types::{Time, TimeZone};

/// From when until when, each day, by the clock of the bank's time zone: `22:00-07:00`. They may go over midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct QuietHours {
    /// Minutes since midnight.
    from: u16,
    until: u16,
}

/// The text is not `HH:MM-HH:MM` with two different times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("quiet hours are such as 22:00-07:00")]
pub struct QuietHoursError;

impl QuietHours {
    /// When they end, if they are at `now`.
    #[must_use]
    pub fn end(&self, now: Time, zone: &TimeZone) -> Option<Time> {
        let minute = zone.minute_of_day(now);
        let is_quiet = match self.from < self.until {
            true => (self.from..self.until).contains(&minute),
            false => minute >= self.from || minute < self.until,
        };
        is_quiet.then(|| zone.next_at(now, self.until))
    }
}

impl FromStr for QuietHours {
    type Err = QuietHoursError;
    fn from_str(text: &str) -> Result<Self, QuietHoursError> {
        let (from, until) = text.split_once('-').ok_or(QuietHoursError)?;
        let (from, until) = (minute(from)?, minute(until)?);
        (from != until)
            .then_some(Self { from, until })
            .ok_or(QuietHoursError)
    }
}

/// `HH:MM` in minutes since midnight.
fn minute(text: &str) -> Result<u16, QuietHoursError> {
    let (hour, minute) = text.split_once(':').ok_or(QuietHoursError)?;
    let number = |text: &str, below: u16| -> Result<u16, QuietHoursError> {
        let is_number = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        let number: Option<u16> = text.parse().ok().filter(|_| is_number);
        number
            .filter(|number| *number < below)
            .ok_or(QuietHoursError)
    };
    Ok(number(hour, 24)? * 60 + number(minute, 60)?)
}

impl fmt::Display for QuietHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, until } = self;
        write!(
            f,
            "{:02}:{:02}-{:02}:{:02}",
            from / 60,
            from % 60,
            until / 60,
            until % 60
        )
    }
}

impl TryFrom<String> for QuietHours {
    type Error = QuietHoursError;
    fn try_from(text: String) -> Result<Self, QuietHoursError> {
        text.parse()
    }
}

impl From<QuietHours> for String {
    fn from(hours: QuietHours) -> String {
        hours.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-03-29 in Prague: at 02:00 (01:00 UTC) the clocks go to 03:00.
    const MIDNIGHT_UTC: u64 = 1_774_742_400_000;
    const HOUR_MS: u64 = 3_600_000;

    #[test]
    fn they_end_when_the_clock_says_so() {
        let prague: TimeZone = "Europe/Prague".parse().unwrap();
        let check = |hours: &str, at: u64, end: Option<u64>| {
            let hours: QuietHours = hours.parse().unwrap();
            let time = |hour: u64| Time::from_ms(MIDNIGHT_UTC + hour * HOUR_MS);
            assert_eq!(
                hours.end(time(at), &prague),
                end.map(time),
                "{hours} at {at}"
            );
        };
        // 00 UTC is 01:00 there; 05 UTC is 07:00, because an hour is left out.
        check("22:00-07:00", 0, Some(5));
        check("22:00-07:00", 5, None);
        check("22:00-07:00", 19, None);
        check("22:00-07:00", 20, Some(29));
        check("12:00-14:00", 9, None);
        check("12:00-14:00", 10, Some(12));
        check("12:00-14:00", 12, None);
    }

    #[test]
    fn they_are_read_as_they_are_shown() {
        for good in ["22:00-07:00", "00:00-23:59"] {
            assert_eq!(good.parse::<QuietHours>().unwrap().to_string(), good);
        }
        for wrong in [
            "",
            "22-07",
            "22:00",
            "24:00-07:00",
            "22:60-07:00",
            "7:00-9:00",
            "07:00-07:00",
            "+7:00-09:00",
        ] {
            assert_eq!(wrong.parse::<QuietHours>(), Err(QuietHoursError), "{wrong}");
        }
    }
}
