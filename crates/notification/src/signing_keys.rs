//! Head and grant keys: made here, listed by the root, used once they are listed.

use crate::store::signing_key::{self, SigningKeyRow};
use crate::store::{acts, register};
use crate::{Failure, Notification, TrustRefused};
use audit::{Act, Subject};
use envelope::{Purpose, TrustList, TrustedKey};
use std::sync::{Arc, PoisonError, RwLock};
use types::{Kid, Time};
use vault::{KeptKey, OwnKey, SigningKey, needs_successor};

/// The document that holds the trust list.
const TRUST: &str = "trust list";

struct ServiceKey {
    purpose: Purpose,
    own: OwnKey,
    /// When the root was first seen to list it.
    listed_since: Option<Time>,
    /// When the trust list has it valid; nothing is signed with a key that no device would accept.
    listed: Option<(Time, Time)>,
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
    trust: Option<TrustList>,
    keys: Vec<Arc<ServiceKey>>,
    /// The oldest key-encryption key that one of them is kept under.
    wrapped_under: Option<u32>,
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
    fn spent(&self, now: Time) -> Vec<Kid> {
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

    fn with(
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
    making: tokio::sync::Mutex<()>,
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

    fn set(&self, keys: KeySet) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
    }
}

/// What a key of that purpose is wrapped for.
fn used_for(purpose: &str) -> String {
    format!("notification {purpose}")
}

impl Notification {
    /// Reads keys and trust list from the tables: at the start, and when another node may have changed them.
    pub(crate) async fn load_keys(&self) -> Result<(), Failure> {
        let (rows, trust) = self
            .database
            .read(async move |tx| {
                let rows = signing_key::all(tx).await?;
                Ok::<_, Failure>((rows, register::document(tx, TRUST).await?))
            })
            .await?;
        let roots = self.vault.roots().await?;
        let trust = trust
            .map(|bytes| TrustList::stored(&bytes, &roots))
            .transpose()
            .map_err(|_| Failure::Broken("the trust list kept is not the root's"))?;
        let mut keys = Vec::with_capacity(rows.len());
        for row in &rows {
            keys.push(ServiceKey {
                own: row.key.open(&*self.vault, &used_for(&row.purpose)).await?,
                purpose: Purpose::from(row.purpose.clone()),
                listed_since: row.listed_since,
                listed: None,
            });
        }
        let under = rows.iter().filter_map(|row| row.key.wrapped.as_ref());
        let wrapped_under = under.map(|wrapped| wrapped.key).min();
        self.signing.set(KeySet::with(keys, trust, wrapped_under));
        Ok(())
    }

    /// Makes head and grant keys where none signs now, and successors in time; destroys the private halves of those that
    /// are spent. Answers whether any were made: then the root has to list them, and nothing is signed with them before.
    /// To be called every second or so: it does nothing while nothing is due.
    pub async fn ensure_keys(&self) -> Result<bool, Failure> {
        let _turn = self.signing.making.lock().await;
        let (now, keys) = (self.now(), self.signing.current());
        let mut made = false;
        for purpose in [Purpose::Head, Purpose::Grant] {
            let own = keys.keys.iter().filter(|key| key.purpose == purpose);
            let times = own.map(|key| (key.own.from, key.own.until));
            if needs_successor(times, now, self.settings.successor_ms) {
                self.make_key(purpose, now).await?;
                made = true;
            }
        }
        let destroyed = self.destroy_spent_keys(&keys, now).await?;
        let rewrapped = self.rewrap_keys(&keys).await?;
        if made || destroyed || rewrapped {
            self.load_keys().await?;
        }
        Ok(made)
    }

    async fn make_key(&self, purpose: Purpose, now: Time) -> Result<(), Failure> {
        let times = (now, now.plus_ms(self.settings.signing_key_ms));
        let key = KeptKey::make(&*self.vault, &used_for(purpose.as_str()), times).await?;
        let act = Act::new(now, crate::ACTOR, "signing_key.made")
            .about(Subject::new("key", key.public.kid()))
            .with("purpose", purpose.as_str())
            .with("until", key.until.ms());
        let row = SigningKeyRow {
            purpose: purpose.as_str().to_owned(),
            key,
            listed_since: None,
        };
        self.database
            .write(async move |tx| {
                signing_key::insert(tx, &row).await?;
                acts::record(tx, &act).await?;
                Ok::<_, Failure>(())
            })
            .await
    }

    async fn destroy_spent_keys(&self, keys: &KeySet, now: Time) -> Result<bool, Failure> {
        let spent = keys.spent(now);
        if spent.is_empty() {
            return Ok(false);
        }
        self.database
            .write(async move |tx| {
                for &kid in &spent {
                    signing_key::set_wrapped(tx, kid, None).await?;
                    let act = Act::new(now, crate::ACTOR, "signing_key.destroyed")
                        .about(Subject::new("key", kid));
                    acts::record(tx, &act).await?;
                }
                Ok::<_, Failure>(())
            })
            .await?;
        Ok(true)
    }

    /// Wraps anew what is wrapped under an older key-encryption key than the vault's newest.
    async fn rewrap_keys(&self, keys: &KeySet) -> Result<bool, Failure> {
        let newest = self.vault.newest().await?;
        if keys.wrapped_under.is_none_or(|under| under == newest) {
            return Ok(false);
        }
        let rows = self
            .database
            .read(async move |tx| Ok::<_, Failure>(signing_key::all(tx).await?))
            .await?;
        for row in rows {
            let anew = row
                .key
                .wrapped_anew(&*self.vault, &used_for(&row.purpose))
                .await?;
            let Some(wrapped) = anew else { continue };
            let kid = row.key.public.kid();
            self.database
                .write(async move |tx| {
                    Ok::<_, Failure>(signing_key::set_wrapped(tx, kid, Some(&wrapped)).await?)
                })
                .await?;
        }
        Ok(true)
    }

    /// All head and grant keys that were ever made, for the root's ceremony: the trust list names a key as long as
    /// messages under it may be read.
    #[must_use]
    pub fn signing_keys(&self) -> Vec<TrustedKey> {
        let listed = |key: &Arc<ServiceKey>| TrustedKey {
            purpose: key.purpose.clone(),
            key: key.own.public,
            from: key.own.from,
            until: key.own.until,
        };
        self.signing.current().keys.iter().map(listed).collect()
    }

    /// Takes a trust list that the root signed; the same again is fine. Of the keys that it lists, a successor signs a day later.
    pub async fn install_trust(&self, bytes: &[u8]) -> Result<(), TrustRefused> {
        let roots = self.vault.roots().await.map_err(Failure::from)?;
        let current = self.signing.current();
        let list = TrustList::accept(bytes, &roots, current.trust.as_ref(), self.now())?;
        let now = self.now();
        let act =
            Act::new(now, crate::ACTOR, "trust_list.installed").with("version", list.version());
        if current.trust.as_ref() == Some(&list) {
            return Ok(());
        }
        let bytes = bytes.to_vec();
        let listed: Vec<Kid> = list.keys().iter().map(|row| row.key.kid()).collect();
        self.database
            .write(async move |tx| {
                register::set_document(tx, TRUST, &bytes).await?;
                for kid in &listed {
                    signing_key::note_listed(tx, *kid, now).await?;
                }
                acts::record(tx, &act).await?;
                Ok::<_, Failure>(())
            })
            .await?;
        Ok(self.load_keys().await?)
    }

    /// The current trust list, a Sign1.
    pub fn trust(&self) -> Result<Vec<u8>, Failure> {
        Ok(self.signing.current().trust()?.as_bytes().to_vec())
    }

    /// The trust list for a device that has `version`, if its own is older.
    pub(crate) fn newer_trust(&self, version: Option<u64>) -> Option<protocol::Base64UrlBytes> {
        let current = self.signing.current();
        let list = current.trust.as_ref()?;
        version
            .is_none_or(|version| version < list.version())
            .then(|| list.as_bytes().to_vec().into())
    }
}
