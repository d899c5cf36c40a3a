//! The location of a database.

use crate::postgres::{Server, ServerUrl};
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The location of a service's database: an SQLite file, or a schema on a PostgreSQL server.
#[derive(Debug, Clone)]
pub enum Location {
    /// An SQLite file.
    File(PathBuf),
    /// A schema on a PostgreSQL server.
    Server(Server),
}

impl Location {
    /// The schema on the server, which is created when the database is opened. Its name consists of lower-case letters,
    /// digits and `_`.
    #[must_use]
    pub fn schema(url: &ServerUrl, schema: &str) -> Self {
        Self::Server(Server::new(url, schema))
    }

    /// Sets how long units wait for an unavailable server, instead of 30 seconds. A file is always available.
    #[must_use]
    pub fn waiting(self, patience: Duration) -> Self {
        match self {
            Self::Server(server) => Self::Server(server.waiting(patience)),
            file => file,
        }
    }
}

impl From<&Path> for Location {
    fn from(path: &Path) -> Self {
        Self::File(path.to_owned())
    }
}

impl From<PathBuf> for Location {
    fn from(path: PathBuf) -> Self {
        Self::File(path)
    }
}

impl From<&PathBuf> for Location {
    fn from(path: &PathBuf) -> Self {
        Self::File(path.clone())
    }
}

impl From<&Self> for Location {
    fn from(location: &Self) -> Self {
        location.clone()
    }
}

impl fmt::Display for Location {
    /// Omits user and password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Server(server) => server.fmt(f),
        }
    }
}
