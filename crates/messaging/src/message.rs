//! What the bank says in SMS and mail.

use std::fmt;
use types::{AccountId, Money};
use zeroize::Zeroizing;

const MINUTE_MS: u64 = 60_000;
const DAY_MS: u64 = 24 * 60 * MINUTE_MS;

/// A message, not yet in a language.
#[derive(Clone, PartialEq, Eq)]
pub enum Message {
    /// The one-time code of a login.
    LoginCode(Zeroizing<String>),
    /// Money moved on an account.
    Moved(Moved),
    /// Something that administrators have to look at.
    Alert(Alert),
}

/// Money that moved on a customer's account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// The account.
    pub account: AccountId,
    /// What moved: positive if it came in, negative if it went out.
    pub amount: Money,
}

/// An alert, in the words of who raises it. Control characters in it are shown as spaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// What happened, in a line.
    pub subject: String,
    /// Everything that is known; an SMS has the subject only.
    pub text: String,
}

impl Message {
    /// Whether it is sent in quiet hours, too: somebody waits for it, or has to act.
    #[must_use]
    pub const fn is_urgent(&self) -> bool {
        match self {
            Self::LoginCode(_) | Self::Alert(_) => true,
            Self::Moved(_) => false,
        }
    }

    /// How long it is of use, in milliseconds. Later it is not sent any more. A code is good for as long in ciam.
    #[must_use]
    pub const fn of_use_ms(&self) -> u64 {
        match self {
            Self::LoginCode(_) => 5 * MINUTE_MS,
            Self::Moved(_) => DAY_MS,
            Self::Alert(_) => 3 * DAY_MS,
        }
    }

    /// Its word in tables and logs.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::LoginCode(_) => "login_code",
            Self::Moved(_) => "moved",
            Self::Alert(_) => "alert",
        }
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Message({}, redacted)", self.as_str())
    }
}
