//! Verifies registrations (WebAuthn Level 3, 7.1).

use crate::attestation_statement::{Verdict, verdict};
use crate::authenticator_data::{
    Aaguid, AttestedCredential, AuthenticatorData, BackupFlags, signed_bytes,
};
use crate::ceremony::{Attestation, Ceremony};
use crate::client_data::ClientData;
use crate::credential::{Credential, PasskeyKey};
use crate::registration_error::RegistrationError;
use crate::relying_party::RelyingParty;
use protocol::cbor::{Key, Value, decode};
use types::CustomerId;

/// A new passkey whose registration was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    /// The credential's id, 1 to 1,023 bytes.
    pub credential: Vec<u8>,
    /// The public key, as COSE_Key.
    pub key: Vec<u8>,
    /// The backup flags.
    pub backup: BackupFlags,
    /// The model of the authenticator.
    pub aaguid: Aaguid,
    /// What the attestation proves.
    pub verdict: Verdict,
}

impl Registered {
    /// The passkey as that of `customer`.
    #[must_use]
    pub fn credential_of(&self, customer: CustomerId) -> Credential {
        Credential {
            customer,
            key: self.key.clone(),
            backup_eligible: self.backup.eligible,
        }
    }
}

impl Attestation {
    /// Verifies that a new passkey was made for `challenge` at `party`, by a user who was present and verified. An
    /// attestation by a maker's certificate is accepted, and its verdict is [`Verdict::Unverified`].
    pub fn verify(
        &self,
        challenge: &[u8],
        party: &RelyingParty,
    ) -> Result<Registered, RegistrationError> {
        let client_data = ClientData::parse(&self.client_data_json)?;
        client_data.check(Ceremony::Registration, challenge, party)?;
        let object = AttestationObject::parse(&self.attestation_object)?;
        let data = AuthenticatorData::parse(&object.authenticator_data)?;
        let backup = data.check(party)?;
        let AttestedCredential { aaguid, id, key } =
            data.attested.ok_or(RegistrationError::NoCredential)?;
        let public = PasskeyKey::parse(&key)?;
        let signed = signed_bytes(&object.authenticator_data, &self.client_data_json);
        let verdict = verdict(&object.format, &object.statement, (&public, &signed));
        Ok(Registered {
            credential: id,
            key,
            backup,
            aaguid,
            verdict: verdict.ok_or(RegistrationError::AttestationInvalid)?,
        })
    }
}

/// An attestation object (6.5.4).
struct AttestationObject {
    format: String,
    statement: Value,
    authenticator_data: Vec<u8>,
}

impl AttestationObject {
    fn parse(bytes: &[u8]) -> Result<Self, RegistrationError> {
        let invalid = RegistrationError::AttestationObjectInvalid;
        let Ok(Value::Map(mut members)) = decode(bytes) else {
            return Err(invalid);
        };
        let mut take = |name: &str| members.remove(&Key::from(name));
        let parts = (take("fmt"), take("attStmt"), take("authData"));
        match parts {
            (
                Some(Value::Text(format)),
                Some(statement @ Value::Map(_)),
                Some(Value::Bytes(authenticator_data)),
            ) => Ok(Self {
                format,
                statement,
                authenticator_data,
            }),
            _ => Err(invalid),
        }
    }
}
