//! For whom the views are: language, clock, and how values are written for them.

use crate::browser;
use crate::model::Amount;
use crate::texts::{Language, Texts, local};
use leptos::prelude::*;
use types::{BusinessDate, Time};

/// The person before the screen. It is a context of all views.
#[derive(Clone, Copy)]
pub(super) struct Person {
    /// The language.
    pub(super) language: Language,
    /// Its texts.
    pub(super) texts: &'static Texts,
    ahead_of_utc_minutes: i32,
}

impl Person {
    pub(super) fn new(language: Language) -> Self {
        Self {
            language,
            texts: language.texts(),
            ahead_of_utc_minutes: browser::ahead_of_utc_minutes(),
        }
    }

    /// The person of the view that calls this.
    #[allow(clippy::expect_used, reason = "every view is inside the main view")]
    pub(super) fn here() -> Self {
        use_context().expect("the person is the context of every view")
    }

    /// The locale of orders and of the bank's words.
    pub(super) fn order_language(&self) -> String {
        self.language.of_orders().to_owned()
    }

    /// Today by the person's clock. Without a clock, as on the server, no day is today.
    fn today(&self) -> BusinessDate {
        self.date_of(Time::from_ms(browser::now_ms().unwrap_or_default()))
    }

    /// An amount in a sentence.
    pub(super) fn amount(&self, amount: Amount) -> String {
        self.texts.numbers.line(amount)
    }

    /// A moment: the time of day, and the day if it is not today.
    pub(super) fn moment(&self, time: Time) -> String {
        let local = local(time, self.ahead_of_utc_minutes);
        self.texts.dates.moment(local, self.today())
    }

    /// A moment with its full date.
    pub(super) fn full_moment(&self, time: Time) -> String {
        let (date, of_day) = local(time, self.ahead_of_utc_minutes);
        format!("{} {of_day}", self.texts.dates.long(date))
    }

    /// A day of a list.
    pub(super) fn day(&self, date: BusinessDate) -> String {
        self.texts.dates.day(date, self.today())
    }

    /// The person's day of a moment.
    pub(super) fn date_of(&self, time: Time) -> BusinessDate {
        local(time, self.ahead_of_utc_minutes).0
    }
}

/// Text from outside in a form that is safe to show.
pub(super) fn shown(text: &str) -> String {
    types::text::shown(text).into_owned()
}

/// A name inside of another text, where no element keeps it apart (Unicode Standard Annex 9, 2.4: isolates).
pub(super) fn apart(name: &str) -> String {
    format!("\u{2068}{name}\u{2069}")
}
