//! The plain pages: the app's views rendered on the server, for browsers without scripts and for the simplest phones.
//!
//! A person logs in with a password and a code, sees accounts, balances and newest entries, and each account's entries by page.
//! Nothing can be ordered there.

use crate::model::{Account, Entry, Home};
use crate::texts::Language;
use crate::views;
use protocol::http::CodeBy;

pub use crate::route::PLAIN;

/// A plain page.
#[derive(Debug, Clone)]
pub struct PlainPage {
    /// The language.
    pub language: Language,
    /// The address of the style sheet; nothing if the bank's app has none.
    pub style: Option<String>,
    /// What each form of this page sends back, so that no other page can send one.
    pub form_token: String,
    /// What it shows.
    pub content: Content,
}

/// What a plain page shows.
#[derive(Debug, Clone)]
pub enum Content {
    /// The form of the login.
    LogIn(LogIn),
    /// The accounts and the newest entries.
    Home(Home),
    /// An account with some of its entries.
    Account(Box<AccountPage>),
    /// The bank does not answer.
    Unavailable,
}

/// The form of the login.
#[derive(Debug, Clone, Default)]
pub struct LogIn {
    /// The customer number that was typed before.
    pub customer: String,
    /// What became of what was sent before.
    pub said: Option<Said>,
    /// How the bank sends codes.
    pub codes_by: Vec<CodeBy>,
}

/// What became of a login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// Customer number, password or code is wrong.
    Refused,
    /// Logins are judged again after so many minutes.
    Locked(u64),
    /// A code was sent, if the password was right.
    Sent,
    /// There is no session, or none any more.
    Ended,
    /// People log in elsewhere.
    Elsewhere,
}

/// An account with some of its entries.
#[derive(Debug, Clone)]
pub struct AccountPage {
    /// Its ordinal in the list of accounts, from 1.
    pub ordinal: usize,
    /// The account.
    pub account: Account,
    /// The entries, newest first.
    pub entries: Vec<Entry>,
    /// The number of the transaction before which older ones are. `None` if there are none.
    pub older: Option<u64>,
    /// Whether there are newer ones.
    pub has_newer: bool,
}

impl PlainPage {
    /// The page as HTML.
    #[must_use]
    pub fn html(&self) -> String {
        views::plain::document(self)
    }
}
