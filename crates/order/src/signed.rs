//! The signed intent: what a device posts.

use crate::{Intent, OrderError};
use envelope::{Sign1, SignatureError};
use protocol::cbor::{CborError, Fields, FromValue as _, Key, Map, Value, decode};
use protocol::http::SignedOrder;
use thiserror::Error;
use types::{DeviceForm, Hash, Kid, PublicKey};
use webauthn::Assertion;

/// An intent with its signature and, from a browser, the assertion of the passkey that approved it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIntent {
    /// A Sign1 that embeds the intent.
    pub signed: Vec<u8>,
    /// The passkey's assertion. Browsers send one, apps send none.
    pub assertion: Option<Assertion>,
}

impl From<SignedOrder> for SignedIntent {
    fn from(posted: SignedOrder) -> Self {
        Self {
            signed: posted.signed.0,
            assertion: posted.assertion.map(Into::into),
        }
    }
}

/// Why the signature of an intent is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum IntentSignatureError {
    /// Not a Sign1 that embeds an intent.
    #[error(transparent)]
    Malformed(#[from] OrderError),
    /// The protected header is not deterministic CBOR.
    #[error("the protected header is refused: {0}")]
    HeaderMalformed(CborError),
    /// The headers are not exactly ES256 and a key identifier of 8 bytes, both protected.
    #[error("the protected header must be `{{1: -7, 4: kid}}`, and the unprotected header empty")]
    WrongHeader,
    /// The key identifier is not that of the key that must sign for this form of device.
    #[error("another key than the one that signs this device's orders")]
    UnknownKey,
    /// The signature does not verify.
    #[error("the signature does not verify")]
    SignatureInvalid,
}

impl IntentSignatureError {
    /// A stable word for the check that failed.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Malformed(cause) => cause.reason(),
            Self::HeaderMalformed(cause) => cause.reason(),
            Self::WrongHeader => "wrong_header",
            Self::UnknownKey => "unknown_key",
            Self::SignatureInvalid => "signature_invalid",
        }
    }
}

impl SignedIntent {
    /// The bytes of the embedded intent, not verified yet. The Sign1 must have its shape; headers and signature are not
    /// judged.
    pub fn intent_bytes(&self) -> Result<Vec<u8>, OrderError> {
        payload_of(&self.signed)
    }

    /// The embedded intent, not verified yet.
    pub fn intent(&self) -> Result<Intent, OrderError> {
        Intent::parse(&self.intent_bytes()?)
    }

    /// The challenge that a passkey signs to approve this intent: SHA-256 of the Sign1. So no assertion that was made
    /// before the session key signed can approve it.
    #[must_use]
    pub fn challenge(&self) -> Hash {
        Hash::of(&self.signed)
    }

    /// Verifies that the key of the device's form signed: an app's approval key, a browser's session key.
    pub fn verify_signature(
        &self,
        form: DeviceForm,
        session: &PublicKey,
        approval: &PublicKey,
    ) -> Result<(), IntentSignatureError> {
        verify_signature(&self.signed, form, session, approval)
    }
}

/// The payload that a Sign1 embeds. Its headers and its signature are not judged.
pub(crate) fn payload_of(signed: &[u8]) -> Result<Vec<u8>, OrderError> {
    Ok(Parts::parse(signed)?.payload)
}

/// Verifies that the key that the device's form calls for made a Sign1.
pub(crate) fn verify_signature(
    signed: &[u8],
    form: DeviceForm,
    session: &PublicKey,
    approval: &PublicKey,
) -> Result<(), IntentSignatureError> {
    let parts = Parts::parse(signed)?;
    parts.check_header()?;
    let key = match form {
        DeviceForm::App => approval,
        DeviceForm::Browser => session,
    };
    let verified = Sign1::parse(signed)
        .map_err(SignatureError::from)
        .and_then(|sign1| sign1.verify(key));
    verified.map_err(|error| match error {
        SignatureError::UnknownKey => IntentSignatureError::UnknownKey,
        _ => IntentSignatureError::SignatureInvalid,
    })
}

/// The parts of a Sign1 before its headers are judged: a wrong header is a fault of the signature, not of the shape.
struct Parts {
    protected: Vec<u8>,
    unprotected: Map,
    payload: Vec<u8>,
}

impl Parts {
    fn parse(signed: &[u8]) -> Result<Self, OrderError> {
        let mut fields = Fields::new(Vec::from_value(decode(signed)?)?);
        let protected = fields.take()?;
        let unprotected = fields.take()?;
        let payload = match fields.take()? {
            Value::Null => return Err(OrderError::PayloadMisplaced),
            payload => Vec::from_value(payload)?,
        };
        let _signature: Vec<u8> = fields.take()?;
        fields.end()?;
        Ok(Self {
            protected,
            unprotected,
            payload,
        })
    }

    fn check_header(&self) -> Result<(), IntentSignatureError> {
        let header = decode(&self.protected).map_err(IntentSignatureError::HeaderMalformed)?;
        let has_our_members = header.as_map().is_some_and(|header| {
            let kid = header.get(&Key::Unsigned(4)).and_then(Value::as_bytes);
            header.len() == 2
                && header.get(&Key::Unsigned(1)) == Some(&Value::from(-7))
                && kid.is_some_and(|kid| kid.len() == Kid::LENGTH)
        });
        if has_our_members && self.unprotected.is_empty() {
            Ok(())
        } else {
            Err(IntentSignatureError::WrongHeader)
        }
    }
}
