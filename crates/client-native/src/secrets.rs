//! The key file: a device's keys on a platform without an enclave.

use crate::replacing::replace_file;
use client::{InboxKey, KeyError, SoftwareKeys, StorageKey};
use envelope::SoftwareKey;
use rand::Rng as _;
use rand::SeedableRng as _;
use rand::rngs::{StdRng, SysRng};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;
use thiserror::Error;
use types::{DeviceForm, PasskeyId, base64url};
use webauthn::{RelyingParty, SoftwarePasskey};
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

/// A device's three keys, the two keys that seal its store, and perhaps a passkey.
#[derive(Debug)]
pub struct DeviceSecrets {
    /// Session, approval and agreement key.
    pub keys: SoftwareKeys,
    /// Seals received messages.
    pub inbox_key: InboxKey,
    /// Seals the projection that is shown.
    pub storage_key: StorageKey,
    passkey: Option<PasskeySecret>,
}

/// The key and the credential id of a passkey in software.
#[derive(Debug)]
struct PasskeySecret {
    key: SoftwareKey,
    credential: [u8; 16],
}

/// The content of the file: base64url of 32 bytes each, and of the 16 bytes of a credential id.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
struct KeyFile {
    version: u32,
    session: String,
    approval: String,
    agreement: String,
    inbox: String,
    storage: String,
    /// `None`: the device is an app.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    form: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    passkey: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    credential: Option<String>,
}

impl KeyFile {
    fn generate(form: DeviceForm) -> Result<Self, SecretsError> {
        let mut rng = rng()?;
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
            form: (form != DeviceForm::App).then(|| form.to_string()),
            passkey: None,
            credential: None,
        })
    }

    /// The same with a new passkey.
    fn with_new_passkey(mut self) -> Result<Self, SecretsError> {
        let mut rng = rng()?;
        let key = SoftwareKey::generate(&mut rng).map_err(|_| SecretsError::Randomness)?;
        let mut credential = [0; 16];
        rng.fill_bytes(&mut credential);
        self.passkey = Some(base64url::encode(&*key.expose()));
        self.credential = Some(base64url::encode(&credential));
        Ok(self)
    }

    fn passkey(&self) -> Result<Option<PasskeySecret>, SecretsError> {
        let (scalar, credential) = match (&self.passkey, &self.credential) {
            (None, None) => return Ok(None),
            (Some(scalar), Some(credential)) => (scalar, credential),
            _ => return Err(SecretsError::Form),
        };
        let credential = base64url::decode(credential).map_err(|_| SecretsError::Form)?;
        let key = SoftwareKey::from_bytes(&*bytes_of(scalar)?);
        Ok(Some(PasskeySecret {
            key: key.map_err(|_| SecretsError::Form)?,
            credential: credential.try_into().map_err(|_| SecretsError::Form)?,
        }))
    }

    fn form(&self) -> Result<DeviceForm, SecretsError> {
        match &self.form {
            None => Ok(DeviceForm::App),
            Some(form) => form.parse().map_err(|_| SecretsError::Form),
        }
    }

    fn secrets(&self) -> Result<DeviceSecrets, SecretsError> {
        if self.version != VERSION {
            return Err(SecretsError::Form);
        }
        let (session, approval) = (bytes_of(&self.session)?, bytes_of(&self.approval)?);
        let agreement = bytes_of(&self.agreement)?;
        let keys = SoftwareKeys::from_scalars([&session, &approval, &agreement])?;
        Ok(DeviceSecrets {
            keys: keys.of_form(self.form()?),
            inbox_key: InboxKey::new(&*bytes_of(&self.inbox)?),
            storage_key: StorageKey::new(&*bytes_of(&self.storage)?),
            passkey: self.passkey()?,
        })
    }

    fn write(&self, path: &Path) -> Result<(), SecretsError> {
        let text = Zeroizing::new(serde_json::to_string(self).map_err(|_| SecretsError::Form)?);
        Ok(replace_file(path, text.as_bytes())?)
    }

    fn read(path: &Path) -> Result<Self, SecretsError> {
        let file = File::open(path)?;
        if !is_private(&file)? {
            return Err(SecretsError::Readable);
        }
        // A buffer that grew would leave copies of the secrets in memory.
        let mut text = Zeroizing::new(String::with_capacity(FILE_BYTES_MAX));
        (&file)
            .take(u64::try_from(FILE_BYTES_MAX).unwrap_or(u64::MAX))
            .read_to_string(&mut text)?;
        protocol::json::from_slice(text.as_bytes()).map_err(|_| SecretsError::Form)
    }
}

fn rng() -> Result<StdRng, SecretsError> {
    StdRng::try_from_rng(&mut SysRng).map_err(|_| SecretsError::Randomness)
}

/// The 32 bytes of a key.
fn bytes_of(text: &str) -> Result<Zeroizing<[u8; 32]>, SecretsError> {
    let bytes = Zeroizing::new(base64url::decode(text).map_err(|_| SecretsError::Form)?);
    let mut key = Zeroizing::new([0; 32]);
    if bytes.len() != key.len() {
        return Err(SecretsError::Form);
    }
    key.copy_from_slice(&bytes);
    Ok(key)
}

impl DeviceSecrets {
    /// Generates new secrets, in memory only.
    pub fn generate() -> Result<Self, SecretsError> {
        KeyFile::generate(DeviceForm::App)?.secrets()
    }

    /// The device's keys, with its passkey for the bank at `party`, if it has one.
    #[must_use]
    pub fn keys_at(self, party: RelyingParty) -> (SoftwareKeys, InboxKey, StorageKey) {
        let keys = match self.passkey {
            Some(PasskeySecret { key, credential }) => self
                .keys
                .with_passkey(SoftwarePasskey::new(key, credential, party)),
            None => self.keys,
        };
        (keys, self.inbox_key, self.storage_key)
    }

    /// The id of the passkey in the key file, if there is one.
    #[must_use]
    pub fn passkey(&self) -> Option<PasskeyId> {
        let passkey = self.passkey.as_ref();
        passkey.map(|passkey| PasskeyId::of(&passkey.credential))
    }

    /// Makes a passkey and adds it to the key file at `path`, which must be a good one. It is on the disk when this returns.
    pub fn make_passkey(path: &Path) -> Result<Self, SecretsError> {
        let file = KeyFile::read(path)?;
        file.secrets()?;
        let file = file.with_new_passkey()?;
        file.write(path)?;
        file.secrets()
    }

    /// Reads the secrets of the key file at `path`. If there is no file, generates new ones for a device of that form,
    /// which are on the disk when this returns.
    pub fn open_or_create(path: &Path, form: DeviceForm) -> Result<Self, SecretsError> {
        match Self::open(path) {
            Err(SecretsError::Io(error)) if error.kind() == io::ErrorKind::NotFound => {}
            opened => return opened,
        }
        let file = KeyFile::generate(form)?;
        file.write(path)?;
        file.secrets()
    }

    /// Reads the secrets of the key file at `path`.
    pub fn open(path: &Path) -> Result<Self, SecretsError> {
        KeyFile::read(path)?.secrets()
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
