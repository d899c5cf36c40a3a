//! The app's words, by language.
//!
//! To add a language, copy `texts/en.rs`, translate it, and add the language to the list in [`languages`].

mod cs;
mod date;
mod en;
mod number;
mod plural;
mod th;
mod words;

use serde::{Deserialize, Serialize};
use words::{
    Account, AccountKinds, Approving, Common, Entry, Failures, Gone, Help, Home, Kinds, Nav,
    Operations, OrderKinds, Orders, Pay, Payees, Purposes, Reasons, Roles, Security, Settings,
    Statement, States, Status, Unlock, Unusual, Welcome,
};

#[cfg(not(target_family = "wasm"))]
use words::Plain;

pub(crate) use date::{Dates, local};
pub(crate) use number::{MINUS, NO_BREAK_SPACE, Numbers};
pub(crate) use plural::{Plural, Plurals};

/// Everything that the app says in a language.
#[derive(Debug)]
pub(crate) struct Texts {
    pub(crate) numbers: Numbers,
    pub(crate) dates: Dates,
    pub(crate) plurals: Plurals,
    pub(crate) common: Common,
    pub(crate) nav: Nav,
    pub(crate) status: Status,
    pub(crate) gone: Gone,
    pub(crate) welcome: Welcome,
    pub(crate) unlock: Unlock,
    pub(crate) home: Home,
    pub(crate) pay: Pay,
    pub(crate) orders: Orders,
    pub(crate) states: States,
    pub(crate) order_kinds: OrderKinds,
    pub(crate) operations: Operations,
    pub(crate) kinds: Kinds,
    pub(crate) purposes: Purposes,
    pub(crate) account_kinds: AccountKinds,
    pub(crate) roles: Roles,
    pub(crate) failures: Failures,
    pub(crate) account: Account,
    pub(crate) statement: Statement,
    pub(crate) entry: Entry,
    pub(crate) payees: Payees,
    pub(crate) security: Security,
    pub(crate) settings: Settings,
    pub(crate) help: Help,
    pub(crate) reasons: Reasons,
    pub(crate) approving: Approving,
    pub(crate) unusual: Unusual,
    /// What only the server says.
    #[cfg(not(target_family = "wasm"))]
    pub(crate) plain: Plain,
}

#[cfg(test)]
impl Texts {
    fn list(&self) -> Vec<(&'static str, &'static str)> {
        let mut all = Vec::new();
        self.common.list(&mut all);
        self.nav.list(&mut all);
        self.status.list(&mut all);
        self.gone.list(&mut all);
        self.welcome.list(&mut all);
        self.unlock.list(&mut all);
        self.home.list(&mut all);
        self.pay.list(&mut all);
        self.orders.list(&mut all);
        self.states.list(&mut all);
        self.order_kinds.list(&mut all);
        self.operations.list(&mut all);
        self.kinds.list(&mut all);
        self.purposes.list(&mut all);
        self.account_kinds.list(&mut all);
        self.roles.list(&mut all);
        self.failures.list(&mut all);
        self.account.list(&mut all);
        self.statement.list(&mut all);
        self.entry.list(&mut all);
        self.payees.list(&mut all);
        self.security.list(&mut all);
        self.settings.list(&mut all);
        self.help.list(&mut all);
        self.reasons.list(&mut all);
        self.approving.list(&mut all);
        self.unusual.list(&mut all);
        self.plain.list(&mut all);
        all
    }
}

macro_rules! languages {
    ($($language:ident = $code:literal, $name:literal, $order:literal, $texts:path;)+) => {
        /// A language of the app.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        pub enum Language {
            $(
                #[doc = $name]
                #[serde(rename = $code)]
                $language,
            )+
        }

        impl Language {
            /// All languages.
            pub const ALL: [Self; [$($code),+].len()] = [$(Self::$language),+];

            /// The language's tag (BCP 47).
            #[must_use]
            pub const fn tag(self) -> &'static str {
                match self {
                    $(Self::$language => $code,)+
                }
            }

            /// The language's own name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$language => $name,)+
                }
            }

            /// The locale in which orders are shown and signed: the order's formats have fewer languages.
            #[must_use]
            pub const fn of_orders(self) -> &'static str {
                match self {
                    $(Self::$language => $order,)+
                }
            }

            pub(crate) const fn texts(self) -> &'static Texts {
                match self {
                    $(Self::$language => &$texts,)+
                }
            }
        }
    };
}

languages! {
    English = "en", "English", "en", en::TEXTS;
    Thai = "th", "ไทย", "th", th::TEXTS;
    Czech = "cs", "Čeština", "en", cs::TEXTS;
}

impl Language {
    /// The first of a browser's languages that the app has; English if it has none.
    #[must_use]
    pub fn preferred<'a>(tags: impl IntoIterator<Item = &'a str>) -> Self {
        let mut tags = tags.into_iter();
        let known = tags.find_map(|tag| {
            let primary = tag.split(['-', '_']).next()?.to_ascii_lowercase();
            Self::ALL
                .into_iter()
                .find(|language| language.tag() == primary)
        });
        known.unwrap_or(Self::English)
    }
}

/// The text with the values in place of `{0}`, `{1}` and so on.
pub(crate) fn fill(text: &str, values: &[&str]) -> String {
    let mut filled = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let Some((number, after)) = after.split_once('}') else {
            break;
        };
        let value = number
            .parse()
            .ok()
            .and_then(|number: usize| values.get(number));
        filled.push_str(value.copied().unwrap_or_default());
        rest = after;
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(text: &str) -> Vec<&str> {
        let mut places: Vec<&str> = text
            .split('{')
            .skip(1)
            .filter_map(|part| part.split('}').next())
            .collect();
        places.sort_unstable();
        places
    }

    #[test]
    fn every_text_has_the_values_of_the_english_one() {
        let english = Language::English.texts().list();
        for language in Language::ALL {
            for ((name, text), (_, model)) in language.texts().list().into_iter().zip(&english) {
                assert!(!text.trim().is_empty(), "{language:?} {name}");
                assert_eq!(places(text), places(model), "{language:?} {name}");
            }
        }
    }

    #[test]
    fn a_translation_is_none_of_the_english_texts() {
        // What is the same in both languages: names and abbreviations.
        let same = ["Common.negative", "Pay.iban_number"];
        let english = Language::English.texts().list();
        for language in [Language::Thai, Language::Czech] {
            for ((name, text), (_, model)) in language.texts().list().into_iter().zip(&english) {
                assert!(
                    text != *model || same.contains(&name),
                    "{language:?} {name}: {text}"
                );
            }
        }
    }

    #[test]
    fn values_are_put_where_the_language_wants_them() {
        assert_eq!(fill("{1} of {0}", &["b", "a"]), "a of b");
        assert_eq!(fill("no values", &["a"]), "no values");
        assert_eq!(fill("{0}", &["{1}"]), "{1}");
    }

    #[test]
    fn the_browsers_first_known_language_is_taken() {
        assert_eq!(
            Language::preferred(["fr-FR", "th-TH", "en"]),
            Language::Thai
        );
        assert_eq!(Language::preferred(["CS"]), Language::Czech);
        assert_eq!(Language::preferred(["fr"]), Language::English);
        assert_eq!(Language::preferred([]), Language::English);
    }
}
