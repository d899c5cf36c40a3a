//! The keys that ciam signs with, unwrapped in memory.

use crate::ciam::Ciam;
use crate::errors::Failure;
use crate::store::signing_key::{self, KeyPurpose, SigningKeyRow};
use database::Transaction;
use envelope::Signer as _;
use std::sync::{Arc, PoisonError, RwLock};
use types::{PublicKey, Time};
use vault::{SigningKey, Vault};

/// A key that signs from then.
pub(crate) struct OwnKey {
    pub(crate) key: SigningKey,
    pub(crate) from: Time,
    pub(crate) until: Time,
}

/// The keys as of one moment, each list in the order of its keys' `from`.
#[derive(Default)]
pub(crate) struct KeySet {
    pub(crate) token: Vec<Arc<OwnKey>>,
    pub(crate) statement: Vec<Arc<OwnKey>>,
}

/// Where the current [`KeySet`] is, and the turn to change it.
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

/// What a key is wrapped for.
pub(crate) fn context(purpose: KeyPurpose, public: &PublicKey) -> Vec<u8> {
    format!("ciam {} key {}", purpose.as_str(), public.kid()).into_bytes()
}

async fn unwrap(
    vault: &dyn Vault,
    purpose: KeyPurpose,
    row: &SigningKeyRow,
) -> Result<Arc<OwnKey>, Failure> {
    let secret = vault
        .unwrap(&context(purpose, &row.public), &row.wrapped)
        .await?;
    Ok(Arc::new(OwnKey {
        key: SigningKey::from_secret_bytes(&secret)?,
        from: row.from,
        until: row.until,
    }))
}

impl Ciam {
    /// Reads the keys from the table.
    pub(crate) async fn load_keys(&self) -> Result<(), Failure> {
        let (token, statement) = self
            .inner
            .database
            .read(
                async move |tx: &mut Transaction<'_>| -> Result<_, Failure> {
                    let token = signing_key::all(tx, KeyPurpose::Token).await?;
                    Ok((token, signing_key::all(tx, KeyPurpose::Statement).await?))
                },
            )
            .await?;
        let vault = &*self.inner.vault;
        let mut keys = KeySet::default();
        for row in &token {
            keys.token
                .push(unwrap(vault, KeyPurpose::Token, row).await?);
        }
        for row in &statement {
            let key = unwrap(vault, KeyPurpose::Statement, row).await?;
            keys.statement.push(key);
        }
        self.inner.keys.set(keys);
        Ok(())
    }

    /// Makes a key and keeps it wrapped.
    pub(crate) async fn make_key(
        &self,
        purpose: KeyPurpose,
        from: Time,
        until: Time,
    ) -> Result<(), Failure> {
        let key = SigningKey::generate()?;
        let public = *key.public_key();
        let secret = key.to_secret_bytes()?;
        let wrapped = self
            .inner
            .vault
            .wrap(&context(purpose, &public), &secret)
            .await?;
        let row = SigningKeyRow {
            public,
            wrapped,
            from,
            until,
        };
        let act = crate::audit_log::Act::KeyMade {
            kid: public.kid(),
            purpose: purpose.as_str(),
            from,
        };
        let ciam = self.clone();
        self.inner
            .database
            .write(
                async move |tx: &mut Transaction<'_>| -> Result<(), Failure> {
                    signing_key::insert(tx, purpose, &row).await?;
                    ciam.record(tx, &act).await
                },
            )
            .await
    }
}
