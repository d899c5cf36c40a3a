//! The bank and its units of work.

use crate::BankError;
use crate::ahead::Ahead;
use crate::calendar::Calendar;
use database::{Database, Location, Migration, Transaction};
use std::collections::BTreeSet;
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
    Migration {
        version: 3,
        name: "events of customers",
        sql: include_str!("customer_events.sql"),
        postgres: Some(include_str!("customer_events.postgres.sql")),
    },
    Migration {
        version: 4,
        name: "orders",
        sql: include_str!("orders.sql"),
        postgres: Some(include_str!("orders.postgres.sql")),
    },
    Migration {
        version: 5,
        name: "the bank's clock",
        sql: include_str!("clock.sql"),
        postgres: None,
    },
    Migration {
        version: 6,
        name: "fees",
        sql: include_str!("fees.sql"),
        postgres: Some(include_str!("fees.postgres.sql")),
    },
    Migration {
        version: 7,
        name: "stopped customers",
        sql: include_str!("stops.sql"),
        postgres: Some(include_str!("stops.postgres.sql")),
    },
];

/// A core bank in one database. Cheap to clone.
#[derive(Clone)]
pub struct SandboxBank {
    pub(crate) database: Database,
    /// The bank's own clock: that of the servers, moved forward by the operator.
    pub(crate) clock: Clock,
    pub(crate) servers_clock: Clock,
    pub(crate) ahead: Ahead,
    pub(crate) calendar: Arc<Calendar>,
    /// Notified when a step of an order may be due earlier than before; the executor waits for it.
    pub(crate) due: Arc<Notify>,
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
    pub fn open(location: impl Into<Location>, servers_clock: Clock) -> Result<Self, BankError> {
        let ahead = Ahead::default();
        Ok(Self {
            database: Database::open(location, MIGRATIONS)?,
            clock: ahead.of(servers_clock.clone()),
            servers_clock,
            ahead,
            calendar: Arc::new(Calendar {
                time_zone: TimeZone::UTC,
                holidays: BTreeSet::new(),
            }),
            due: Arc::new(Notify::new()),
            committed: Arc::new(Notify::new()),
        })
    }

    /// Sets the time zone that decides when the bank's days begin. The default is UTC.
    #[must_use]
    pub fn in_time_zone(self, time_zone: TimeZone) -> Self {
        let holidays = self.calendar.holidays.clone();
        self.with(Calendar {
            time_zone,
            holidays,
        })
    }

    /// Sets the bank holidays. The default is none but Saturdays and Sundays.
    #[must_use]
    pub fn with_holidays(self, holidays: BTreeSet<BusinessDate>) -> Self {
        let time_zone = self.calendar.time_zone.clone();
        self.with(Calendar {
            time_zone,
            holidays,
        })
    }

    fn with(self, calendar: Calendar) -> Self {
        let calendar = Arc::new(calendar);
        Self { calendar, ..self }
    }

    /// The bank's business date at `time`.
    pub(crate) fn date(&self, time: Time) -> BusinessDate {
        self.calendar.date(time)
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
