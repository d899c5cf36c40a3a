//! A PostgreSQL server and a schema on it.

use super::failure::{Meaning, cause_of, meaning_of};
use super::session::Session;
use crate::DatabaseError;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::{Config, NoTls};

/// How long units wait for an unavailable server before they are refused.
const PATIENCE: Duration = Duration::from_secs(30);

/// Timeout of one attempt to connect, and of unacknowledged bytes on a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const UNACKNOWLEDGED_TIMEOUT: Duration = Duration::from_secs(20);

/// The address of a PostgreSQL server: `postgres://user:password@host/database`, or with a socket's directory
/// `postgres:///database?host=/run/postgresql`. It may contain a password. `Debug` and `Display` show neither password
/// nor user.
#[derive(Clone)]
pub struct ServerUrl(Arc<Config>);

/// Why a text is not a server's address. It does not contain the text, which may contain a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum UrlError {
    /// The text cannot be parsed.
    #[error(
        "the URL of the database cannot be parsed: expected postgres://USER:PASSWORD@HOST/DATABASE"
    )]
    Malformed,
    /// The text names no server.
    #[error(
        "the URL of the database names no host: add one, or ?host=DIRECTORY of the server's socket"
    )]
    NoHost,
    /// The connection would be unencrypted over a network.
    #[error(
        "connections to PostgreSQL are not encrypted here, so that the host must be a socket's directory or a loopback \
         address; where the network to it is trusted, add ?sslmode=disable"
    )]
    InTheClear,
}

impl FromStr for ServerUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        if !text.starts_with("postgres://") && !text.starts_with("postgresql://") {
            return Err(UrlError::Malformed);
        }
        let mut config: Config = text.parse().map_err(|_| UrlError::Malformed)?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(UrlError::NoHost);
        }
        if config.get_ssl_mode() != SslMode::Disable && !is_local(&config) {
            return Err(UrlError::InTheClear);
        }
        config
            .ssl_mode(SslMode::Disable)
            .application_name("passbook")
            .connect_timeout(CONNECT_TIMEOUT)
            .tcp_user_timeout(UNACKNOWLEDGED_TIMEOUT);
        Ok(Self(Arc::new(config)))
    }
}

fn is_local(config: &Config) -> bool {
    config.get_hosts().iter().all(|host| match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => {
            name == "localhost" || name.parse::<IpAddr>().is_ok_and(|at| at.is_loopback())
        }
    }) && config.get_hostaddrs().iter().all(IpAddr::is_loopback)
}

impl fmt::Display for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hosts = self.0.get_hosts().iter().map(|host| match host {
            Host::Unix(path) => path.display().to_string(),
            Host::Tcp(name) => name.clone(),
        });
        let hosts: Vec<_> = hosts.collect();
        let database = self.0.get_dbname().unwrap_or_default();
        write!(
            f,
            "PostgreSQL at {}, database {database:?}",
            hosts.join(", ")
        )
    }
}

impl fmt::Debug for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ServerUrl({self})")
    }
}

/// A schema on a PostgreSQL server.
#[derive(Debug, Clone)]
pub struct Server {
    url: ServerUrl,
    schema: String,
    patience: Duration,
}

impl Server {
    pub(crate) fn new(url: &ServerUrl, schema: &str) -> Self {
        Self {
            url: url.clone(),
            schema: schema.to_owned(),
            patience: PATIENCE,
        }
    }

    pub(crate) const fn waiting(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    pub(super) const fn patience(&self) -> Duration {
        self.patience
    }

    pub(super) fn schema(&self) -> &str {
        &self.schema
    }

    /// Makes a connection to the schema, inside a runtime.
    pub(super) async fn connect(&self) -> Result<Session, ConnectError> {
        let (client, connection) = self.url.0.connect(NoTls).await?;
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::warn!(error = %cause_of(error), "a connection to PostgreSQL ended");
            }
        });
        let session = Session::new(client);
        let settings = format!(
            "SET search_path TO {}; SET client_min_messages TO warning;
             SET idle_in_transaction_session_timeout TO '60s';
             SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'",
            self.schema
        );
        session.client().batch_execute(&settings).await?;
        Ok(session)
    }

    /// The error of a failed connection.
    pub(super) fn unreachable(&self, error: ConnectError) -> DatabaseError {
        if error.passes() {
            return DatabaseError::Unavailable {
                cause: cause_of(error.0),
            };
        }
        DatabaseError::Open {
            database: self.to_string(),
            cause: cause_of(error.0),
        }
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, schema {}", self.url, self.schema)
    }
}

/// Why a connection failed.
pub(super) struct ConnectError(tokio_postgres::Error);

impl From<tokio_postgres::Error> for ConnectError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self(error)
    }
}

impl ConnectError {
    /// Whether a later retry may succeed.
    pub(super) fn passes(&self) -> bool {
        meaning_of(&self.0) == Meaning::Away
    }
}
