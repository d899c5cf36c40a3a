//! What an attestation proves (WebAuthn Level 3, 8).

use crate::credential::PasskeyKey;
use protocol::cbor::{Key, Value};
use std::fmt;

/// What an attestation proves about the authenticator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing is attested.
    None,
    /// The passkey attests itself: it has the private key, and nothing is known of its authenticator.
    SelfAttested,
    /// An authenticator's maker attests it. The certificates are not verified, so it proves nothing.
    Unverified,
}

impl Verdict {
    /// The verdict as it is stored and shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::SelfAttested => "self",
            Self::Unverified => "unverified",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The verdict on a statement of that format. `None` if the statement is not valid. Only what the passkey's own key signs
/// is verified.
pub(crate) fn verdict(
    format: &str,
    statement: &Value,
    (key, signed): (&PasskeyKey, &[u8]),
) -> Option<Verdict> {
    let members = statement.as_map()?;
    let has_certificates = members.contains_key(&Key::from("x5c"));
    match format {
        "none" => members.is_empty().then_some(Verdict::None),
        "packed" if !has_certificates => {
            let algorithm = members.get(&Key::from("alg"))?.as_i64()?;
            let signature = members.get(&Key::from("sig"))?.as_bytes()?;
            let is_own = algorithm == key.algorithm() && key.verifies(signed, signature);
            is_own.then_some(Verdict::SelfAttested)
        }
        _ => Some(Verdict::Unverified),
    }
}
