//! The service itself.

use crate::bounded::Bounded;
use crate::comparing::round::Round;
use crate::counters::{Counters, Counts};
use crate::keys::epoch_key::EpochKey;
use crate::keys::key_set::SigningKeys;
use crate::ports::{DeviceStatements, MessageBroker};
use crate::publishing::outbox::Outbox;
use crate::settings::Settings;
use crate::store::SubjectIndex;
use core_bank::CoreBank;
use database::{Database, SealedColumns};
use envelope::RelayKeys;
use std::collections::HashSet;
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use tokio::sync::Notify;
use types::{AccountId, ChannelId, Clock, CustomerId, Incarnation, KeyEpoch, SubjectId, Time};
use vault::Vault;

/// Who acts, in audit records.
pub(crate) const ACTOR: &str = "notification";

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
    /// The newest time that this process wrote down as stated.
    pub(crate) stated: tokio::sync::Mutex<Time>,
    /// Wakes the comparison before its time.
    pub(crate) compare_soon: Notify,
    pub(crate) round: Mutex<Round>,
    pub(crate) counts: Counts,
}

/// The service. Cheap to clone; all clones are the same service.
#[derive(Clone)]
pub struct Notification(pub(crate) Arc<Shared>);

impl std::fmt::Debug for Notification {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Notification").finish_non_exhaustive()
    }
}

impl Deref for Notification {
    type Target = Shared;
    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl Notification {
    /// What happened since the start.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.counts.read()
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
