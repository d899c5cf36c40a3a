//! The keys that sign heads, grants and vouchers, and the trust list, as of one moment.

use crate::Failure;
use envelope::{Purpose, TrustList};
use std::sync::{Arc, PoisonError, RwLock};
use types::{Kid, Time};
use vault::{OwnKey, SigningKey};

pub(super) struct ServiceKey {
    pub(super) purpose: Purpose,
    pub(super) own: OwnKey,
    /// The time at which the key was first seen on the root's list.
    pub(super) listed_since: Option<Time>,
    /// The validity on the trust list. Outside it nothing is signed, because no device would accept the signature.
    pub(super) listed: Option<(Time, Time)>,
}

impl ServiceKey {
    /// The private key, if the key may sign at that time and the trust list has it valid.
    fn signer_at(&self, time: Time) -> Option<&SigningKey> {
        let listed = |(from, until): (Time, Time)| (from..=until).contains(&time);
        self.own
            .signer_at(time)
            .filter(|_| self.listed.is_some_and(listed))
    }
}

/// How long after its listing a successor begins to sign. Devices get the list with a checkpoint in this time.
const SETTLED_MS: u64 = 86_400_000;

/// The keys and the trust list as of one moment.
pub(crate) struct KeySet {
    pub(super) trust: Option<TrustList>,
    pub(super) keys: Vec<Arc<ServiceKey>>,
    /// The oldest key-encryption key under which one of the keys is wrapped.
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

    /// The key that signs vouchers at that time: the newest that devices know.
    pub(crate) fn voucher(&self, time: Time) -> Result<&SigningKey, Failure> {
        self.signer(&Purpose::Voucher, time)
            .ok_or(Failure::NoSigningKey("voucher"))
    }

    fn signer(&self, purpose: &Purpose, time: Time) -> Option<&SigningKey> {
        let of_purpose = self.keys.iter().filter(|key| key.purpose == *purpose);
        let mut valid = of_purpose.filter_map(|key| Some((key.signer_at(time)?, key)));
        // If there is no older key, the first signs at once.
        let (oldest, _) = valid.next()?;
        let settled = |key: &ServiceKey| {
            key.listed_since
                .is_some_and(|since| since.plus_ms(SETTLED_MS) <= time)
        };
        let newest = valid.rfind(|(_, key)| settled(key));
        Some(newest.map_or(oldest, |(signer, _)| signer))
    }

    /// The keys whose private halves are due for destruction.
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

/// The current [`KeySet`], and the lock for changing it.
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
