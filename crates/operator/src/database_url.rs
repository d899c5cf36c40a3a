//! The configured URL of a PostgreSQL server.

use database::{ServerUrl, UrlError};
use serde::{Deserialize, Serialize};
use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

/// The URL as configured, valid or not. It may contain a password: it is never shown, and
/// the check of the configuration, which parses it, does not repeat it in errors.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    /// The server that it names.
    pub fn server(&self) -> Result<ServerUrl, UrlError> {
        self.0.parse()
    }

    /// The text as configured, for a file that nobody else can read.
    pub fn expose(&self) -> &str {
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

/// The location of the services' databases: files in the data directory if no server is named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Database {
    /// The server with the services' schemas.
    pub url: Option<DatabaseUrl>,
    /// The prefix of the schemas' names.
    pub schemas: String,
}

impl Default for Database {
    fn default() -> Self {
        Self {
            url: None,
            schemas: "passbook".into(),
        }
    }
}
