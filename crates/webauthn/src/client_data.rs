//! Client data (WebAuthn Level 3, 5.8.1): what the browser says about a ceremony. Its members may come in any order, and
//! there may be others.

use crate::ceremony::{Assertion, Attestation, Ceremony};
use crate::error::AssertionError;
use crate::relying_party::RelyingParty;
use serde_json::{Map, Value, json};
use types::base64url;

pub(crate) struct ClientData(Map<String, Value>);

impl ClientData {
    pub(crate) fn parse(json: &[u8]) -> Result<Self, AssertionError> {
        let members = serde_json::from_slice(json);
        members
            .map(Self)
            .map_err(|_| AssertionError::ClientDataInvalid)
    }

    /// Checks that the browser ran this ceremony, with this challenge, in a page of this origin that is in no frame of
    /// another site.
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn check(
        &self,
        ceremony: Ceremony,
        challenge: &[u8],
        party: &RelyingParty,
    ) -> Result<(), AssertionError> {
        if !self.says("type", ceremony.as_str()) {
            return Err(AssertionError::AnotherType);
        }
        if !self.says("challenge", &base64url::encode(challenge)) {
            return Err(AssertionError::AnotherChallenge);
        }
        if !self.says("origin", &party.origin) {
            return Err(AssertionError::AnotherOrigin);
        }
        let is_framed = match self.0.get("crossOrigin") {
            None | Some(Value::Bool(false)) => false,
            Some(Value::Bool(true)) => true,
            Some(_) => return Err(AssertionError::ClientDataInvalid),
        };
        if is_framed || self.0.contains_key("topOrigin") {
            return Err(AssertionError::CrossOrigin);
        }
        Ok(())
    }

    fn challenge(&self) -> Option<Vec<u8>> {
        let text = self.0.get("challenge")?.as_str()?;
        base64url::decode(text).ok()
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn says(&self, member: &str, text: &str) -> bool {
        self.0.get(member).and_then(Value::as_str) == Some(text)
    }
}

fn challenge_in(client_data_json: &[u8]) -> Option<Vec<u8>> {
    ClientData::parse(client_data_json).ok()?.challenge()
}

impl Assertion {
    /// The challenge that the client data names. Nothing is verified.
    #[must_use]
    pub fn claimed_challenge(&self) -> Option<Vec<u8>> {
        challenge_in(&self.client_data_json)
    }
}

impl Attestation {
    /// The challenge that the client data names. Nothing is verified.
    #[must_use]
    pub fn claimed_challenge(&self) -> Option<Vec<u8>> {
        challenge_in(&self.client_data_json)
    }
}

/// The client data of a ceremony, as a browser serialises it (5.8.1.1).
pub(crate) fn client_data_json(
    ceremony: Ceremony,
    challenge: &[u8],
    party: &RelyingParty,
) -> Vec<u8> {
    let quoted = |text: &str| json!(text).to_string();
    format!(
        r#"{{"type":{},"challenge":{},"origin":{},"crossOrigin":false}}"#,
        quoted(ceremony.as_str()),
        quoted(&base64url::encode(challenge)),
        quoted(&party.origin),
    )
    .into_bytes()
}
