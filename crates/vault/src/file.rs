//! The vault for development: one file that only its owner can read.

use crate::{MacKey, SigningKey, Vault, VaultError, Wrapped};
use async_trait::async_trait;
use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{ChaCha20Poly1305, KeyInit as _};
use envelope::{HmacSha256, Signer as _};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};
use types::{PublicKey, Signature, base64url};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

const NONCE: usize = 12;
const KEY: usize = 32;

/// The content of the file. Secrets are in base64url.
#[derive(Clone, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
struct Contents {
    version: u32,
    root: String,
    next_root: String,
    mac_secret: String,
    #[zeroize(skip)]
    key_encryption_keys: BTreeMap<u32, KeyEncryptionKey>,
}

#[derive(Clone, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(transparent)]
struct KeyEncryptionKey(String);

/// A vault in one file that only its owner can read. For development: anybody who can read the file has every key.
pub struct FileVault {
    path: PathBuf,
    root: SigningKey,
    next_root: SigningKey,
    contents: RwLock<Contents>,
}

impl FileVault {
    /// Opens the vault at `path`, or creates one with new keys.
    pub fn open_or_create(path: &Path) -> Result<Self, VaultError> {
        if !path.exists() {
            write(path, &Contents::generate()?)?;
        }
        Self::open(path)
    }

    /// Opens the vault at `path`. Refuses a file that others can read.
    pub fn open(path: &Path) -> Result<Self, VaultError> {
        let failed = |problem, source| VaultError::File {
            path: path.into(),
            problem,
            source,
        };
        let permissions = fs::metadata(path)
            .map_err(|error| failed("cannot be read", Some(error)))?
            .permissions();
        if permissions.mode() & 0o077 != 0 {
            return Err(failed(
                "others can read it; chmod 600 it, and renew its keys if they may have",
                None,
            ));
        }
        let text = fs::read(path)
            .map(Zeroizing::new)
            .map_err(|error| failed("cannot be read", Some(error)))?;
        let contents: Contents = protocol::json::from_slice(&text)
            .map_err(|error| failed("is not a vault", Some(error.into())))?;
        if contents.version != 1 || contents.key_encryption_keys.is_empty() {
            return Err(failed("is not a vault of this version", None));
        }
        let key = |text: &str| SigningKey::from_secret_bytes(&secret_bytes(text)?);
        Ok(Self {
            path: path.into(),
            root: key(&contents.root)?,
            next_root: key(&contents.next_root)?,
            contents: RwLock::new(contents),
        })
    }

    /// Writes the changed content to the file first, and changes the content in memory only when the file is on the
    /// disk.
    fn change<T>(
        &self,
        change: impl FnOnce(&mut Contents) -> Result<T, VaultError>,
    ) -> Result<T, VaultError> {
        let mut contents = self
            .contents
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let mut changed = contents.clone();
        let answer = change(&mut changed)?;
        write(&self.path, &changed)?;
        *contents = changed;
        Ok(answer)
    }

    /// Refuses a file with a key-encryption key that has the wrong length or form, so that the fault is found at the
    /// start and not when the key is needed.
    pub fn check(&self) -> Result<(), VaultError> {
        let contents = self.contents.read().unwrap_or_else(PoisonError::into_inner);
        let numbers: Vec<u32> = contents.key_encryption_keys.keys().copied().collect();
        drop(contents);
        numbers
            .into_iter()
            .try_for_each(|number| self.cipher(Some(number)).map(drop))
    }

    fn cipher(&self, key: Option<u32>) -> Result<(u32, ChaCha20Poly1305), VaultError> {
        let contents = self.contents.read().unwrap_or_else(PoisonError::into_inner);
        let found = match key {
            Some(key) => contents.key_encryption_keys.get_key_value(&key),
            None => contents.key_encryption_keys.last_key_value(),
        };
        let (number, stored) = match (found, key) {
            (Some(found), _) => found,
            (None, Some(destroyed)) => return Err(VaultError::Destroyed(destroyed)),
            (None, None) => unreachable!("a vault without a key-encryption key does not open"),
        };
        let cipher = ChaCha20Poly1305::new((&*secret_key(&stored.0)?).into());
        Ok((*number, cipher))
    }
}

impl Contents {
    fn generate() -> Result<Self, VaultError> {
        let key = || {
            Ok::<_, VaultError>(base64url::encode(
                &SigningKey::generate()?.to_secret_bytes()?,
            ))
        };
        Ok(Self {
            version: 1,
            root: key()?,
            next_root: key()?,
            mac_secret: random_key()?,
            key_encryption_keys: BTreeMap::from([(1, KeyEncryptionKey(random_key()?))]),
        })
    }
}

fn random_key() -> Result<String, VaultError> {
    let mut key = Zeroizing::new([0; KEY]);
    getrandom::fill(key.as_mut_slice()).map_err(|_| VaultError::Randomness)?;
    Ok(base64url::encode(key.as_slice()))
}

fn secret_bytes(text: &str) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    base64url::decode(text)
        .map(Zeroizing::new)
        .map_err(|_| VaultError::Key)
}

fn secret_key(text: &str) -> Result<Zeroizing<[u8; KEY]>, VaultError> {
    let bytes = secret_bytes(text)?;
    let mut key = Zeroizing::new([0; KEY]);
    if bytes.len() != KEY {
        return Err(VaultError::Key);
    }
    key.copy_from_slice(&bytes);
    Ok(key)
}

/// The file's text. The buffer is large enough from the start: a buffer that grows leaves copies of the secrets behind
/// that are never wiped.
fn text_of(contents: &Contents) -> Result<Zeroizing<Vec<u8>>, serde_json::Error> {
    let capacity = 1024 + 128 * contents.key_encryption_keys.len();
    let mut text = Zeroizing::new(Vec::with_capacity(capacity));
    serde_json::to_writer_pretty(&mut *text, contents)?;
    assert!(text.len() <= capacity, "the buffer has moved");
    Ok(text)
}

/// Replaces the file as a whole: writes another file, syncs it, renames it, and syncs the directory.
fn write(path: &Path, contents: &Contents) -> Result<(), VaultError> {
    let aside = path.with_extension("new");
    let replace = || {
        let text = text_of(contents)?;
        // A file that a crash left here may be readable by others, so it is removed.
        match fs::remove_file(&aside) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = OpenOptions::new()
            .create_new(true)
            .write(true)
            .mode(0o600)
            .open(&aside)?;
        file.write_all(&text)?;
        file.sync_all()?;
        fs::rename(&aside, path)?;
        let directory = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty());
        File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
    };
    replace().map_err(|error: std::io::Error| VaultError::File {
        path: path.into(),
        problem: "cannot be written",
        source: Some(error),
    })
}

#[async_trait]
impl Vault for FileVault {
    async fn wrap(&self, context: &[u8], secret: &[u8]) -> Result<Wrapped, VaultError> {
        let (key, cipher) = self.cipher(None)?;
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce).map_err(|_| VaultError::Randomness)?;
        let sealed = cipher
            .encrypt(
                &nonce.into(),
                Payload {
                    msg: secret,
                    aad: context,
                },
            )
            .map_err(|_| VaultError::Key)?;
        Ok(Wrapped {
            key,
            bytes: [nonce.as_slice(), &sealed].concat(),
        })
    }

    async fn unwrap(
        &self,
        context: &[u8],
        wrapped: &Wrapped,
    ) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let (_, cipher) = self.cipher(Some(wrapped.key))?;
        let (nonce, sealed) = wrapped
            .bytes
            .split_first_chunk::<NONCE>()
            .ok_or(VaultError::DoesNotOpen)?;
        cipher
            .decrypt(
                &(*nonce).into(),
                Payload {
                    msg: sealed,
                    aad: context,
                },
            )
            .map(Zeroizing::new)
            .map_err(|_| VaultError::DoesNotOpen)
    }

    async fn newest(&self) -> Result<u32, VaultError> {
        Ok(self.cipher(None)?.0)
    }

    async fn mac(&self, key: MacKey, data: &[u8]) -> Result<Zeroizing<[u8; 32]>, VaultError> {
        let contents = self.contents.read().unwrap_or_else(PoisonError::into_inner);
        let secret = secret_key(&contents.mac_secret)?;
        let key = HmacSha256::new(&secret).over(key.info()).finish();
        Ok(HmacSha256::new(&key).over(data).finish())
    }

    async fn roots(&self) -> Result<[PublicKey; 2], VaultError> {
        Ok([*self.root.public_key(), *self.next_root.public_key()])
    }

    async fn sign_as_root(&self, message: &[u8]) -> Result<Signature, VaultError> {
        self.root.sign(message).map_err(|_| VaultError::Key)
    }

    async fn rotate(&self) -> Result<u32, VaultError> {
        let fresh = KeyEncryptionKey(random_key()?);
        self.change(|contents| {
            let number = contents
                .key_encryption_keys
                .keys()
                .last()
                .map_or(1, |newest| newest + 1);
            contents.key_encryption_keys.insert(number, fresh);
            Ok(number)
        })
    }

    async fn destroy(&self, key: u32) -> Result<(), VaultError> {
        self.change(|contents| {
            if contents.key_encryption_keys.keys().last() == Some(&key) {
                return Err(VaultError::InUse(key));
            }
            contents.key_encryption_keys.remove(&key);
            Ok(())
        })
    }
}
