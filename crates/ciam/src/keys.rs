//! ciam's signing keys, unwrapped in memory.

use crate::audit_log::Act;
use crate::ciam::Ciam;
use crate::errors::Failure;
use crate::store::signing_key::{self, KeyPurpose};
use database::Transaction;
use std::sync::{Arc, PoisonError, RwLock};
use types::Time;
use vault::{KeptKey, OwnKey};

/// The keys as of one moment, each list ordered by `from`.
#[derive(Default)]
pub(crate) struct KeySet {
    pub(crate) token: Vec<Arc<OwnKey>>,
    pub(crate) statement: Vec<Arc<OwnKey>>,
    /// The oldest key-encryption key under which one of the keys is wrapped.
    pub(crate) wrapped_under: Option<u32>,
}

/// The current [`KeySet`], and the lock for changing it.
#[derive(Default)]
pub(crate) struct Keys {
    current: RwLock<Arc<KeySet>>,
    pub(crate) making: tokio::sync::Mutex<()>,
}

impl Keys {
    pub(crate) fn current(&self) -> Arc<KeySet> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&current)
    }

    fn set(&self, keys: KeySet) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
    }
}

impl Ciam {
    /// Loads the keys from the table.
    pub(crate) async fn load_keys(&self) -> Result<(), Failure> {
        let mut keys = KeySet::default();
        for (purpose, kept) in self.kept_keys().await? {
            let key = kept.open(&*self.inner.vault, purpose.used_for()).await?;
            let under = kept.wrapped.as_ref().map(|wrapped| wrapped.key);
            keys.wrapped_under = keys.wrapped_under.into_iter().chain(under).min();
            match purpose {
                KeyPurpose::Token => keys.token.push(Arc::new(key)),
                KeyPurpose::Statement => keys.statement.push(Arc::new(key)),
            }
        }
        self.inner.keys.set(keys);
        Ok(())
    }

    /// The stored keys, each purpose's ordered by `from`.
    pub(crate) async fn kept_keys(&self) -> Result<Vec<(KeyPurpose, KeptKey)>, Failure> {
        self.inner
            .database
            .read(async move |tx: &mut Transaction<'_>| {
                let mut kept = Vec::new();
                for purpose in KeyPurpose::ALL {
                    let own = signing_key::all(tx, purpose).await?;
                    kept.extend(own.into_iter().map(|key| (purpose, key)));
                }
                Ok(kept)
            })
            .await
    }

    /// Makes a key and stores it wrapped.
    pub(crate) async fn make_key(
        &self,
        purpose: KeyPurpose,
        (from, until): (Time, Time),
    ) -> Result<(), Failure> {
        let vault = &*self.inner.vault;
        let kept = KeptKey::make(vault, purpose.used_for(), (from, until)).await?;
        let act = Act::KeyMade {
            kid: kept.public.kid(),
            purpose: purpose.as_str(),
            from,
        };
        let ciam = self.clone();
        self.inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<(), Failure> {
                    signing_key::insert(tx, purpose, &kept).await?;
                    ciam.record(tx, &act).await
                },
            )
            .await
    }
}
