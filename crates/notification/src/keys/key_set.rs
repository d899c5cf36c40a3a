//! The keys that sign heads and grants, and the trust list, as of one moment.

use crate::Failure;
use envelope::{Purpose, TrustList};
use std::sync::{Arc, PoisonError, RwLock};
use types::{Kid, Time};
use vault::{OwnKey, SigningKey};

pub(super) struct ServiceKey {
    pub(super) purpose: Purpose,
    pub(super) own: OwnKey,
    /// When the root was first seen to list it.
    pub(super) listed_since: Option<Time>,
    /// When the trust list has it valid; nothing is signed with a key that no device would accept.
    pub(super) listed: Option<(Time, Time)>,
}

impl ServiceKey {
    /// The key, if it signs at that time, and the trust list has it valid then.
    fn signer_at(&self, time: Time) -> Option<&SigningKey> {
        let listed = |(from, until): (Time, Time)| (from..=until).contains(&time);
        self.own
            .signer_at(time)
            .filter(|_| self.listed.is_some_and(listed))
    }
}

/// How long after it was listed a successor begins to sign: devices have got the list by then, with a checkpoint.
const SETTLED_MS: u64 = 86_400_000;

/// The keys and the trust list as of one moment.
pub(crate) struct KeySet {
    pub(super) trust: Option<TrustList>,
    pub(super) keys: Vec<Arc<ServiceKey>>,
    /// The oldest key-encryption key that one of them is kept under.
    pub(super) wrapped_under: Option<u32>,
}

impl KeySet {
    /// The key that signs heads at that time: the newest that devices know.
    pub(crate) fn head(&self, time: Time) -> Result<&SigningKey, Failure> {
        self.signer(&Purpose::Head, time)
            .ok_or(Failure::NoSigningKey("head"))
    }

    /// The key that signs grants at that time: the newest that devices know.
    pub(crate) fn grant(&self, time: Time) -> Result<&SigningKey, Failure> {
        self.signer(&Purpose::Grant, time)
            .ok_or(Failure::NoSigningKey("grant"))
    }

    fn signer(&self, purpose: &Purpose, time: Time) -> Option<&SigningKey> {
        let of_purpose = self.keys.iter().filter(|key| key.purpose == *purpose);
        let mut valid = of_purpose.filter_map(|key| Some((key.signer_at(time)?, key)));
        // Where there is no older one, the first signs at once.
        let (oldest, _) = valid.next()?;
        let settled = |key: &ServiceKey| {
            key.listed_since
                .is_some_and(|since| since.plus_ms(SETTLED_MS) <= time)
        };
        let newest = valid.rfind(|(_, key)| settled(key));
        Some(newest.map_or(oldest, |(signer, _)| signer))
    }

    /// The keys whose private halves are to be destroyed.
    pub(super) fn spent(&self, now: Time) -> Vec<Kid> {
        let spent = |key: &&Arc<ServiceKey>| {
            let signing = self
                .keys
                .iter()
                .filter(|other| other.purpose == key.purpose && other.signer_at(now).is_some());
            let listed = signing.filter_map(|other| other.listed_since);
            key.own.is_spent(listed, now, SETTLED_MS)
        };
        let keys = self.keys.iter().filter(spent);
        keys.map(|key| key.own.public.kid()).collect()
    }

    /// The trust list.
    pub(crate) fn trust(&self) -> Result<&TrustList, Failure> {
        self.trust.as_ref().ok_or(Failure::NoTrustList)
    }

    pub(super) fn with(
        mut keys: Vec<ServiceKey>,
        trust: Option<TrustList>,
        wrapped_under: Option<u32>,
    ) -> Self {
        for key in &mut keys {
            key.listed = trust.as_ref().and_then(|trust| {
                trust
                    .keys()
                    .iter()
                    .find(|row| row.purpose == key.purpose && row.key == key.own.public)
                    .map(|row| (row.from, row.until))
            });
        }
        Self {
            trust,
            keys: keys.into_iter().map(Arc::new).collect(),
            wrapped_under,
        }
    }
}

/// Where the current [`KeySet`] is, and the turn to change it.
pub(crate) struct SigningKeys {
    current: RwLock<Arc<KeySet>>,
    pub(super) making: tokio::sync::Mutex<()>,
}

impl SigningKeys {
    pub(crate) fn empty() -> Self {
        Self {
            current: RwLock::new(Arc::new(KeySet::with(Vec::new(), None, None))),
            making: tokio::sync::Mutex::default(),
        }
    }

    pub(crate) fn current(&self) -> Arc<KeySet> {
        self.current
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(super) fn set(&self, keys: KeySet) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
    }
}
