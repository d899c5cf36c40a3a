//! Time zones, which decide when a day begins.

use crate::{BusinessDate, Time};
use jiff::Timestamp;
use jiff::tz::{TimeZone as Zone, TimeZoneDatabase};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// The name is not in the IANA time zone database.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0:?} is not a time zone of the IANA database, such as Europe/Prague or UTC")]
pub struct TimeZoneError(String);

/// A zone of the IANA time zone database. The database is compiled in, so days begin at the same time on every machine.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeZone(Zone);

impl TimeZone {
    /// Coordinated universal time.
    pub const UTC: Self = Self(Zone::UTC);

    /// The day at `time` in this zone, up to the year 9999.
    #[must_use]
    pub fn date(&self, time: Time) -> BusinessDate {
        let date = self.0.to_datetime(timestamp(time)).date();
        let part = |part: i8| u8::try_from(part).unwrap_or_default();
        let year = u16::try_from(date.year()).unwrap_or_default();
        BusinessDate::new(year, part(date.month()), part(date.day()))
            .unwrap_or_else(|_| unreachable!("a day of a time zone exists"))
    }

    /// The hour of the day at `time`, 0 to 23, and the day of the week, 1, Monday, to 7.
    #[must_use]
    pub fn hour_and_weekday(&self, time: Time) -> (u8, u8) {
        let shown = self.0.to_datetime(timestamp(time));
        let part = |part: i8| u8::try_from(part).unwrap_or_default();
        let weekday = shown.weekday().to_monday_one_offset();
        (part(shown.hour()), part(weekday))
    }

    /// The minutes since midnight that clocks in this zone show at `time`.
    #[must_use]
    pub fn minute_of_day(&self, time: Time) -> u16 {
        let shown = self.0.to_datetime(timestamp(time)).time();
        let part = |part: i8| u16::try_from(part).unwrap_or_default();
        part(shown.hour()) * 60 + part(shown.minute())
    }

    /// When clocks in this zone next show so many minutes since midnight. If they are set past them that day, the moment at which
    /// they are set.
    #[must_use]
    pub fn next_at(&self, now: Time, minute_of_day: u16) -> Time {
        let part = |part: u16| i8::try_from(part).unwrap_or_default();
        let (hour, minute) = (part(minute_of_day / 60 % 24), part(minute_of_day % 60));
        let today = self.0.to_datetime(timestamp(now)).date();
        let on = |date: jiff::civil::Date| {
            let shown = self.0.to_ambiguous_timestamp(date.at(hour, minute, 0, 0));
            let time = shown
                .compatible()
                .map_or(i64::MAX, |time| time.as_millisecond());
            Time::from_ms(u64::try_from(time).unwrap_or_default())
        };
        match on(today) {
            later if later > now => later,
            _ => on(today.tomorrow().unwrap_or(today)),
        }
    }

    /// Its name, such as `Europe/Prague`.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }
}

/// The same time, up to the year 9999.
fn timestamp(time: Time) -> Timestamp {
    let ms = i64::try_from(time.ms()).ok();
    let time = ms.and_then(|ms| Timestamp::from_millisecond(ms).ok());
    time.unwrap_or(Timestamp::MAX)
}

impl FromStr for TimeZone {
    type Err = TimeZoneError;
    fn from_str(name: &str) -> Result<Self, TimeZoneError> {
        match TimeZoneDatabase::bundled().get(name) {
            Ok(zone) if zone.iana_name() == Some(name) => Ok(Self(zone)),
            _ => Err(TimeZoneError(name.to_owned())),
        }
    }
}

impl TryFrom<String> for TimeZone {
    type Error = TimeZoneError;
    fn try_from(name: String) -> Result<Self, TimeZoneError> {
        name.parse()
    }
}

impl From<TimeZone> for String {
    fn from(zone: TimeZone) -> String {
        zone.name().to_owned()
    }
}

impl fmt::Display for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
