//! The languages in which an order is shown and approved.

use crate::OrderError;
use crate::words::closed_words;

closed_words!(
    /// A language of the shown text.
    Locale, OrderError::UnknownLocale, {
        /// English.
        En = "en",
        /// Thai.
        Th = "th",
    }
);

impl Locale {
    /// The text of this language.
    pub(crate) const fn pick(self, english: &'static str, thai: &'static str) -> &'static str {
        match self {
            Self::En => english,
            Self::Th => thai,
        }
    }
}
