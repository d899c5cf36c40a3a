//! What an authenticator answers: bytes that nobody has verified yet.

use protocol::cbor::{Fields, FromValue, Value};
use protocol::http::PasskeyAssertion;
use protocol::{ParseError, cbor_array};
use std::fmt;

/// The two ceremonies, so that the answer of one never passes for an answer of the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ceremony {
    /// A passkey is made and registered.
    Registration,
    /// A passkey signs a challenge.
    Assertion,
}

impl Ceremony {
    /// The `type` in the ceremony's client data.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Registration => "webauthn.create",
            Self::Assertion => "webauthn.get",
        }
    }
}

/// A passkey's assertion (WebAuthn Level 3, 6.3.3).
#[derive(Clone, PartialEq, Eq)]
pub struct Assertion {
    /// The credential's id.
    pub credential: Vec<u8>,
    /// What the authenticator says: relying party, flags, counter.
    pub authenticator_data: Vec<u8>,
    /// What the browser says: type, challenge, origin, as JSON.
    pub client_data_json: Vec<u8>,
    /// The authenticator's signature over both.
    pub signature: Vec<u8>,
}

/// What a browser returns of a new passkey (WebAuthn Level 3, 5.2.1).
#[derive(Clone, PartialEq, Eq)]
pub struct Attestation {
    /// What the browser says: type, challenge, origin, as JSON.
    pub client_data_json: Vec<u8>,
    /// The attestation object (6.5.4): authenticator data with the new credential, and what the authenticator attests.
    pub attestation_object: Vec<u8>,
}

impl From<PasskeyAssertion> for Assertion {
    fn from(posted: PasskeyAssertion) -> Self {
        Self {
            credential: posted.credential.0,
            authenticator_data: posted.authenticator_data.0,
            client_data_json: posted.client_data_json.0,
            signature: posted.signature.0,
        }
    }
}

impl From<Assertion> for PasskeyAssertion {
    fn from(assertion: Assertion) -> Self {
        Self {
            credential: assertion.credential.into(),
            authenticator_data: assertion.authenticator_data.into(),
            client_data_json: assertion.client_data_json.into(),
            signature: assertion.signature.into(),
        }
    }
}

/// As it is stored: an array.
impl From<&Assertion> for Value {
    fn from(assertion: &Assertion) -> Self {
        cbor_array![
            assertion.credential.as_slice(),
            assertion.authenticator_data.as_slice(),
            assertion.client_data_json.as_slice(),
            assertion.signature.as_slice(),
        ]
    }
}

impl FromValue for Assertion {
    fn from_value(value: Value) -> Result<Self, ParseError> {
        let mut fields = Fields::new(Vec::from_value(value)?);
        let assertion = Self {
            credential: fields.take()?,
            authenticator_data: fields.take()?,
            client_data_json: fields.take()?,
            signature: fields.take()?,
        };
        fields.end()?;
        Ok(assertion)
    }
}

impl fmt::Debug for Assertion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Assertion").finish_non_exhaustive()
    }
}

impl fmt::Debug for Attestation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attestation").finish_non_exhaustive()
    }
}
