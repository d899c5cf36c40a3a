//! The answer to the bank's challenge: the person approves an order that the bank accepted a second time.

use crate::reading::text;
use crate::signed::{payload_of, verify_signature};
use crate::{Assertion, IntentSignatureError, OrderError};
use protocol::cbor::{self, Fields};
use protocol::cbor_array;
use types::{ChallengeId, CustomerId, DeviceForm, Hash, IntentId, PublicKey};

const PURPOSE: &str = "passbook challenge";
const VERSION: u64 = 1;

/// What a device signs to answer a challenge. It names the order by the hash of its intent, so the approval covers
/// exactly the text that the person approved before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    /// The customer who ordered.
    pub customer: CustomerId,
    /// The order's id.
    pub intent: IntentId,
    /// SHA-256 of the intent's bytes.
    pub hash: Hash,
    /// The bank's challenge to this order.
    pub challenge: ChallengeId,
}

impl Challenge {
    /// Parses what a device signed.
    pub fn parse(bytes: &[u8]) -> Result<Self, OrderError> {
        let mut fields = Fields::of_statement(bytes, PURPOSE, VERSION)?;
        let customer = fields.take()?;
        let intent = text(fields.take()?)?;
        let challenge = Self {
            customer,
            intent: intent.parse().map_err(|_| OrderError::NotAUuid7)?,
            hash: fields.take()?,
            challenge: fields.take()?,
        };
        fields.end()?;
        Ok(challenge)
    }

    /// The bytes that the device signs.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        cbor::encode(&cbor_array![
            PURPOSE,
            VERSION,
            &self.customer,
            self.intent,
            self.hash,
            self.challenge,
        ])
    }
}

/// A signed answer: what a device posts. An app's approval key signs it; a browser's session key signs it, and a passkey
/// approves that, as for intents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedChallenge {
    /// A Sign1 that embeds the [`Challenge`].
    pub signed: Vec<u8>,
    /// The passkey's assertion over SHA-256 of `signed`. Browsers send one, apps send none.
    pub assertion: Option<Assertion>,
}

impl From<protocol::http::SignedChallenge> for SignedChallenge {
    fn from(posted: protocol::http::SignedChallenge) -> Self {
        Self {
            signed: posted.signed.0,
            assertion: posted.assertion.map(Into::into),
        }
    }
}

impl SignedChallenge {
    /// The embedded challenge, not verified yet.
    pub fn challenge(&self) -> Result<Challenge, OrderError> {
        Challenge::parse(&payload_of(&self.signed)?)
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
