//! Texts with a number, in the forms that a language has (CLDR's cardinal rules for whole numbers).

use super::{Numbers, fill};

/// The forms of a text with a whole number.
#[derive(Debug)]
pub(crate) enum Plural {
    /// One form, as in Thai.
    One(&'static str),
    /// For one, and for all others, as in English.
    Two([&'static str; 2]),
    /// For one, for two to four, and for all others, as in Czech.
    Three([&'static str; 3]),
}

/// What is counted.
#[derive(Debug)]
pub(crate) struct Plurals {
    pub(crate) entries: Plural,
    pub(crate) orders: Plural,
    pub(crate) minutes: Plural,
    pub(crate) hours: Plural,
}

impl Plural {
    /// The text for that many.
    pub(crate) fn of(&self, count: u64, numbers: &Numbers) -> String {
        let form = match (self, count) {
            (Self::One(form) | Self::Two([form, _]) | Self::Three([form, _, _]), 1) => form,
            (Self::One(form) | Self::Two([_, form]), _) => form,
            (Self::Three([_, form, _]), 2..=4) => form,
            (Self::Three([_, _, form]), _) => form,
        };
        fill(form, &[&numbers.grouped(count)])
    }
}

#[cfg(test)]
mod tests {
    use crate::texts::Language;

    #[test]
    fn each_language_has_its_forms() {
        let check = |count, expected: [&str; 3]| {
            let texts = Language::ALL.map(Language::texts);
            let counted = texts.map(|texts| texts.plurals.entries.of(count, &texts.numbers));
            assert_eq!(counted.map(|text| text.replace('\u{a0}', "_")), expected);
        };
        check(0, ["0 entries", "0 รายการ", "0 položek"]);
        check(1, ["1 entry", "1 รายการ", "1 položka"]);
        check(2, ["2 entries", "2 รายการ", "2 položky"]);
        check(4, ["4 entries", "4 รายการ", "4 položky"]);
        check(5, ["5 entries", "5 รายการ", "5 položek"]);
        check(22, ["22 entries", "22 รายการ", "22 položek"]);
        check(
            10_000,
            ["10,000 entries", "10,000 รายการ", "10_000 položek"],
        );
    }
}
