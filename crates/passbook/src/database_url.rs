//! The configured URL of a PostgreSQL server.

use database::{ServerUrl, UrlError};
use serde::{Deserialize, Serialize};
use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

/// The URL as configured, valid or not. It may contain a password: it is never shown, and
/// [`Config::check`](crate::config::Config::check), which parses it, does not repeat it in errors.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct DatabaseUrl(String);

impl DatabaseUrl {
    /// The server that it names.
    pub(crate) fn server(&self) -> Result<ServerUrl, UrlError> {
        self.0.parse()
    }

    /// The text as configured, for a file that nobody else can read.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl FromStr for DatabaseUrl {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DatabaseUrl(..)")
    }
}
