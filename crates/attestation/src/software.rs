//! Attestations in software, for development: a root that a developer makes, and that nobody but their own bank trusts.

pub(crate) mod draft;

use crate::key_description::{Application, Boot, KEY_DESCRIPTION, KeyDescription, SecurityLevel};
use crate::root::SettingError;
use draft::Draft;
use envelope::{Signer as _, SigningFailed, SoftwareKey};
use protocol::cbor::{Value, encode};
use types::{Hash, PublicKey, Time, VerdictLevel, base64url};
use x509_cert::der::pem::LineEnding;
use x509_cert::der::{Decode as _, EncodePem as _};
use zeroize::Zeroizing;

/// The name of the root.
const NAME: &str = "Passbook development root: keys in software";

/// How long the root is valid, in milliseconds: ten years.
const LIFETIME_MS: u64 = 3_650 * 86_400_000;

/// The app that the root attests.
const PACKAGE: &str = "passbook.terminal";

/// A root for development.
#[derive(Debug)]
pub struct DevelopmentRoot {
    key: SoftwareKey,
}

/// What a software attestation says of a device.
#[derive(Debug, Clone, Copy)]
pub struct SoftwareDevice {
    /// The verdict that it is made for. [`VerdictLevel::Hardware`] claims a hardware that is not there.
    pub claims: VerdictLevel,
    /// The session key.
    pub session: PublicKey,
    /// The approval key.
    pub approval: PublicKey,
}

impl DevelopmentRoot {
    /// The root with that key.
    #[must_use]
    pub const fn new(key: SoftwareKey) -> Self {
        Self { key }
    }

    /// The root's certificate in PEM, to be configured as a root. It is valid for ten years from `now`.
    pub fn certificate(&self, now: Time) -> Result<String, SigningFailed> {
        let draft = Draft::authority(NAME, self.key.public_key(), (now, now.plus_ms(LIFETIME_MS)));
        let der = draft.sign(&self.key)?;
        let certificate = x509_cert::Certificate::from_der(&der).map_err(|_| SigningFailed)?;
        certificate
            .to_pem(LineEnding::LF)
            .map_err(|_| SigningFailed)
    }

    /// The root's private key, to be stored where only the developer can read it.
    #[must_use]
    pub fn key(&self) -> Zeroizing<String> {
        base64url::encode(self.key.expose().as_slice()).into()
    }

    /// The app that the root attests: its package name, and the digest of its signing certificate.
    #[must_use]
    pub fn app() -> (String, Hash) {
        (PACKAGE.to_owned(), Hash::of(NAME.as_bytes()))
    }

    /// An object of Android Key Attestation for the challenge's hash.
    pub fn attest(
        &self,
        device: &SoftwareDevice,
        challenge: Hash,
        now: Time,
    ) -> Result<Vec<u8>, SigningFailed> {
        let description = description(device.claims, challenge).encode();
        let chain = |key: &PublicKey| {
            let mut draft = Draft::of_key(NAME, key, (now, now.plus_ms(LIFETIME_MS)));
            draft
                .extensions
                .push((KEY_DESCRIPTION, false, description.clone()));
            let certificate = draft.sign(&self.key)?;
            Ok(Value::Array(vec![Value::Bytes(certificate)]))
        };
        let chains = [&device.session, &device.approval].map(chain);
        let chains = chains.into_iter().collect::<Result<Vec<_>, _>>()?;
        Ok(encode(&Value::Array(chains)))
    }
}

impl TryFrom<&str> for DevelopmentRoot {
    type Error = SettingError;

    /// Reads the key as [`DevelopmentRoot::key`] writes it.
    fn try_from(file: &str) -> Result<Self, SettingError> {
        let bytes = base64url::decode(file.trim()).map_err(|_| SettingError::NotAKey)?;
        let bytes = Zeroizing::new(bytes);
        let scalar = <&[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| SettingError::NotAKey)?;
        let key = SoftwareKey::from_bytes(scalar).map_err(|_| SettingError::NotAKey)?;
        Ok(Self { key })
    }
}

/// Android's description of a key that the app made for `challenge`.
fn description(claims: VerdictLevel, challenge: Hash) -> KeyDescription {
    let (package, digest) = DevelopmentRoot::app();
    let is_hardware = claims == VerdictLevel::Hardware;
    KeyDescription {
        level: match is_hardware {
            true => SecurityLevel::TrustedEnvironment,
            false => SecurityLevel::Software,
        },
        challenge: challenge.as_bytes().to_vec(),
        signs: true,
        generated: true,
        boot: is_hardware.then_some(Boot {
            locked: true,
            verified: true,
        }),
        application: Some(Application {
            packages: vec![package],
            digests: vec![digest.as_bytes().to_vec()],
        }),
    }
}
