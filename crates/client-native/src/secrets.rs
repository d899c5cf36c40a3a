//! The key file: a device's keys on a platform without an enclave.

use crate::replacing::replace_file;
use client::{InboxKey, KeyError, SoftwareKeys, StorageKey};
use rand::Rng as _;
use rand::SeedableRng as _;
use rand::rngs::{StdRng, SysRng};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;
use thiserror::Error;
use types::base64url;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

const VERSION: u32 = 1;

/// A limit beyond the size of every key file.
const FILE_BYTES_MAX: usize = 1_024;

/// Why a key file cannot be used.
#[derive(Debug, Error)]
pub enum SecretsError {
    /// Reading or writing the file failed.
    #[error("the key file cannot be read or written")]
    Io(#[from] io::Error),
    /// The content is not a key file.
    #[error("the key file has a format that this program does not support")]
    Form,
    /// Users other than the owner may read the file.
    #[error("users other than its owner may read the key file; its mode must be 0600")]
    Readable,
    /// The system's random source failed.
    #[error("the system's random source failed")]
    Randomness,
    /// Making the keys failed.
    #[error(transparent)]
    Keys(#[from] KeyError),
}

/// A device's three keys, and the two keys that seal its store.
#[derive(Debug)]
pub struct DeviceSecrets {
    /// Session, approval and agreement key.
    pub keys: SoftwareKeys,
    /// Seals received messages.
    pub inbox_key: InboxKey,
    /// Seals the projection that is shown.
    pub storage_key: StorageKey,
}

/// The content of the file: base64url of 32 bytes each.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
struct KeyFile {
    version: u32,
    session: String,
    approval: String,
    agreement: String,
    inbox: String,
    storage: String,
}

impl KeyFile {
    fn generate() -> Result<Self, SecretsError> {
        let mut rng = StdRng::try_from_rng(&mut SysRng).map_err(|_| SecretsError::Randomness)?;
        let keys = SoftwareKeys::generate(&mut rng)?;
        let [session, approval, agreement] =
            keys.expose().map(|scalar| base64url::encode(&*scalar));
        let mut sealing = || {
            let mut key = Zeroizing::new([0; 32]);
            rng.fill_bytes(&mut *key);
            base64url::encode(&*key)
        };
        Ok(Self {
            version: VERSION,
            session,
            approval,
            agreement,
            inbox: sealing(),
            storage: sealing(),
        })
    }

    fn secrets(&self) -> Result<DeviceSecrets, SecretsError> {
        if self.version != VERSION {
            return Err(SecretsError::Form);
        }
        let key = |text: &str| {
            let bytes = Zeroizing::new(base64url::decode(text).map_err(|_| SecretsError::Form)?);
            let mut key = Zeroizing::new([0; 32]);
            if bytes.len() != key.len() {
                return Err(SecretsError::Form);
            }
            key.copy_from_slice(&bytes);
            Ok(key)
        };
        let (session, approval) = (key(&self.session)?, key(&self.approval)?);
        let agreement = key(&self.agreement)?;
        Ok(DeviceSecrets {
            keys: SoftwareKeys::from_scalars([&session, &approval, &agreement])?,
            inbox_key: InboxKey::new(&*key(&self.inbox)?),
            storage_key: StorageKey::new(&*key(&self.storage)?),
        })
    }
}

impl DeviceSecrets {
    /// Generates new secrets, in memory only.
    pub fn generate() -> Result<Self, SecretsError> {
        KeyFile::generate()?.secrets()
    }

    /// Reads the secrets of the key file at `path`. If there is no file, generates new ones, which are on the disk when
    /// this returns.
    pub fn open_or_create(path: &Path) -> Result<Self, SecretsError> {
        match Self::open(path) {
            Err(SecretsError::Io(error)) if error.kind() == io::ErrorKind::NotFound => {}
            opened => return opened,
        }
        let file = KeyFile::generate()?;
        let text = Zeroizing::new(serde_json::to_string(&file).map_err(|_| SecretsError::Form)?);
        replace_file(path, text.as_bytes())?;
        file.secrets()
    }

    /// Reads the secrets of the key file at `path`.
    pub fn open(path: &Path) -> Result<Self, SecretsError> {
        let file = File::open(path)?;
        if !is_private(&file)? {
            return Err(SecretsError::Readable);
        }
        // A buffer that grew would leave copies of the secrets in memory.
        let mut text = Zeroizing::new(String::with_capacity(FILE_BYTES_MAX));
        (&file)
            .take(u64::try_from(FILE_BYTES_MAX).unwrap_or(u64::MAX))
            .read_to_string(&mut text)?;
        let file: KeyFile =
            protocol::json::from_slice(text.as_bytes()).map_err(|_| SecretsError::Form)?;
        file.secrets()
    }
}

#[cfg(unix)]
fn is_private(file: &File) -> io::Result<bool> {
    let mode = std::os::unix::fs::MetadataExt::mode(&file.metadata()?);
    Ok(mode & 0o077 == 0)
}

#[cfg(not(unix))]
fn is_private(_file: &File) -> io::Result<bool> {
    Ok(true)
}
