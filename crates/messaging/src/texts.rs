//! The words of messages, by language. To add a language, copy `texts/en.rs`, translate it, and add the language to [`Language`].

mod en;
mod th;

use serde::{Deserialize, Serialize};

/// The language of a message.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Thai.
    Th,
}

/// Everything that messages say in a language. A text that is missing does not compile.
pub(crate) struct Texts {
    pub(crate) login_code_subject: &'static str,
    pub(crate) login_code: fn(code: &str) -> String,
    pub(crate) moved_subject: &'static str,
    /// The amount without its sign; the account, if it may be named.
    pub(crate) came_in: fn(amount: &str, account: Option<&str>) -> String,
    pub(crate) went_out: fn(amount: &str, account: Option<&str>) -> String,
}

impl Language {
    pub(crate) const fn texts(self) -> &'static Texts {
        match self {
            Self::En => &en::TEXTS,
            Self::Th => &th::TEXTS,
        }
    }
}
