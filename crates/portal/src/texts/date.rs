//! Dates and times as a language writes them.

use types::{BusinessDate, Time};

/// How a language writes dates.
#[derive(Debug)]
pub(crate) struct Dates {
    /// The months inside a date.
    pub(crate) months: [&'static str; 12],
    /// The months by themselves, as in a heading.
    pub(crate) months_alone: [&'static str; 12],
    /// The months where there is little room.
    pub(crate) months_short: [&'static str; 12],
    /// Between a day and its month.
    pub(crate) after_day: &'static str,
    /// Between a short month and its year.
    pub(crate) after_month: &'static str,
    /// How many years the language's era began before the common one.
    pub(crate) era_years: u16,
    /// The era's name in a long date, with a space after it.
    pub(crate) era: &'static str,
    /// The words for the day itself and the one before it.
    pub(crate) today: &'static str,
    /// The day before today.
    pub(crate) yesterday: &'static str,
}

/// A day in its numbers.
struct Parts {
    year: u16,
    month: usize,
    day: u8,
}

fn parts(date: BusinessDate) -> Parts {
    let text = date.to_string();
    let part = |range: std::ops::Range<usize>| text.get(range).unwrap_or_default();
    Parts {
        year: part(0..4).parse().unwrap_or_default(),
        month: part(5..7).parse().unwrap_or(1),
        day: part(8..10).parse().unwrap_or_default(),
    }
}

fn name(names: &[&'static str; 12], month: usize) -> &'static str {
    let name = names.get(month.wrapping_sub(1));
    name.copied().unwrap_or_default()
}

/// A moment by the person's clock: the day, and the time of day.
#[must_use]
pub(crate) fn local(time: Time, ahead_of_utc_minutes: i32) -> (BusinessDate, String) {
    let shift_ms = u64::from(ahead_of_utc_minutes.unsigned_abs()) * 60_000;
    let shifted = match ahead_of_utc_minutes < 0 {
        true => time.minus_ms(shift_ms),
        false => time.plus_ms(shift_ms),
    };
    let minutes = shifted.seconds() % 86_400 / 60;
    let of_day = format!("{:02}:{:02}", minutes / 60, minutes % 60);
    (BusinessDate::of_utc(shifted), of_day)
}

impl Dates {
    /// Such as `30 November 2026`.
    pub(crate) fn long(&self, date: BusinessDate) -> String {
        let Parts { year, month, day } = parts(date);
        let (between, era, year) = (self.after_day, self.era, year + self.era_years);
        format!("{day}{between}{} {era}{year}", name(&self.months, month))
    }

    /// Such as `30 Nov`, with the year if it is another year than today's.
    pub(crate) fn short(&self, date: BusinessDate, today: BusinessDate) -> String {
        let Parts { year, month, day } = parts(date);
        let name = name(&self.months_short, month);
        let short = format!("{day}{}{name}", self.after_day);
        if year == parts(today).year {
            return short;
        }
        format!("{short}{}{}", self.after_month, year + self.era_years)
    }

    /// A day of a list: today, yesterday, or the date.
    pub(crate) fn day(&self, date: BusinessDate, today: BusinessDate) -> String {
        if date == today {
            self.today.to_owned()
        } else if date.plus_days(1) == Some(today) {
            self.yesterday.to_owned()
        } else {
            self.short(date, today)
        }
    }

    /// A moment: the time of day, and the day if it is not today.
    pub(crate) fn moment(
        &self,
        (date, of_day): (BusinessDate, String),
        today: BusinessDate,
    ) -> String {
        match date == today {
            true => of_day,
            false => format!("{} {of_day}", self.day(date, today)),
        }
    }

    /// Such as `November 2026`.
    pub(crate) fn month(&self, date: BusinessDate) -> String {
        let Parts { year, month, .. } = parts(date);
        let name = name(&self.months_alone, month);
        format!("{name} {}", year + self.era_years)
    }

    /// Such as `Nov`.
    pub(crate) fn month_short(&self, date: BusinessDate) -> &'static str {
        name(&self.months_short, parts(date).month)
    }
}

#[cfg(test)]
mod tests {
    use super::local;
    use crate::texts::Language;
    use types::Time;

    #[test]
    fn dates_are_written_as_the_language_has_it() {
        let today = "2026-11-30".parse().unwrap();
        let check = |date: &str, expected: [[&str; 4]; 3]| {
            let date = date.parse().unwrap();
            for (language, expected) in Language::ALL.into_iter().zip(expected) {
                let dates = &language.texts().dates;
                let written = [
                    dates.long(date),
                    dates.short(date, today),
                    dates.day(date, today),
                    dates.month(date),
                ];
                assert_eq!(written.map(|text| text.replace('\u{a0}', "_")), expected);
            }
        };
        check(
            "2026-11-30",
            [
                ["30 November 2026", "30 Nov", "Today", "November 2026"],
                ["30 พฤศจิกายน พ.ศ. 2569", "30 พ.ย.", "วันนี้", "พฤศจิกายน 2569"],
                ["30._listopadu 2026", "30._11.", "Dnes", "Listopad 2026"],
            ],
        );
        check(
            "2026-11-29",
            [
                ["29 November 2026", "29 Nov", "Yesterday", "November 2026"],
                [
                    "29 พฤศจิกายน พ.ศ. 2569",
                    "29 พ.ย.",
                    "เมื่อวาน",
                    "พฤศจิกายน 2569",
                ],
                ["29._listopadu 2026", "29._11.", "Včera", "Listopad 2026"],
            ],
        );
        check(
            "2025-01-02",
            [
                ["2 January 2025", "2 Jan 2025", "2 Jan 2025", "January 2025"],
                [
                    "2 มกราคม พ.ศ. 2568",
                    "2 ม.ค. 2568",
                    "2 ม.ค. 2568",
                    "มกราคม 2568",
                ],
                ["2._ledna 2025", "2._1._2025", "2._1._2025", "Leden 2025"],
            ],
        );
    }

    #[test]
    fn a_moment_is_of_the_persons_day() {
        // 2026-11-30T23:30:00Z
        let time = Time::from_ms(1_796_081_400_000);
        let check = |minutes, day: &str, of_day: &str| {
            assert_eq!(
                local(time, minutes),
                (day.parse().unwrap(), of_day.to_owned())
            );
        };
        check(0, "2026-11-30", "23:30");
        check(60, "2026-12-01", "00:30");
        check(7 * 60, "2026-12-01", "06:30");
        check(-210, "2026-11-30", "20:00");
        check(5 * 60 + 45, "2026-12-01", "05:15");
    }
}
