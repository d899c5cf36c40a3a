//! The bank and its units of work.

use crate::BankError;
use database::{Database, Location, Migration, Transaction};
use std::fmt;
use std::sync::Arc;
use tokio::sync::Notify;
use types::{BusinessDate, Clock, Time, TimeZone};

const MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        name: "customers, accounts, books, events",
        sql: include_str!("schema.sql"),
        postgres: Some(include_str!("schema.postgres.sql")),
    },
    Migration {
        version: 2,
        name: "incarnation",
        sql: include_str!("incarnation.sql"),
        // In the first already: PostgreSQL came with this version.
        postgres: Some(""),
    },
];

/// A core bank in one database. Cheap to clone.
#[derive(Clone)]
pub struct SandboxBank {
    pub(crate) database: Database,
    pub(crate) clock: Clock,
    time_zone: TimeZone,
    /// Notified after each commit; the relay waits for it.
    pub(crate) committed: Arc<Notify>,
}

impl fmt::Debug for SandboxBank {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SandboxBank").finish_non_exhaustive()
    }
}

/// Wakes the relay when dropped. It is part of the unit of work's result, so it is dropped after the commit, even if
/// the caller no longer waits.
struct WakeRelay(Arc<Notify>);

impl Drop for WakeRelay {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

impl SandboxBank {
    /// Opens the bank's database. Creates it on first use.
    pub fn open(location: impl Into<Location>, clock: Clock) -> Result<Self, BankError> {
        Ok(Self {
            database: Database::open(location, MIGRATIONS)?,
            clock,
            time_zone: TimeZone::UTC,
            committed: Arc::new(Notify::new()),
        })
    }

    /// Sets the time zone that decides when the bank's days begin. The default is UTC.
    #[must_use]
    pub fn in_time_zone(self, time_zone: TimeZone) -> Self {
        Self { time_zone, ..self }
    }

    /// The bank's business date at `time`.
    pub(crate) fn date(&self, time: Time) -> BusinessDate {
        self.time_zone.date(time)
    }

    /// Closes the database after earlier units of work are done. A file is then complete, without a write-ahead log.
    pub async fn close(&self) {
        self.database.close().await;
    }

    /// What the database has to do.
    #[must_use]
    pub fn database_load(&self) -> database::Load {
        self.database.load()
    }

    /// Waits until the database has stopped. It stops only when its disk fails; then the process should end.
    pub async fn stopped(&self) {
        self.database.stopped().await;
    }

    /// Runs a unit of work that may add events, and wakes the relay when it is durable.
    pub(crate) async fn commit<T, F>(&self, work: F) -> Result<T, BankError>
    where
        F: AsyncFn(&mut Transaction<'_>) -> Result<T, BankError> + Send + 'static,
        T: Send + 'static,
    {
        let committed = self.committed.clone();
        let (value, wake) = self
            .database
            .write(async move |tx: &mut Transaction<'_>| {
                Ok::<_, BankError>((work(tx).await?, WakeRelay(committed.clone())))
            })
            .await?;
        drop(wake);
        Ok(value)
    }
}
