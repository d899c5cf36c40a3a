//! The stack and its shared state.

use crate::alerting::Alerting;
use crate::error::Failure;
use crate::known_key::{GRACE_MS, KnownKey};
use crate::ports::{Alerts, Calls};
use crate::settings::Settings;
use crate::store::{self, disallowed, exception, package};
use database::{Database, Location, SealedColumns, Transaction};
use http_edge::{Door, Prefix};
use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use types::{Clock, Time};
use vault::{MacKey, Vault};

/// Time between two rounds of forgetting and of alerts that were grouped.
const ROUND: Duration = Duration::from_secs(30);

/// How long exception records are kept.
const KEPT_MS: u64 = 400 * 86_400_000;

/// What the stack works with.
pub struct Neighbours {
    /// The vault, which has the key of the sealed columns.
    pub vault: Arc<dyn Vault>,
    /// Reaches the administrators.
    pub alerts: Arc<dyn Alerts>,
    /// Reads the calls.
    pub calls: Arc<dyn Calls>,
    /// The clock.
    pub clock: Clock,
}

/// The stack. Cheap to clone; all clones share one state.
#[derive(Clone)]
pub struct SecurityStack(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) settings: Settings,
    pub(crate) database: Database,
    pub(crate) columns: SealedColumns,
    pub(crate) calls: Arc<dyn Calls>,
    pub(crate) alerting: Alerting,
    pub(crate) clock: Clock,
    /// The known keys, the oldest first.
    pub(crate) keys: Mutex<Vec<KnownKey>>,
    /// The addresses that may not connect.
    pub(crate) disallowed: Mutex<BTreeSet<IpAddr>>,
}

impl fmt::Debug for SecurityStack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecurityStack").finish_non_exhaustive()
    }
}

impl SecurityStack {
    /// Opens the database and creates it on first use.
    pub async fn open(
        location: impl Into<Location>,
        settings: Settings,
        neighbours: Neighbours,
    ) -> Result<Self, Failure> {
        let database = Database::open(location, store::MIGRATIONS)?;
        let sealing = neighbours
            .vault
            .mac(MacKey::SealedColumns, b"security-stack");
        let stack = Self(Arc::new(Inner {
            settings,
            database,
            columns: SealedColumns::new(&*sealing.await?),
            calls: neighbours.calls,
            alerting: Alerting::new(neighbours.alerts),
            clock: neighbours.clock,
            keys: Mutex::default(),
            disallowed: Mutex::default(),
        }));
        stack.learn().await?;
        Ok(stack)
    }

    /// Reads keys and disallowed addresses from the database.
    pub(crate) async fn learn(&self) -> Result<(), Failure> {
        let rows = async |tx: &mut Transaction<'_>| {
            let keys = store::key::all(tx).await?;
            Ok::<_, Failure>((keys, disallowed::all(tx).await?))
        };
        let (keys, addresses) = self.0.database.read(rows).await?;
        let keys = keys.iter().map(|row| self.open_key(row));
        let keys = keys.collect::<Result<Vec<_>, _>>()?;
        let addresses = addresses.iter().map(|row| row.address.parse());
        let addresses: Result<BTreeSet<IpAddr>, _> = addresses.collect();
        let addresses = addresses.map_err(|_| Failure::Stored)?;
        *self.0.keys.lock().unwrap_or_else(PoisonError::into_inner) = keys;
        *self.disallowed() = addresses;
        Ok(())
    }

    /// Sends alerts that were grouped, and deletes what is too old. Runs until it is dropped.
    pub async fn run(&self) {
        loop {
            tokio::time::sleep(ROUND).await;
            self.tend().await;
        }
    }

    /// One such round.
    pub async fn tend(&self) {
        let now = self.now();
        self.0.alerting.flush(now).await;
        let forget = async move |tx: &mut Transaction<'_>| {
            store::key::forget(tx, now.minus_ms(GRACE_MS)).await?;
            package::forget(tx, now).await?;
            exception::forget(tx, now.minus_ms(KEPT_MS)).await?;
            Ok::<_, Failure>(())
        };
        if let Err(failure) = self.0.database.write(forget).await {
            let failure = types::error_chain(&failure);
            tracing::warn!("the security stack did not forget what is old: {failure}");
        }
    }

    /// Closes the database when all earlier requests are done.
    pub async fn close(&self) {
        self.0.database.close().await;
    }

    /// Waits until the database has stopped, which happens only if its disk fails. The process should then end.
    pub async fn stopped(&self) {
        self.0.database.stopped().await;
    }

    pub(crate) fn now(&self) -> Time {
        (self.0.clock)()
    }

    pub(crate) fn disallowed(&self) -> std::sync::MutexGuard<'_, BTreeSet<IpAddr>> {
        self.0
            .disallowed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Door for SecurityStack {
    fn admits(&self, address: IpAddr) -> bool {
        !self.disallowed().contains(&address)
    }

    fn handshake_failed(&self, address: IpAddr, problem: &str) {
        let (stack, problem) = (self.clone(), problem.to_owned());
        if !self.0.alerting.may_record(Prefix::of(address), self.now()) {
            return;
        }
        tokio::spawn(async move { stack.record_handshake(address, &problem).await });
    }
}
