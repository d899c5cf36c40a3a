//! A passkey in software, for devices without an authenticator and for tests.

use crate::authenticator_data::{AttestedCredential, made_in_software, signed_bytes};
use crate::ceremony::{Assertion, Attestation, Ceremony};
use crate::client_data::client_data_json;
use crate::cose_key;
use crate::relying_party::RelyingParty;
use envelope::{Signer as _, SigningFailed, SoftwareKey};
use protocol::cbor::{Key, Map, Value, encode};
use types::Signature;

/// A passkey in software: one ES256 key for one relying party. It plays both parts, the authenticator's and the
/// browser's. It always says that the user was verified, so whoever uses it has to verify the user.
#[derive(Debug)]
pub struct SoftwarePasskey {
    key: SoftwareKey,
    credential: [u8; 16],
    party: RelyingParty,
}

impl SoftwarePasskey {
    /// The passkey with that key and credential id, which is random, for `party`.
    #[must_use]
    pub const fn new(key: SoftwareKey, credential: [u8; 16], party: RelyingParty) -> Self {
        Self {
            key,
            credential,
            party,
        }
    }

    /// The credential's id.
    #[must_use]
    pub const fn credential(&self) -> &[u8; 16] {
        &self.credential
    }

    /// The answer to the challenge of a registration. Nothing is attested.
    pub fn register(&self, challenge: &[u8]) -> Result<Attestation, SigningFailed> {
        let attested = AttestedCredential {
            aaguid: [0; 16],
            id: self.credential.to_vec(),
            key: cose_key::of_es256(self.key.public_key()),
        };
        let authenticator_data = made_in_software(&self.party.id, Some(&attested));
        let object = [
            (Key::from("fmt"), Value::from("none")),
            (Key::from("attStmt"), Value::Map(Map::new())),
            (
                Key::from("authData"),
                Value::from(authenticator_data.as_slice()),
            ),
        ];
        Ok(Attestation {
            client_data_json: client_data_json(Ceremony::Registration, challenge, &self.party),
            attestation_object: encode(&Value::Map(object.into())),
        })
    }

    /// The assertion that answers `challenge`.
    pub fn assert(&self, challenge: &[u8]) -> Result<Assertion, SigningFailed> {
        let client_data_json = client_data_json(Ceremony::Assertion, challenge, &self.party);
        let authenticator_data = made_in_software(&self.party.id, None);
        let signed = signed_bytes(&authenticator_data, &client_data_json);
        let signature = in_asn1(&self.key.sign(&signed)?);
        Ok(Assertion {
            credential: self.credential.to_vec(),
            authenticator_data,
            client_data_json,
            signature,
        })
    }
}

/// An ECDSA signature as a DER `SEQUENCE` of two `INTEGER`s (WebAuthn Level 3, 6.5.5; RFC 3279, 2.2.3).
#[must_use]
pub fn in_asn1(signature: &Signature) -> Vec<u8> {
    let (r, s) = signature.as_bytes().split_at(32);
    let integer = |bytes: &[u8]| {
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        let (_, bytes) = bytes.split_at(zeros);
        let is_negative = bytes.first().is_none_or(|first| first & 0x80 != 0);
        let padding: &[u8] = if is_negative { &[0] } else { &[] };
        tagged(0x02, &[padding, bytes].concat())
    };
    tagged(0x30, &[integer(r), integer(s)].concat())
}

/// A DER value of at most 127 bytes.
fn tagged(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u8::try_from(content.len()).unwrap_or(u8::MAX);
    [&[tag, length], content].concat()
}
