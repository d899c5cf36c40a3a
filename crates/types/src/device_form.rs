//! The form of a device: an installed app or a browser.

use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// The form of a device. It is fixed at enrolment. It decides which key signs the device's orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeviceForm {
    /// An installed app. Its approval key signs orders.
    App,
    /// A browser. Its session key signs orders, together with a passkey's assertion.
    Browser,
}

/// The word is not a form of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the form of a device must be `app` or `browser`")]
pub struct UnknownForm;

impl DeviceForm {
    /// The word as it is sent.
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
