//! The port to the device's keys, and the two keys that seal its store.

use envelope::{AttestationChallenge, Signer as _, SoftwareKey};
use protocol::http::{DeviceAttestation, PasskeyOptions};
use rand_core::CryptoRng;
use std::error::Error;
use std::fmt;
use thiserror::Error;
use types::{DeviceForm, PublicKey, Signature};
use webauthn::{Assertion, Attestation, SoftwarePasskey};
use zeroize::Zeroizing;

/// One of a device's three P-256 keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeviceKey {
    /// Silent: for tokens and receipts.
    Session,
    /// Requires the person's consent: for enrolment and intents.
    Approval,
    /// Opens grants.
    Agreement,
}

/// The key port failed: the keys are locked, the person refused, or it is broken.
#[derive(Debug, Error)]
#[error("the device's keys did not answer")]
pub struct KeyError(#[source] pub Box<dyn Error + Send + Sync>);

impl KeyError {
    /// Makes the error with its `cause`.
    pub fn new(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }
}

/// The device's keys, wherever they are stored: an enclave, a key store, a file. They never leave it.
#[allow(async_fn_in_trait, reason = "futures need not be Send")]
pub trait Keys {
    /// The public key.
    async fn public(&self, key: DeviceKey) -> Result<PublicKey, KeyError>;

    /// The ES256 signature of `message` with the session or approval key, including hashing.
    async fn sign(&self, key: DeviceKey, message: &[u8]) -> Result<Signature, KeyError>;

    /// The x coordinate of the Diffie-Hellman result of the agreement key and `peer`.
    async fn agree(&self, peer: &PublicKey) -> Result<Zeroizing<[u8; 32]>, KeyError>;

    /// What the platform attests of the app and its keys, for a device that enrols. It is asked before the public keys are: a
    /// platform that attests keys only when it makes them makes them now, and keeps the attestation with its nonce, so that a
    /// repeated enrolment has the same keys. `None` if the platform attests nothing.
    async fn attest(
        &self,
        _challenge: &AttestationChallenge,
    ) -> Result<Option<DeviceAttestation>, KeyError> {
        Ok(None)
    }

    /// The form of the device, which is fixed when it is enrolled. It decides what approves its orders: an app's approval
    /// key, or a browser's session key together with a passkey.
    fn form(&self) -> DeviceForm {
        DeviceForm::App
    }

    /// Has the person's passkey answer `challenge`, after it verified the person (WebAuthn Level 3, 6.3.3). The platform
    /// knows the bank's origin.
    async fn assert(&self, _challenge: &[u8]) -> Result<Assertion, KeyError> {
        Err(KeyError::new(NoPasskey))
    }

    /// Has a passkey made for the person, with these options. It must be stored when this returns.
    async fn make_passkey(&self, _options: &PasskeyOptions) -> Result<Attestation, KeyError> {
        Err(KeyError::new(NoPasskey))
    }
}

/// The platform has no passkey.
#[derive(Debug, Clone, Copy, Error)]
#[error("this device has no passkey")]
struct NoPasskey;

/// Attests keys in software, for development and tests.
pub trait Attester: fmt::Debug + Send + Sync {
    /// An attestation of the keys session, approval and agreement for `challenge`.
    fn attest(
        &self,
        challenge: &AttestationChallenge,
        keys: [&PublicKey; 3],
    ) -> Result<DeviceAttestation, KeyError>;
}

/// Three keys in memory, and perhaps a passkey, for platforms without key storage and for tests.
#[derive(Debug)]
pub struct SoftwareKeys {
    session: SoftwareKey,
    approval: SoftwareKey,
    agreement: SoftwareKey,
    form: DeviceForm,
    passkey: Option<SoftwarePasskey>,
    attester: Option<Box<dyn Attester>>,
}

impl SoftwareKeys {
    /// Generates three keys.
    pub fn generate(rng: &mut impl CryptoRng) -> Result<Self, KeyError> {
        let mut key = || SoftwareKey::generate(rng).map_err(KeyError::new);
        Ok(Self {
            session: key()?,
            approval: key()?,
            agreement: key()?,
            form: DeviceForm::App,
            passkey: None,
            attester: None,
        })
    }

    /// Makes the keys from three scalars, in the order session, approval, agreement.
    pub fn from_scalars(scalars: [&[u8; 32]; 3]) -> Result<Self, KeyError> {
        let [session, approval, agreement] = scalars;
        let key = |scalar| SoftwareKey::from_bytes(scalar).map_err(KeyError::new);
        Ok(Self {
            session: key(session)?,
            approval: key(approval)?,
            agreement: key(agreement)?,
            form: DeviceForm::App,
            passkey: None,
            attester: None,
        })
    }

    /// The keys of a device of that form.
    #[must_use]
    pub fn of_form(self, form: DeviceForm) -> Self {
        Self { form, ..self }
    }

    /// The keys with a passkey. Whoever uses it has to verify the person.
    #[must_use]
    pub fn with_passkey(self, passkey: SoftwarePasskey) -> Self {
        let passkey = Some(passkey);
        Self { passkey, ..self }
    }

    /// The keys with somebody who attests them.
    #[must_use]
    pub fn with_attester(self, attester: Box<dyn Attester>) -> Self {
        let attester = Some(attester);
        Self { attester, ..self }
    }

    fn passkey(&self) -> Result<&SoftwarePasskey, KeyError> {
        self.passkey
            .as_ref()
            .ok_or_else(|| KeyError::new(NoPasskey))
    }

    /// The three scalars, to be stored where only the device can read them.
    #[must_use]
    pub fn expose(&self) -> [Zeroizing<[u8; 32]>; 3] {
        [&self.session, &self.approval, &self.agreement].map(SoftwareKey::expose)
    }

    const fn key(&self, key: DeviceKey) -> &SoftwareKey {
        match key {
            DeviceKey::Session => &self.session,
            DeviceKey::Approval => &self.approval,
            DeviceKey::Agreement => &self.agreement,
        }
    }
}

impl Keys for SoftwareKeys {
    async fn public(&self, key: DeviceKey) -> Result<PublicKey, KeyError> {
        Ok(*self.key(key).public_key())
    }

    async fn sign(&self, key: DeviceKey, message: &[u8]) -> Result<Signature, KeyError> {
        self.key(key).sign(message).map_err(KeyError::new)
    }

    async fn agree(&self, peer: &PublicKey) -> Result<Zeroizing<[u8; 32]>, KeyError> {
        self.agreement.agree(peer).map_err(KeyError::new)
    }

    async fn attest(
        &self,
        challenge: &AttestationChallenge,
    ) -> Result<Option<DeviceAttestation>, KeyError> {
        let keys = [&self.session, &self.approval, &self.agreement].map(SoftwareKey::public_key);
        let attester = self.attester.as_ref();
        attester
            .map(|attester| attester.attest(challenge, keys))
            .transpose()
    }

    fn form(&self) -> DeviceForm {
        self.form
    }

    async fn assert(&self, challenge: &[u8]) -> Result<Assertion, KeyError> {
        self.passkey()?.assert(challenge).map_err(KeyError::new)
    }

    async fn make_passkey(&self, options: &PasskeyOptions) -> Result<Attestation, KeyError> {
        let made = self.passkey()?.register(options.challenge.as_ref());
        made.map_err(KeyError::new)
    }
}

macro_rules! sealing_key {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone)]
        pub struct $name(Zeroizing<[u8; 32]>);

        impl $name {
            /// Makes the key from 32 random bytes. The caller wipes its own copy.
            #[must_use]
            pub fn new(bytes: &[u8; 32]) -> Self {
                let mut key = Zeroizing::new([0; 32]);
                key.copy_from_slice(bytes);
                Self(key)
            }

            pub(crate) fn expose(&self) -> &[u8; 32] {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(redacted)"))
            }
        }
    };
}

sealing_key!(
    /// Seals data for receiving; available after the device's first unlock.
    InboxKey
);
sealing_key!(
    /// Seals everything that is shown; released by local authentication.
    StorageKey
);
