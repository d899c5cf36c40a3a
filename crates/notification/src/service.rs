//! The service and its shared state.

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
use types::{ChannelId, Clock, CustomerId, Incarnation, KeyEpoch, SubjectId, Time};
use vault::Vault;

/// The actor in audit records.
pub(crate) const ACTOR: &str = "notification";

/// The services and keys that notification works with.
pub struct Neighbours {
    /// The vault that wraps keys.
    pub vault: Arc<dyn Vault>,
    /// The core bank.
    pub core_bank: Arc<dyn CoreBank>,
    /// The broker.
    pub broker: Arc<dyn MessageBroker>,
    /// ciam.
    pub devices: Arc<dyn DeviceStatements>,
    /// The keys under which the core bank's relay seals events, newest first.
    pub relay_keys: Vec<RelayKeys>,
    /// The clock.
    pub clock: Clock,
}

/// The state that all handles to the service share.
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
    /// The incarnation of the core bank's books with which all channels were compared. Read-locked while events are
    /// delivered to channels, write-locked during the comparison.
    pub(crate) books: tokio::sync::RwLock<Option<Incarnation>>,
    pub(crate) stopped_subjects: RwLock<HashSet<SubjectIndex>>,
    /// Locked while that set and its table are changed or read together.
    pub(crate) stopping: tokio::sync::Mutex<()>,
    pub(crate) outbox: Outbox,
    /// The newest statement time that this process stored.
    pub(crate) stated: tokio::sync::Mutex<Time>,
    /// Wakes the comparison before its time.
    pub(crate) compare_soon: Notify,
    pub(crate) round: Mutex<Round>,
    pub(crate) counts: Counts,
}

/// The service. Cheap to clone; all clones share one state.
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
    /// The counters since the start.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.counts.read()
    }

    pub(crate) fn now(&self) -> Time {
        (self.clock)()
    }

    pub(crate) fn subject_index(&self, subject: &SubjectId) -> SubjectIndex {
        // An account's index uses its id alone, as in rows from before subjects had prefixes. An account may have any
        // id, even one that looks like a customer's subject: so customers have indices of another name.
        let account = subject.account();
        let (name, id) = match &account {
            Some(account) => ("notification.seen.subject", account.as_str()),
            None => ("notification.seen.customer", subject.as_str()),
        };
        let index = self.columns.blind_index(name, id.as_bytes());
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
