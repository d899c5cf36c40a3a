//! Client data (WebAuthn Level 3, 5.8.1): what the browser says about an assertion. Its members may come in any order,
//! and there may be others.

use super::AssertionError;
use serde_json::{Map, Value};
use types::{Hash, base64url};

pub(super) struct ClientData(Map<String, Value>);

impl ClientData {
    pub(super) fn parse(json: &[u8]) -> Result<Self, AssertionError> {
        let members = serde_json::from_slice(json);
        members
            .map(Self)
            .map_err(|_| AssertionError::ClientDataInvalid)
    }

    /// Checks that the browser asked for an assertion, with this challenge, in a page of this origin that is in no
    /// frame of another site.
    pub(super) fn check(&self, challenge: Hash, origin: &str) -> Result<(), AssertionError> {
        if !self.says("type", "webauthn.get") {
            return Err(AssertionError::AnotherType);
        }
        if !self.says("challenge", &base64url::encode(challenge.as_bytes())) {
            return Err(AssertionError::AnotherChallenge);
        }
        if !self.says("origin", origin) {
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

    fn says(&self, member: &str, text: &str) -> bool {
        self.0.get(member).and_then(Value::as_str) == Some(text)
    }
}
