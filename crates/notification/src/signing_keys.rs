//! Head and grant keys: made here, listed by the root, used once they are listed.

use crate::store::signing_key::{self, SigningKeyRow};
use crate::store::{acts, register};
use crate::{Failure, Notification, TrustRefused};
use audit::{Act, Subject};
use envelope::{Purpose, Signer as _, TrustList};
use std::sync::{Arc, PoisonError, RwLock};
use types::{Kid, PublicKey, Time};
use vault::{SigningKey, Vault};

/// The document that holds the trust list.
const TRUST: &str = "trust list";

/// A key for the root's next trust list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedKey {
    /// Its identifier.
    pub kid: Kid,
    /// What it signs: heads or grants.
    pub purpose: Purpose,
    /// Its public half.
    pub key: PublicKey,
    /// The first millisecond of what it may sign.
    pub from: Time,
    /// The last.
    pub until: Time,
}

struct OwnKey {
    purpose: Purpose,
    key: SigningKey,
    from: Time,
    until: Time,
    /// When the root was first seen to list it.
    listed_since: Option<Time>,
    /// When the trust list has it valid; nothing is signed with a key that no device would accept.
    listed: Option<(Time, Time)>,
}

/// How long after it was listed a successor begins to sign: devices have got the list by then, with a checkpoint.
const SETTLED_MS: u64 = 86_400_000;

/// The keys and the trust list as of one moment.
pub(crate) struct KeySet {
    trust: Option<TrustList>,
    keys: Vec<Arc<OwnKey>>,
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
        let valid = |key: &&Arc<OwnKey>| {
            key.purpose == *purpose
                && (key.from..=key.until).contains(&time)
                && key
                    .listed
                    .is_some_and(|(from, until)| (from..=until).contains(&time))
        };
        let settled = |key: &&Arc<OwnKey>| {
            key.listed_since
                .is_some_and(|since| since.plus_ms(SETTLED_MS) <= time)
        };
        let mut valid = self.keys.iter().filter(valid);
        // Where there is no older one, the first signs at once.
        let oldest = valid.next()?;
        let own = valid.rfind(settled).unwrap_or(oldest);
        Some(&own.key)
    }

    /// The trust list.
    pub(crate) fn trust(&self) -> Result<&TrustList, Failure> {
        self.trust.as_ref().ok_or(Failure::NoTrustList)
    }

    fn with(mut keys: Vec<OwnKey>, trust: Option<TrustList>) -> Self {
        for own in &mut keys {
            own.listed = trust.as_ref().and_then(|trust| {
                trust
                    .keys()
                    .iter()
                    .find(|row| row.purpose == own.purpose && row.key == *own.key.public_key())
                    .map(|row| (row.from, row.until))
            });
        }
        Self {
            trust,
            keys: keys.into_iter().map(Arc::new).collect(),
        }
    }
}

/// Where the current [`KeySet`] is.
pub(crate) struct SigningKeys(RwLock<Arc<KeySet>>);

impl SigningKeys {
    pub(crate) fn empty() -> Self {
        Self(RwLock::new(Arc::new(KeySet {
            trust: None,
            keys: Vec::new(),
        })))
    }

    pub(crate) fn current(&self) -> Arc<KeySet> {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn set(&self, keys: KeySet) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
    }
}

fn context(purpose: &str, public: &PublicKey) -> Vec<u8> {
    format!("notification {purpose} key {}", public.kid()).into_bytes()
}

async fn unwrap(vault: &dyn Vault, row: &SigningKeyRow) -> Result<OwnKey, Failure> {
    let secret = vault
        .unwrap(&context(&row.purpose, &row.public), &row.wrapped)
        .await?;
    Ok(OwnKey {
        purpose: Purpose::from(row.purpose.clone()),
        key: SigningKey::from_secret_bytes(&secret)?,
        from: row.from,
        until: row.until,
        listed_since: row.listed_since,
        listed: None,
    })
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
            keys.push(unwrap(&*self.vault, row).await?);
        }
        self.signing.set(KeySet::with(keys, trust));
        Ok(())
    }

    /// Makes head and grant keys where there is none yet, and successors in time. Answers whether any were made: then
    /// the root has to list them, and nothing is signed with them before.
    pub async fn ensure_keys(&self) -> Result<bool, Failure> {
        let now = self.now();
        let mut made = false;
        for purpose in [Purpose::Head, Purpose::Grant] {
            let last = self
                .signing_keys()
                .into_iter()
                // After the clock was set back a key may lie in the future: it signs nothing yet.
                .filter(|key| key.purpose == purpose && key.from <= now)
                .map(|key| key.until)
                .max();
            if last.is_none_or(|until| until <= now.plus_ms(self.settings.successor_ms)) {
                self.make_key(purpose, now).await?;
                made = true;
            }
        }
        if made {
            self.load_keys().await?;
        }
        Ok(made)
    }

    async fn make_key(&self, purpose: Purpose, now: Time) -> Result<(), Failure> {
        let key = SigningKey::generate()?;
        let public = *key.public_key();
        let wrapped = self
            .vault
            .wrap(&context(purpose.as_str(), &public), &key.to_secret_bytes()?)
            .await?;
        let row = SigningKeyRow {
            purpose: purpose.as_str().to_owned(),
            public,
            wrapped,
            from: now,
            until: now.plus_ms(self.settings.signing_key_ms),
            listed_since: None,
        };
        let act = Act::new(now, crate::ACTOR, "signing_key.made")
            .about(Subject::new("key", public.kid()))
            .with("purpose", purpose.as_str())
            .with("until", row.until.ms());
        self.database
            .write(async move |tx| {
                signing_key::insert(tx, &row).await?;
                acts::record(tx, &act).await?;
                Ok::<_, Failure>(())
            })
            .await
    }

    /// All head and grant keys that were ever made, for the root's ceremony: the trust list names a key as long as
    /// messages under it may be read.
    #[must_use]
    pub fn signing_keys(&self) -> Vec<ListedKey> {
        let row = |own: &Arc<OwnKey>| ListedKey {
            kid: own.key.public_key().kid(),
            purpose: own.purpose.clone(),
            key: *own.key.public_key(),
            from: own.from,
            until: own.until,
        };
        self.signing.current().keys.iter().map(row).collect()
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
