//! Head, grant and voucher keys: generated here, listed by the root, used once they are listed.

use crate::keys::key_set::{KeySet, ServiceKey};
use crate::store::signing_key::{self, SigningKeyRow};
use crate::store::{acts, register};
use crate::{Failure, Notification, TrustRefused};
use audit::{Act, Subject};
use envelope::{Purpose, TrustList, TrustedKey};
use std::sync::Arc;
use types::{Kid, Time};
use vault::{StoredKey, needs_successor};

/// The document that contains the trust list.
const TRUST: &str = "trust list";

/// The wrapping context of a key of that purpose.
fn used_for(purpose: &str) -> String {
    format!("notification {purpose}")
}

impl Notification {
    /// Loads keys and trust list from the tables: at the start, and when another node may have changed them.
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
            .map_err(|_| Failure::Broken("the stored trust list is not signed by the root"))?;
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

    /// Makes head, grant and voucher keys if none can sign now, and successors in time; destroys the private halves of expired
    /// keys. Returns whether any key was made: the root must then list it, and nothing is signed with it before. Call
    /// it about every second; it does nothing while nothing is due.
    pub async fn ensure_keys(&self) -> Result<bool, Failure> {
        let _turn = self.signing.making.lock().await;
        let (now, keys) = (self.now(), self.signing.current());
        let mut made = false;
        for purpose in [Purpose::Head, Purpose::Grant, Purpose::Voucher] {
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
        let key = StoredKey::make(&*self.vault, &used_for(purpose.as_str()), times).await?;
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

    /// Wraps keys again that are wrapped under an older key-encryption key than the vault's newest.
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
                .rewrapped(&*self.vault, &used_for(&row.purpose))
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

    /// All head, grant and voucher keys that were ever made, for the root's ceremony. The trust list names a key as long as
    /// messages signed with it may be read.
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

    /// Installs a trust list that the root signed. Installing the same list again is allowed. A listed successor begins
    /// to sign a day later.
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

    /// The expiry time of the current trust list. `None` if there is no list.
    #[must_use]
    pub fn trust_expires(&self) -> Option<Time> {
        Some(self.signing.current().trust.as_ref()?.expires())
    }

    /// The trust list, for a device whose list has the older version `version`.
    pub(crate) fn newer_trust(&self, version: Option<u64>) -> Option<protocol::Base64UrlBytes> {
        let current = self.signing.current();
        let list = current.trust.as_ref()?;
        version
            .is_none_or(|version| version < list.version())
            .then(|| list.as_bytes().to_vec().into())
    }
}
