//! The bank's days: when they begin, which are business days, and when clearing closes.

use crate::ahead::END;
use std::collections::BTreeSet;
use types::{BusinessDate, Time, TimeZone};

const HOUR_MS: u64 = 3_600_000;
const DAY_MS: u64 = 24 * HOUR_MS;

/// Orders to other banks that are placed within this time from the day's beginning go out on the same day.
const CUT_OFF_MS: u64 = 15 * HOUR_MS;

/// The bank's calendar.
#[derive(Debug, Clone)]
pub(crate) struct Calendar {
    pub(crate) time_zone: TimeZone,
    pub(crate) holidays: BTreeSet<BusinessDate>,
}

impl Calendar {
    /// The day at `time`.
    pub(crate) fn date(&self, time: Time) -> BusinessDate {
        self.time_zone.date(time)
    }

    /// The moment at which a day begins.
    pub(crate) fn start(&self, date: BusinessDate) -> Time {
        first(|time| self.date(time) >= date)
    }

    /// Whether banks clear on this day: not on Saturdays, Sundays and holidays.
    pub(crate) fn is_business_day(&self, date: BusinessDate) -> bool {
        let days = first(|time| BusinessDate::of_utc(time) >= date).ms() / DAY_MS;
        // 1970-01-01 was a Thursday.
        let is_weekend = matches!((days + 3) % 7, 5 | 6);
        !is_weekend && !self.holidays.contains(&date)
    }

    /// This day, or the first business day after it.
    pub(crate) fn business_day(&self, mut date: BusinessDate) -> BusinessDate {
        while !self.is_business_day(date)
            && let Some(next) = date.plus_days(1)
        {
            date = next;
        }
        date
    }

    /// The business day that comes so many business days after a day.
    pub(crate) fn business_days_after(&self, mut date: BusinessDate, days: u32) -> BusinessDate {
        for _ in 0..days {
            date = self.business_day(date.plus_days(1).unwrap_or(date));
        }
        date
    }

    /// When clearing closes next, at `time` or later.
    pub(crate) fn cut_off(&self, time: Time) -> Time {
        let today = self.business_day(self.date(time));
        let closes = |date| self.start(date).plus_ms(CUT_OFF_MS);
        if time <= closes(today) {
            closes(today)
        } else {
            closes(self.business_days_after(today, 1))
        }
    }
}

/// The first moment at which something holds that never ends.
fn first(holds: impl Fn(Time) -> bool) -> Time {
    let (mut from, mut to) = (0, END.ms());
    while from < to {
        let middle = from + (to - from) / 2;
        if holds(Time::from_ms(middle)) {
            to = middle;
        } else {
            from = middle + 1;
        }
    }
    Time::from_ms(from)
}

#[cfg(test)]
mod tests {
    use super::Calendar;
    use types::{BusinessDate, Time};

    fn calendar() -> Calendar {
        Calendar {
            time_zone: "Europe/Prague".parse().unwrap(),
            holidays: [date("2026-12-24"), date("2026-12-25")].into(),
        }
    }

    fn date(text: &str) -> BusinessDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_day_begins_in_the_banks_zone() {
        let start = calendar().start(date("2026-07-01"));
        assert_eq!(start, Time::from_ms(1_782_856_800_000));
        assert_eq!(calendar().date(start), date("2026-07-01"));
        assert_eq!(calendar().date(start.minus_ms(1)), date("2026-06-30"));
    }

    #[test]
    fn weekends_and_holidays_move_to_the_next_business_day() {
        let check = |from: &str, to: &str| {
            assert_eq!(calendar().business_day(date(from)), date(to), "{from}");
        };
        check("2026-11-27", "2026-11-27");
        check("2026-11-28", "2026-11-30");
        check("2026-11-29", "2026-11-30");
        check("2026-12-24", "2026-12-28");
        let after = |from, days| calendar().business_days_after(date(from), days);
        assert_eq!(after("2026-12-23", 1), date("2026-12-28"));
        assert_eq!(after("2026-11-27", 2), date("2026-12-01"));
    }

    #[test]
    fn after_the_cut_off_clearing_is_the_next_business_day() {
        let calendar = calendar();
        let closes = |day| calendar.start(date(day)).plus_ms(15 * 3_600_000);
        let friday = closes("2026-11-27");
        assert_eq!(calendar.cut_off(friday), friday);
        assert_eq!(calendar.cut_off(friday.plus_ms(1)), closes("2026-11-30"));
        assert_eq!(calendar.cut_off(friday.minus_ms(1)), friday);
    }
}
