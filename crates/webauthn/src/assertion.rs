//! Verifies assertions (WebAuthn Level 3, 7.2).

use crate::authenticator_data::{AuthenticatorData, BackupFlags, signed_bytes};
use crate::ceremony::{Assertion, Ceremony};
use crate::client_data::ClientData;
use crate::credential::{Credential, PasskeyKey};
use crate::error::AssertionError;
use crate::relying_party::RelyingParty;
use types::Hash;

impl Assertion {
    /// Verifies that the passkey `credential` answered `challenge` at `party`, and that its user was present and
    /// verified. Whose credential it must be is the caller's to check. Returns the passkey's backup flags.
    pub fn verify(
        &self,
        credential: &Credential,
        challenge: &[u8],
        party: &RelyingParty,
    ) -> Result<BackupFlags, AssertionError> {
        let client_data = ClientData::parse(&self.client_data_json)?;
        client_data.check(Ceremony::Assertion, challenge, party)?;
        let data = AuthenticatorData::parse(&self.authenticator_data)?;
        if data.attested.is_some() {
            return Err(AssertionError::AuthenticatorDataInvalid);
        }
        let backup = data.check(party)?;
        let key = PasskeyKey::parse(&credential.key)?;
        let signed = signed_bytes(&self.authenticator_data, &self.client_data_json);
        if !key.verifies(&signed, &self.signature) {
            return Err(AssertionError::SignatureInvalid);
        }
        // Only now: whoever has no passkey would otherwise learn from the time of the refusal whether there is one that is
        // eligible for backup.
        if backup.eligible != credential.backup_eligible {
            return Err(AssertionError::BackupEligibilityChanged);
        }
        Ok(backup)
    }
}

impl AuthenticatorData {
    /// Checks relying party, user and backup flags, as both ceremonies require them.
    pub(crate) fn check(&self, party: &RelyingParty) -> Result<BackupFlags, AssertionError> {
        if self.relying_party != Hash::of(party.id.as_bytes()) {
            return Err(AssertionError::AnotherRelyingParty);
        }
        if !self.is_user_present() {
            return Err(AssertionError::UserNotPresent);
        }
        if !self.is_user_verified() {
            return Err(AssertionError::UserNotVerified);
        }
        let backup = self.backup();
        if backup.backed_up && !backup.eligible {
            return Err(AssertionError::BackedUpThoughNotEligible);
        }
        Ok(backup)
    }
}
