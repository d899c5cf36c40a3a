//! What seals the device's store: the inbox key, the storage key, and the person's lock on it.
//!
//! The inbox key is sealed by a key of the browser that is not extractable, so that the device can receive while it is
//! locked. The storage key is sealed by a key that is made from what the person knows or has: a password (Argon2id, RFC
//! 9106) or the output of a passkey's PRF extension (WebAuthn Level 3, 10.1.4). While the passbook is open, the storage key
//! may be kept for a reload of the page: sealed by another key of the browser, which is removed when the passbook is locked.

use crate::browser_error::{BrowserError, object, settled};
use crate::indexed_db::{Access, begin, complete, result};
use crate::opening::{Database, KEYS};
use crate::random::{BrowserRandom, crypto};
use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Nonce};
use client::InboxKey;
use hkdf::Hkdf;
use js_sys::Uint8Array;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use thiserror::Error;
use types::{Time, base64url};
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::CryptoKey;
use zeroize::Zeroizing;

/// Where things are stored.
const BROWSER_KEY: &str = "browser";
const INBOX: &str = "inbox";
const LOCK: &str = "lock";
const KEPT_KEY: &str = "kept key";
const KEPT: &str = "kept";

/// What a lock's key seals, so that the sealed key is good for nothing else.
const PURPOSE: &[u8] = b"passbook storage key 1";

/// RFC 9106, 4: the second recommended option, in one lane, since a worker is one thread.
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;

/// Why a storage key was not released.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum VaultError {
    /// The password or the passkey is not the one of the lock.
    #[error("this does not unlock the passbook")]
    Wrong,
    /// There is no lock: the device is not enrolled.
    #[error("there is no passbook on this device")]
    NoLock,
    /// What is stored has a form that this version does not know.
    #[error("the lock has a form that this version of the app does not support")]
    Form,
    /// The browser refused.
    #[error(transparent)]
    Browser(#[from] BrowserError),
}

/// What the person unlocks the passbook with.
pub enum Lock {
    /// A password.
    Password(Zeroizing<String>),
    /// A passkey: its credential id, and the output of its PRF extension.
    Passkey {
        /// The credential's id.
        credential: Vec<u8>,
        /// The output: 32 bytes that only the authenticator can make.
        secret: Zeroizing<[u8; 32]>,
    },
}

/// The stored lock.
#[derive(Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case", deny_unknown_fields)]
enum StoredLock {
    Password {
        salt: String,
        memory_kib: u32,
        passes: u32,
        nonce: String,
        sealed: String,
    },
    Passkey {
        credential: String,
        nonce: String,
        sealed: String,
    },
}

/// The storage key, while the passbook is open.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    until_ms: u64,
    sealed: String,
}

/// The keys of one device.
#[derive(Debug, Clone)]
pub struct Vault(Database);

impl Vault {
    /// The vault in `database`.
    #[must_use]
    pub fn new(database: &Database) -> Self {
        Self(database.clone())
    }

    /// The key that seals received messages. It is made and stored if there is none.
    pub async fn inbox_key(&self) -> Result<InboxKey, VaultError> {
        let key = self.key(BROWSER_KEY).await?;
        let sealed = self.read(INBOX).await?;
        let inbox = match sealed {
            Some(sealed) => open_with(&key, &sealed).await?,
            None => {
                let made = BrowserRandom.key();
                let sealed = seal_with(&key, &made).await?;
                self.write(&[(INBOX, Some(sealed))]).await?;
                made
            }
        };
        Ok(InboxKey::new(&inbox))
    }

    /// The credential of the passkey that unlocks: `None` if a password does. [`VaultError::NoLock`] if there is no lock.
    pub async fn passkey(&self) -> Result<Option<Vec<u8>>, VaultError> {
        match self.lock().await? {
            StoredLock::Password { .. } => Ok(None),
            StoredLock::Passkey { credential, .. } => bytes(&credential).map(Some),
        }
    }

    /// The storage key of a new device. It is kept until the person has chosen a lock, so that a repeated enrolment has the
    /// same one.
    pub async fn make(&self, now: Time) -> Result<Zeroizing<[u8; 32]>, VaultError> {
        if let Some(kept) = self.kept(now).await? {
            return Ok(kept);
        }
        let storage_key = BrowserRandom.key();
        self.write(&[(LOCK, None)]).await?;
        self.keep(&storage_key, Time::from_ms(u64::MAX)).await?;
        Ok(storage_key)
    }

    /// Locks the storage key, in place of an earlier lock.
    pub async fn lock_with(&self, storage_key: &[u8; 32], lock: &Lock) -> Result<(), VaultError> {
        let salt: [u8; 16] = BrowserRandom.bytes();
        let nonce: [u8; 12] = BrowserRandom.bytes();
        let key = match lock {
            Lock::Password(password) => stretch(password, &salt, MEMORY_KIB, PASSES)?,
            Lock::Passkey { secret, .. } => of_passkey(secret),
        };
        let sealed = seal(&key, &nonce, storage_key)?;
        let (nonce, sealed) = (base64url::encode(&nonce), base64url::encode(&sealed));
        let stored = match lock {
            Lock::Password(_) => StoredLock::Password {
                salt: base64url::encode(&salt),
                memory_kib: MEMORY_KIB,
                passes: PASSES,
                nonce,
                sealed,
            },
            Lock::Passkey { credential, .. } => StoredLock::Passkey {
                credential: base64url::encode(credential),
                nonce,
                sealed,
            },
        };
        let stored = serde_json::to_vec(&stored).map_err(|_| VaultError::Form)?;
        self.write(&[(LOCK, Some(stored))]).await
    }

    /// Releases the storage key. With a password it takes about a second of processor time, by design.
    pub async fn unlock(&self, lock: &Lock) -> Result<Zeroizing<[u8; 32]>, VaultError> {
        let stored = self.lock().await?;
        let (key, nonce, sealed) = match (lock, &stored) {
            (
                Lock::Password(password),
                StoredLock::Password {
                    salt,
                    memory_kib,
                    passes,
                    nonce,
                    sealed,
                },
            ) => {
                let key = stretch(password, &bytes(salt)?, *memory_kib, *passes)?;
                (key, nonce, sealed)
            }
            (Lock::Passkey { secret, .. }, StoredLock::Passkey { nonce, sealed, .. }) => {
                (of_passkey(secret), nonce, sealed)
            }
            _ => return Err(VaultError::Wrong),
        };
        open(&key, &bytes(nonce)?, &bytes(sealed)?)
    }

    /// Keeps the storage key until a time of the device's clock, for a reload of the page.
    pub async fn keep(&self, storage_key: &[u8; 32], until: Time) -> Result<(), VaultError> {
        let key = self.key(KEPT_KEY).await?;
        let sealed = seal_with(&key, storage_key).await?;
        let kept = Kept {
            until_ms: until.ms(),
            sealed: base64url::encode(&sealed),
        };
        let kept = serde_json::to_vec(&kept).map_err(|_| VaultError::Form)?;
        self.write(&[(KEPT, Some(kept))]).await
    }

    /// The storage key, if it is kept at `now`.
    pub async fn kept(&self, now: Time) -> Result<Option<Zeroizing<[u8; 32]>>, VaultError> {
        let Some(kept) = self.read(KEPT).await? else {
            return Ok(None);
        };
        let kept: Kept = serde_json::from_slice(&kept).map_err(|_| VaultError::Form)?;
        if kept.until_ms <= now.ms() {
            self.forget().await?;
            return Ok(None);
        }
        let key = self.key(KEPT_KEY).await?;
        open_with(&key, &bytes(&kept.sealed)?).await.map(Some)
    }

    /// Keeps for longer what is kept at `now`, if it is still kept.
    pub async fn extend(&self, now: Time, until: Time) -> Result<(), VaultError> {
        // One transaction: what was forgotten meanwhile must not come back.
        let transaction = begin(&self.0.connection, &[KEYS], Access::Relaxed)?;
        let keys = transaction.object_store(KEYS).map_err(BrowserError::from)?;
        let asked = keys.get(&KEPT.into()).map_err(BrowserError::from)?;
        let stored = result(&asked).await?;
        if stored.is_undefined() {
            return Ok(());
        }
        let kept: Kept = serde_json::from_slice(&Uint8Array::new(&stored).to_vec())
            .map_err(|_| VaultError::Form)?;
        if kept.until_ms <= now.ms() || kept.until_ms >= until.ms() {
            return Ok(());
        }
        let until_ms = until.ms();
        let kept = serde_json::to_vec(&Kept { until_ms, ..kept }).map_err(|_| VaultError::Form)?;
        keys.put_with_key(&Uint8Array::from(kept.as_slice()), &KEPT.into())
            .map_err(BrowserError::from)?;
        Ok(complete(&transaction).await?)
    }

    /// Removes what was kept, and the key that sealed it.
    pub async fn forget(&self) -> Result<(), VaultError> {
        self.write(&[(KEPT, None), (KEPT_KEY, None)]).await
    }

    async fn lock(&self) -> Result<StoredLock, VaultError> {
        let stored = self.read(LOCK).await?.ok_or(VaultError::NoLock)?;
        serde_json::from_slice(&stored).map_err(|_| VaultError::Form)
    }

    async fn read(&self, name: &str) -> Result<Option<Vec<u8>>, VaultError> {
        let transaction = begin(&self.0.connection, &[KEYS], Access::Read)?;
        let keys = transaction.object_store(KEYS).map_err(BrowserError::from)?;
        let asked = keys.get(&name.into()).map_err(BrowserError::from)?;
        let value = result(&asked).await?;
        Ok((!value.is_undefined()).then(|| Uint8Array::new(&value).to_vec()))
    }

    async fn write(&self, values: &[(&str, Option<Vec<u8>>)]) -> Result<(), VaultError> {
        let transaction = begin(&self.0.connection, &[KEYS], Access::Durable)?;
        let keys = transaction.object_store(KEYS).map_err(BrowserError::from)?;
        for (name, value) in values {
            let name = JsValue::from_str(name);
            let written = match value {
                Some(value) => keys.put_with_key(&Uint8Array::from(value.as_slice()), &name),
                None => keys.delete(&name),
            };
            written.map_err(BrowserError::from)?;
        }
        Ok(complete(&transaction).await?)
    }

    /// A key of the browser, AES-GCM. It is made and stored if there is none.
    async fn key(&self, name: &str) -> Result<CryptoKey, BrowserError> {
        let make = async || {
            let algorithm = object([("name", "AES-GCM".into()), ("length", 256.into())])?;
            let usages: js_sys::Array = ["encrypt", "decrypt"]
                .into_iter()
                .map(JsValue::from_str)
                .collect();
            let extractable = false;
            let made = crypto().subtle().generate_key_with_object(
                algorithm.unchecked_ref(),
                extractable,
                &usages,
            );
            Ok([settled(made?).await?])
        };
        let [key] = self.0.keys([name], make).await?;
        Ok(key.unchecked_into())
    }
}

fn bytes(text: &str) -> Result<Vec<u8>, VaultError> {
    base64url::decode(text).map_err(|_| VaultError::Form)
}

fn stretch(
    password: &str,
    salt: &[u8],
    memory_kib: u32,
    passes: u32,
) -> Result<Zeroizing<[u8; 32]>, VaultError> {
    let mut key = Zeroizing::new([0; 32]);
    let params = Params::new(memory_kib, passes, 1, Some(key.len()));
    let params = params.map_err(|_| VaultError::Form)?;
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(password.as_bytes(), salt, &mut *key)
        .map_err(|_| VaultError::Form)?;
    Ok(key)
}

fn of_passkey(secret: &[u8; 32]) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new([0; 32]);
    let expanded = Hkdf::<Sha256>::new(None, secret).expand(PURPOSE, &mut *key);
    debug_assert!(expanded.is_ok(), "HKDF-SHA256 makes 32 bytes");
    key
}

fn cipher(key: &[u8; 32]) -> ChaCha20Poly1305 {
    ChaCha20Poly1305::new(key.into())
}

fn seal(key: &[u8; 32], nonce: &[u8; 12], storage_key: &[u8; 32]) -> Result<Vec<u8>, VaultError> {
    let payload = Payload {
        msg: storage_key,
        aad: PURPOSE,
    };
    let sealed = cipher(key).encrypt(&Nonce::from(*nonce), payload);
    sealed.map_err(|_| VaultError::Form)
}

fn open(key: &[u8; 32], nonce: &[u8], sealed: &[u8]) -> Result<Zeroizing<[u8; 32]>, VaultError> {
    let nonce: [u8; 12] = nonce.try_into().map_err(|_| VaultError::Form)?;
    let payload = Payload {
        msg: sealed,
        aad: PURPOSE,
    };
    let opened = cipher(key).decrypt(&Nonce::from(nonce), payload);
    storage_key(&Zeroizing::new(opened.map_err(|_| VaultError::Wrong)?))
}

fn storage_key(bytes: &[u8]) -> Result<Zeroizing<[u8; 32]>, VaultError> {
    let mut key = Zeroizing::new([0; 32]);
    if bytes.len() != key.len() {
        return Err(VaultError::Form);
    }
    key.copy_from_slice(bytes);
    Ok(key)
}

fn aes_gcm(nonce: &[u8]) -> Result<JsValue, BrowserError> {
    object([
        ("name", "AES-GCM".into()),
        ("iv", Uint8Array::from(nonce).into()),
    ])
}

/// A key sealed by a key of the browser: the nonce, 12 bytes, and the ciphertext with its tag.
async fn seal_with(key: &CryptoKey, secret: &[u8; 32]) -> Result<Vec<u8>, VaultError> {
    let nonce: [u8; 12] = BrowserRandom.bytes();
    let plain = Uint8Array::from(secret.as_slice());
    let sealing = crypto().subtle().encrypt_with_object_and_buffer_source(
        aes_gcm(&nonce)?.unchecked_ref(),
        key,
        plain.unchecked_ref(),
    );
    let sealed = settled(sealing.map_err(BrowserError::from)?).await;
    plain.fill(0, 0, plain.length());
    Ok([&nonce[..], &Uint8Array::new(&sealed?).to_vec()].concat())
}

async fn open_with(key: &CryptoKey, sealed: &[u8]) -> Result<Zeroizing<[u8; 32]>, VaultError> {
    let (nonce, sealed) = sealed.split_at_checked(12).ok_or(VaultError::Form)?;
    let sealed = Uint8Array::from(sealed);
    let opening = crypto().subtle().decrypt_with_object_and_buffer_source(
        aes_gcm(nonce)?.unchecked_ref(),
        key,
        sealed.unchecked_ref(),
    );
    let opened = settled(opening.map_err(BrowserError::from)?).await?;
    let opened = Uint8Array::new(&opened);
    let key = storage_key(&Zeroizing::new(opened.to_vec()));
    opened.fill(0, 0, opened.length());
    key
}
