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
    /// The key-encryption key that it is kept under.
    pub(crate) wrapped_under: u32,
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
        wrapped_under: row.wrapped.key,
    }))
}

impl Ciam {
    /// Reads the keys from the table.
    pub(crate) async fn load_keys(&self) -> Result<(), Failure> {
        let mut keys = KeySet::default();
        for (purpose, row) in self.key_rows().await? {
            let key = unwrap(&*self.inner.vault, purpose, &row).await?;
            match purpose {
                KeyPurpose::Token => keys.token.push(key),
                KeyPurpose::Statement => keys.statement.push(key),
            }
        }
        self.inner.keys.set(keys);
        Ok(())
    }

    /// The keys as they are kept, each purpose's in the order of `from`.
    pub(crate) async fn key_rows(&self) -> Result<Vec<(KeyPurpose, SigningKeyRow)>, Failure> {
        self.inner
            .database
            .read(async move |tx: &mut Transaction<'_>| {
                let mut rows = Vec::new();
                for purpose in [KeyPurpose::Token, KeyPurpose::Statement] {
                    let own = signing_key::all(tx, purpose).await?;
                    rows.extend(own.into_iter().map(|row| (purpose, row)));
                }
                Ok(rows)
            })
            .await
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
