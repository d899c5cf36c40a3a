//! The server keys on the bank's side: at most two are valid, so that the service broker changes from one to the next without a pause.

use crate::SecurityStack;
use crate::error::{Failure, ReviewError};
use crate::known_key::KnownKey;
use crate::store::key::{self, KeyRow};
use audit::Act;
use database::{Transaction, audit_chain};
use envelope::StackKey;
use std::sync::PoisonError;
use types::{Hash, base64url};
use zeroize::Zeroizing;

const SESSIONS: &str = "security_stack.server_key.sessions";

/// Valid keys at a time.
const KEYS_MAX: usize = 2;

impl SecurityStack {
    /// The keys with which packages pass now.
    pub(crate) fn keys(&self) -> Vec<StackKey> {
        let now = self.now();
        let keys = self.0.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let keys = keys.iter().filter(|known| known.passes(now));
        keys.map(|known| known.key.clone()).collect()
    }

    /// The hashes of the valid keys, the oldest first.
    #[must_use]
    pub fn key_hashes(&self) -> Vec<Hash> {
        let keys = self.0.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let valid = keys.iter().filter(|known| known.retired.is_none());
        valid.map(|known| known.key.hash()).collect()
    }

    /// Makes a key valid beside the one that is. `text` is what the service broker prints of its next key: its hash and the key derived
    /// from it. The same key again changes nothing.
    pub async fn add_key(&self, text: &str) -> Result<Hash, ReviewError> {
        let kept = parse(text).ok_or(ReviewError::NotAKey)?;
        let (hash, now) = (kept.hash(), self.now());
        let sealed = self.0.columns.seal(SESSIONS, kept.sessions());
        let row = KeyRow {
            hash: hash.as_bytes().to_vec(),
            sessions: sealed.map_err(Failure::from)?,
            added: now,
            retired: None,
        };
        let add = async move |tx: &mut Transaction<'_>| -> Result<(), ReviewError> {
            let valid = valid(tx).await?;
            if valid.iter().any(|valid| valid.hash == row.hash) {
                return Ok(());
            }
            if valid.len() >= KEYS_MAX {
                return Err(ReviewError::TwoKeys);
            }
            key::insert(tx, &row).await?;
            let act = Act::new(now, "security-stack", "server_key.added");
            Ok(audit_chain::record(tx, &act.with("hash", base64url::encode(&row.hash))).await?)
        };
        self.0.database.write(add).await?;
        self.learn().await?;
        Ok(hash)
    }

    /// Retires the older of two keys. Packages that were made with it before pass for another minute.
    pub async fn retire_key(&self) -> Result<Hash, ReviewError> {
        let now = self.now();
        let retire = async move |tx: &mut Transaction<'_>| -> Result<Vec<u8>, ReviewError> {
            let valid = valid(tx).await?;
            let [older, _] = valid.as_slice() else {
                return Err(ReviewError::OnlyKey);
            };
            key::retire(tx, &older.hash, now).await?;
            let act = Act::new(now, "security-stack", "server_key.retired");
            audit_chain::record(tx, &act.with("hash", base64url::encode(&older.hash))).await?;
            Ok(older.hash.clone())
        };
        let retired = self.0.database.write(retire).await?;
        self.learn().await?;
        Ok(hash(&retired)?)
    }

    pub(crate) fn open_key(&self, row: &KeyRow) -> Result<KnownKey, Failure> {
        let sessions = self.0.columns.open(SESSIONS, &row.sessions)?;
        let sessions = <[u8; 32]>::try_from(sessions.as_slice()).map_err(|_| Failure::Stored)?;
        Ok(KnownKey {
            key: StackKey::new(hash(&row.hash)?, Zeroizing::new(sessions)),
            retired: row.retired,
        })
    }
}

async fn valid(tx: &mut Transaction<'_>) -> Result<Vec<KeyRow>, ReviewError> {
    let keys = key::all(tx).await?.into_iter();
    Ok(keys.filter(|row| row.retired.is_none()).collect())
}

fn hash(bytes: &[u8]) -> Result<Hash, Failure> {
    let bytes: [u8; 32] = bytes.try_into().map_err(|_| Failure::Stored)?;
    Ok(Hash::new(bytes))
}

/// What the service broker prints of a key: base64url of hash and derived key, with a dot between.
#[must_use]
pub fn printed(key: &StackKey) -> Zeroizing<String> {
    let (hash, sessions) = (
        base64url::encode(key.hash().as_bytes()),
        base64url::encode(key.sessions()),
    );
    Zeroizing::new(format!("{hash}.{sessions}"))
}

fn parse(text: &str) -> Option<StackKey> {
    let (hash, sessions) = text.trim().split_once('.')?;
    let bytes = |text| -> Option<[u8; 32]> {
        let bytes = Zeroizing::new(base64url::decode(text).ok()?);
        bytes.as_slice().try_into().ok()
    };
    Some(StackKey::new(
        Hash::new(bytes(hash)?),
        Zeroizing::new(bytes(sessions)?),
    ))
}
