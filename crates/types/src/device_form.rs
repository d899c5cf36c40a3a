//! What sort of an app a device is.

use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// What sort of an app a device is. It is fixed at the enrolment, and decides with which key a device signs orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeviceForm {
    /// An installed app, whose approval key signs orders.
    App,
    /// A browser, whose session key signs orders, with a passkey's assertion beside it.
    Browser,
}

/// A word that names no form of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the form of a device is `app` or `browser`")]
pub struct UnknownForm;

impl DeviceForm {
    /// The word as it travels.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::Browser => "browser",
        }
    }
}

impl FromStr for DeviceForm {
    type Err = UnknownForm;
    fn from_str(word: &str) -> Result<Self, UnknownForm> {
        [Self::App, Self::Browser]
            .into_iter()
            .find(|form| form.as_str() == word)
            .ok_or(UnknownForm)
    }
}

impl fmt::Display for DeviceForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
