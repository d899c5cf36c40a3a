//! Keeps one connection across restarts of the server.

use super::server::Server;
use super::session::Session;
use crate::DatabaseError;
use std::time::Duration;
use tokio::time::Instant;

/// Pause between two attempts to connect.
const PAUSE: Duration = Duration::from_millis(100);

/// A connection that is made on demand, and again after it was lost.
pub(super) struct Connector {
    server: Server,
    /// The commands that each connection executes first.
    settings: &'static str,
    session: Option<Session>,
    away_since: Option<Instant>,
}

impl Connector {
    pub(super) const fn new(server: Server, settings: &'static str) -> Self {
        Self {
            server,
            settings,
            session: None,
            away_since: None,
        }
    }

    /// The connection. Waits for an unavailable server, up to the configured time.
    pub(super) async fn session(&mut self) -> Result<Session, DatabaseError> {
        if let Some(session) = self.session.take().filter(|session| !session.is_closed()) {
            return Ok(session);
        }
        loop {
            let failure = match self.connect().await {
                Ok(session) => {
                    self.away_since = None;
                    return Ok(session);
                }
                Err(failure) => failure,
            };
            let since = *self.away_since.get_or_insert_with(|| {
                tracing::error!(error = %failure, database = %self.server, "the database is unavailable");
                Instant::now()
            });
            let passes = matches!(failure, DatabaseError::Unavailable { .. });
            if !passes || since.elapsed() >= self.server.patience() {
                return Err(failure);
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn connect(&self) -> Result<Session, DatabaseError> {
        let connected = self.server.connect().await;
        let session = connected.map_err(|error| self.server.unreachable(error))?;
        session.command(self.settings).await?;
        Ok(session)
    }

    /// Stores the connection for the next use, without an open transaction.
    pub(super) fn keep(&mut self, session: Session) {
        self.session = Some(session);
    }
}
