//! Opening the service, running its tasks, closing it.

use crate::bounded::Bounded;
use crate::comparing::step::Step;
use crate::counters::Counts;
use crate::failure::chain;
use crate::keys::key_set::SigningKeys;
use crate::ports::EventSource;
use crate::publishing::outbox::Outbox;
use crate::service::{Neighbours, Shared};
use crate::{Failure, Notification, Settings, store};
use database::{Database, Location, SealedColumns};
use std::future::Future;
use std::sync::{Arc, Mutex, RwLock};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use types::Time;
use vault::MacKey;

/// Message keys kept unwrapped in memory.
const MESSAGE_KEYS_CACHED: usize = 65_536;

/// Customers whose channel is kept in memory.
const CHANNELS_CACHED: usize = 65_536;

impl Notification {
    /// Opens the database, creating it on first use, and makes signing keys where they are needed.
    ///
    /// Until the root lists the keys and [`install_trust`](Notification::install_trust) was given that list, nothing
    /// is signed.
    pub async fn open(
        location: impl Into<Location>,
        settings: Settings,
        neighbours: Neighbours,
    ) -> Result<Self, Failure> {
        let database = Database::open(location, store::MIGRATIONS)?;
        let key = neighbours
            .vault
            .mac(MacKey::SealedColumns, b"notification")
            .await?;
        let service = Self(Arc::new(Shared {
            settings,
            database,
            columns: SealedColumns::new(&key),
            vault: neighbours.vault,
            core_bank: neighbours.core_bank,
            broker: neighbours.broker,
            devices: neighbours.devices,
            relay_keys: neighbours.relay_keys,
            clock: neighbours.clock,
            signing: SigningKeys::empty(),
            message_keys: Bounded::new(MESSAGE_KEYS_CACHED),
            channels: Bounded::new(CHANNELS_CACHED),
            epochs: Bounded::new(CHANNELS_CACHED),
            books: tokio::sync::RwLock::default(),
            stopped_subjects: RwLock::default(),
            stopping: tokio::sync::Mutex::default(),
            outbox: Outbox::default(),
            stated: tokio::sync::Mutex::new(Time::from_ms(0)),
            compare_soon: Notify::new(),
            round: Mutex::default(),
            counts: Counts::default(),
        }));
        service.load_stopped().await?;
        service.load_keys().await?;
        service.ensure_keys().await?;
        Ok(service)
    }

    /// Works until `shutdown` is ready, then finishes what is under way. It ends before only if a part of it panicked; the
    /// process has to end then. That, as dropping it, is a crash: what was under way is taken up when the database is
    /// opened again, by a new instance.
    pub async fn run(
        &self,
        events: Arc<dyn EventSource>,
        shutdown: impl Future<Output = ()> + Send,
    ) {
        // Before anything is numbered: the books may have been put back, and a copy of the tables that is older than the
        // broker must not number anew.
        if let Err(failure) = self.confirm_books().await {
            tracing::warn!(
                error = chain(&failure),
                "the core bank's books were not compared at the start"
            );
        }
        if let Err(failure) = self.compare_broker().await {
            tracing::warn!(
                error = chain(&failure),
                "the broker was not compared at the start"
            );
        }
        let (stop, stopping) = watch::channel(false);
        let mut tasks = JoinSet::new();
        for partition in 0..events.partitions() {
            let (service, events, stopping) = (self.clone(), events.clone(), stopping.clone());
            tasks.spawn(async move { service.work(&*events, partition, stopping).await });
        }
        for step in Step::ALL {
            let (service, stopping) = (self.clone(), stopping.clone());
            tasks.spawn(async move { service.do_regularly(step, stopping).await });
        }
        let (service, publishing) = (self.clone(), stopping);
        tasks.spawn(async move { service.publish(publishing).await });
        tokio::select! {
            () = shutdown => {}
            _ = tasks.join_next() => {
                tracing::error!("a part of notification ended by itself");
                return;
            }
        }
        let _nobody_listens = stop.send(true);
        while tasks.join_next().await.is_some() {}
    }

    /// Ends the database once what was asked before is done: its file is whole then, without a write-ahead log.
    pub async fn close(&self) {
        self.database.close().await;
    }

    /// Writes an audit record of an act of the operator's that concerns no service's tables.
    pub async fn record(&self, act: audit::Act) -> Result<(), Failure> {
        self.database
            .write(async move |tx| Ok::<_, Failure>(store::acts::record(tx, &act).await?))
            .await?;
        Ok(())
    }

    /// What the database has to do.
    #[must_use]
    pub fn database_load(&self) -> database::Load {
        self.database.load()
    }

    /// Waits until the database has stopped, which it does only when its disk failed. The process should end then.
    pub async fn stopped(&self) {
        self.database.stopped().await;
    }
}
