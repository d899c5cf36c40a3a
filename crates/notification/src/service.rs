//! The service itself.

use crate::bounded::Bounded;
use crate::comparing::broker::Round;
use crate::keys::message::EpochKey;
use crate::keys::signing::SigningKeys;
use crate::ports::{DeviceStatements, MessageBroker};
use crate::publishing::outbox::Outbox;
use crate::settings::Settings;
use crate::store::{self, SubjectIndex};
use crate::{Failure, Notification};
use core_bank::CoreBank;
use database::{Database, SealedColumns};
use envelope::RelayKeys;
use std::collections::HashSet;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use tokio::sync::Notify;
use types::{AccountId, ChannelId, Clock, CustomerId, Incarnation, KeyEpoch, SubjectId, Time};
use vault::{MacKey, Vault};

/// Message keys kept unwrapped in memory.
const MESSAGE_KEYS_CACHED: usize = 65_536;

/// Customers whose channel is kept in memory.
const CHANNELS_CACHED: usize = 65_536;

/// Whom notification works with.
pub struct Neighbours {
    /// Where keys are wrapped.
    pub vault: Arc<dyn Vault>,
    /// The core bank.
    pub core_bank: Arc<dyn CoreBank>,
    /// The broker.
    pub broker: Arc<dyn MessageBroker>,
    /// ciam.
    pub devices: Arc<dyn DeviceStatements>,
    /// The keys that the core bank's relay seals events under, the newest first.
    pub relay_keys: Vec<RelayKeys>,
    /// The time.
    pub clock: Clock,
}

/// What the handles to the service share.
pub struct Shared {
    pub(crate) settings: Settings,
    pub(crate) database: Database,
    pub(crate) columns: SealedColumns,
    pub(crate) vault: Arc<dyn Vault>,
    pub(crate) core_bank: Arc<dyn CoreBank>,
    pub(crate) broker: Arc<dyn MessageBroker>,
    pub(crate) devices: Arc<dyn DeviceStatements>,
    pub(crate) relay_keys: Vec<RelayKeys>,
    pub(crate) clock: Clock,
    pub(crate) signing: SigningKeys,
    pub(crate) message_keys: Bounded<(ChannelId, KeyEpoch), Arc<EpochKey>>,
    pub(crate) channels: Bounded<CustomerId, ChannelId>,
    pub(crate) epochs: Bounded<ChannelId, KeyEpoch>,
    /// The incarnation of the core bank's books, once all channels were compared with it. Read while something is given to
    /// channels, written while they are compared.
    pub(crate) books: tokio::sync::RwLock<Option<Incarnation>>,
    pub(crate) stopped_subjects: RwLock<HashSet<SubjectIndex>>,
    /// Held while that set and its table are changed or read together.
    pub(crate) stopping: tokio::sync::Mutex<()>,
    pub(crate) outbox: Outbox,
    /// Wakes the comparison before its time.
    pub(crate) compare_soon: Notify,
    pub(crate) round: Mutex<Round>,
    pub(crate) counts: Counts,
}

/// What happened since the start, to be watched.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) entries: AtomicU64,
    pub(crate) unprocessable: AtomicU64,
    pub(crate) fetched: AtomicU64,
    pub(crate) published: AtomicU64,
    pub(crate) restarts: AtomicU64,
    pub(crate) comparisons: AtomicU64,
}

/// What happened since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Entries numbered.
    pub entries: u64,
    /// Events that could not be read as pub/sub delivered them, or not be processed as the core bank has them.
    pub unprocessable: u64,
    /// Events that had to be fetched from the core bank.
    pub fetched: u64,
    /// Messages that the broker acknowledged.
    pub published: u64,
    /// Channels that were restarted in a later generation.
    pub restarts: u64,
    /// Comparisons with core bank, broker and ciam that came to their end.
    pub comparisons: u64,
}

impl Counts {
    pub(crate) fn add(counter: &AtomicU64, count: usize) {
        counter.fetch_add(u64::try_from(count).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

impl Notification {
    /// Opens the database at `path`, creating it on first use, and makes signing keys where they are needed.
    ///
    /// Until the root lists the keys and [`install_trust`](Notification::install_trust) was given that list, nothing
    /// is signed.
    pub async fn open(
        path: &Path,
        settings: Settings,
        neighbours: Neighbours,
    ) -> Result<Self, Failure> {
        let database = Database::open(path, store::MIGRATIONS)?;
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
            compare_soon: Notify::new(),
            round: Mutex::default(),
            counts: Counts::default(),
        }));
        service.load_stopped().await?;
        service.load_keys().await?;
        service.ensure_keys().await?;
        Ok(service)
    }

    /// What happened since the start.
    #[must_use]
    pub fn counters(&self) -> Counters {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counters {
            entries: read(&self.counts.entries),
            unprocessable: read(&self.counts.unprocessable),
            fetched: read(&self.counts.fetched),
            published: read(&self.counts.published),
            restarts: read(&self.counts.restarts),
            comparisons: read(&self.counts.comparisons),
        }
    }

    /// Ends the database once what was asked before is done: its file is whole then, without a write-ahead log.
    pub async fn close(&self) {
        self.database.close().await;
    }

    /// Waits until the database has stopped, which it does only when its disk failed. The process should end then.
    pub async fn stopped(&self) {
        self.database.stopped().await;
    }

    pub(crate) fn now(&self) -> Time {
        (self.clock)()
    }

    pub(crate) fn subject_index(&self, subject: &SubjectId) -> SubjectIndex {
        // An account's by its id alone, as in rows from before subjects had prefixes.
        let account = subject.account();
        let id = account.as_ref().map_or(subject.as_str(), AccountId::as_str);
        let index = self
            .columns
            .blind_index("notification.seen.subject", id.as_bytes());
        SubjectIndex::of(&index)
    }

    pub(crate) fn customer_index(&self, customer: &CustomerId) -> [u8; 32] {
        self.columns.blind_index(
            "notification.channel.customer",
            customer.as_str().as_bytes(),
        )
    }

    pub(crate) fn nothing_is_stopped(&self) -> bool {
        let stopped = self.stopped_subjects.read();
        stopped.unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    pub(crate) fn is_stopped(&self, subject: SubjectIndex) -> bool {
        let stopped = self
            .stopped_subjects
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        stopped.contains(&subject)
    }
}
