//! Opens the service, runs its tasks, closes it.

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

/// Maximum unwrapped message keys in memory.
const MESSAGE_KEYS_CACHED: usize = 65_536;

/// Maximum customers whose channel is in memory.
const CHANNELS_CACHED: usize = 65_536;

impl Notification {
    /// Opens the database, creates it on first use, and makes signing keys if needed.
    ///
    /// Nothing is signed until the root lists the keys and [`install_trust`](Notification::install_trust) has installed
    /// that list.
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

    /// Runs until `shutdown` is ready, then finishes the work under way. It ends earlier only if a part panicked; the
    /// process must then end. Such an end, like dropping the future, is a crash: the next instance that opens the
    /// database continues the interrupted work.
    pub async fn run(
        &self,
        events: Arc<dyn EventSource>,
        shutdown: impl Future<Output = ()> + Send,
    ) {
        // This runs before anything is numbered. The books may have been restored, and a copy of the tables that is
        // older than the broker must not use numbers again.
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
                tracing::error!("a part of notification ended unexpectedly");
                return;
            }
        }
        let _nobody_listens = stop.send(true);
        while tasks.join_next().await.is_some() {}
    }

    /// Closes the database when all earlier requests are done. Its file is then complete, without a write-ahead log.
    pub async fn close(&self) {
        self.database.close().await;
    }

    /// Writes an audit record of an operator's action that concerns no service's tables.
    pub async fn record(&self, act: audit::Act) -> Result<(), Failure> {
        self.database
            .write(async move |tx| Ok::<_, Failure>(store::acts::record(tx, &act).await?))
            .await?;
        Ok(())
    }

    /// The load of the database.
    #[must_use]
    pub fn database_load(&self) -> database::Load {
        self.database.load()
    }

    /// Waits until the database has stopped, which happens only if its disk fails. The process should then end.
    pub async fn stopped(&self) {
        self.database.stopped().await;
    }
}
