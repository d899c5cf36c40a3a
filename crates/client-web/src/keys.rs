//! The device's keys in WebCrypto: P-256, not extractable, kept in IndexedDB.

use crate::browser_error::{BrowserError, member, object, settled};
use crate::opening::Database;
use crate::random::crypto;
use client::{DeviceKey, KeyError, Keys};
use js_sys::Uint8Array;
use protocol::http::PasskeyOptions;
use types::{DeviceForm, PublicKey, Signature};
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{CryptoKey, SubtleCrypto};
use webauthn::{Assertion, Attestation};
use zeroize::Zeroizing;

/// Has the person use their passkeys, which only a page can.
#[allow(async_fn_in_trait, reason = "futures need not be Send")]
pub trait Ceremonies {
    /// Has a passkey answer `challenge`, after it verified the person (WebAuthn Level 3, 6.3.3).
    async fn assert(&self, challenge: &[u8]) -> Result<Assertion, KeyError>;

    /// Has a passkey made with these options.
    async fn make(&self, options: &PasskeyOptions) -> Result<Attestation, KeyError>;
}

/// One of the three keys.
#[derive(Debug)]
struct KeyPair {
    private: CryptoKey,
    public: PublicKey,
}

/// The device's three keys. The approval key proves possession at the enrolment; a browser's orders are approved by the
/// session key together with a passkey.
#[derive(Debug)]
pub struct BrowserKeys<C> {
    session: KeyPair,
    approval: KeyPair,
    agreement: KeyPair,
    ceremonies: C,
}

fn subtle() -> SubtleCrypto {
    crypto().subtle()
}

/// Where a key is stored, its algorithm, and what it is used for.
const fn kind(key: DeviceKey) -> (&'static str, &'static str, &'static str) {
    match key {
        DeviceKey::Session => ("session", "ECDSA", "sign"),
        DeviceKey::Approval => ("approval", "ECDSA", "sign"),
        DeviceKey::Agreement => ("agreement", "ECDH", "deriveBits"),
    }
}

fn algorithm(name: &str) -> Result<js_sys::Object, BrowserError> {
    let algorithm = object([("name", name.into()), ("namedCurve", "P-256".into())])?;
    Ok(algorithm.unchecked_into())
}

async fn make(key: DeviceKey) -> Result<JsValue, BrowserError> {
    let (_, name, usage) = kind(key);
    let usages: js_sys::Array = [JsValue::from_str(usage)].into_iter().collect();
    let extractable = false;
    let made = subtle().generate_key_with_object(&algorithm(name)?, extractable, &usages);
    settled(made?).await
}

async fn key_pair(stored: &JsValue) -> Result<KeyPair, BrowserError> {
    let public: CryptoKey = member(stored, "publicKey")?.unchecked_into();
    let exported = settled(subtle().export_key("raw", &public)?).await?;
    let public = PublicKey::try_from(Uint8Array::new(&exported).to_vec().as_slice());
    Ok(KeyPair {
        private: member(stored, "privateKey")?.unchecked_into(),
        public: public.map_err(|error| BrowserError::new("DataError", &error.to_string()))?,
    })
}

impl<C> BrowserKeys<C> {
    /// The keys that are stored in `database`. If there are none, makes them; they are stored when this returns.
    pub async fn open_or_make(database: &Database, ceremonies: C) -> Result<Self, BrowserError> {
        let make = async || {
            let [session, approval, agreement] = ALL.map(make);
            Ok([session.await?, approval.await?, agreement.await?])
        };
        let stored = database.keys(ALL.map(|key| kind(key).0), make).await?;
        let [session, approval, agreement] = stored;
        Ok(Self {
            session: key_pair(&session).await?,
            approval: key_pair(&approval).await?,
            agreement: key_pair(&agreement).await?,
            ceremonies,
        })
    }

    const fn key(&self, key: DeviceKey) -> &KeyPair {
        match key {
            DeviceKey::Session => &self.session,
            DeviceKey::Approval => &self.approval,
            DeviceKey::Agreement => &self.agreement,
        }
    }
}

/// In the order session, approval, agreement.
const ALL: [DeviceKey; 3] = [
    DeviceKey::Session,
    DeviceKey::Approval,
    DeviceKey::Agreement,
];

impl<C: Ceremonies> Keys for BrowserKeys<C> {
    async fn public(&self, key: DeviceKey) -> Result<PublicKey, KeyError> {
        Ok(self.key(key).public)
    }

    async fn sign(&self, key: DeviceKey, message: &[u8]) -> Result<Signature, KeyError> {
        sign(&self.key(key).private, message)
            .await
            .map_err(KeyError::new)
    }

    async fn agree(&self, peer: &PublicKey) -> Result<Zeroizing<[u8; 32]>, KeyError> {
        agree(&self.agreement.private, peer)
            .await
            .map_err(KeyError::new)
    }

    fn form(&self) -> DeviceForm {
        DeviceForm::Browser
    }

    async fn assert(&self, challenge: &[u8]) -> Result<Assertion, KeyError> {
        self.ceremonies.assert(challenge).await
    }

    async fn make_passkey(&self, options: &PasskeyOptions) -> Result<Attestation, KeyError> {
        self.ceremonies.make(options).await
    }
}

/// Web Cryptography, 23.7.1: r‖s, as in RFC 7518, 3.4.
async fn sign(key: &CryptoKey, message: &[u8]) -> Result<Signature, BrowserError> {
    let algorithm = object([("name", "ECDSA".into()), ("hash", "SHA-256".into())])?;
    let message = Uint8Array::from(message);
    let signing = subtle().sign_with_object_and_buffer_source(
        algorithm.unchecked_ref(),
        key,
        message.unchecked_ref(),
    );
    let signature = Uint8Array::new(&settled(signing?).await?).to_vec();
    Signature::try_from(signature.as_slice())
        .map_err(|error| BrowserError::new("DataError", &error.to_string()))
}

/// Web Cryptography, 24.4.1: the x coordinate.
async fn agree(key: &CryptoKey, peer: &PublicKey) -> Result<Zeroizing<[u8; 32]>, BrowserError> {
    let no_usage = js_sys::Array::new();
    let point = Uint8Array::from(peer.as_bytes().as_slice());
    let imported = subtle().import_key_with_object(
        "raw",
        point.unchecked_ref(),
        &algorithm("ECDH")?,
        true,
        &no_usage,
    );
    let peer = settled(imported?).await?;
    let derivation = object([("name", "ECDH".into()), ("public", peer)])?;
    let derived = subtle().derive_bits_with_object(derivation.unchecked_ref(), key, 256)?;
    let derived = Uint8Array::new(&settled(derived).await?);
    let mut x = Zeroizing::new([0; 32]);
    if derived.length() != 32 {
        return Err(BrowserError::new(
            "DataError",
            "the agreed secret has another length",
        ));
    }
    derived.copy_to(&mut *x);
    Ok(x)
}
