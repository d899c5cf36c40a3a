//! How gateway verifies the assertion of the passkey that approved an intent, or a challenge, in a browser (WebAuthn Level 3, 7.2).

mod authenticator_data;
mod client_data;
mod credential;
mod error;

pub use authenticator_data::BackupFlags;
pub use credential::Credential;
pub use error::AssertionError;

use crate::{Assertion, SignedChallenge, SignedIntent};
use authenticator_data::AuthenticatorData;
use client_data::ClientData;
use credential::PasskeyKey;
use types::{CustomerId, DeviceForm, Hash};

/// The bank as passkeys know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelyingParty {
    /// The relying party's id: a host, such as `bank.example`.
    pub id: String,
    /// The only origin at which orders are approved, such as `https://bank.example`.
    pub origin: String,
}

impl SignedIntent {
    /// Verifies the assertion of an intent whose signature has been verified. A browser needs one, by a passkey of
    /// `customer`; an app has none. `credentials` finds a registered credential by its id. Returns the passkey's backup
    /// flags; `None` for an app.
    pub fn verify_assertion(
        &self,
        form: DeviceForm,
        customer: &CustomerId,
        party: &RelyingParty,
        credentials: impl FnOnce(&[u8]) -> Option<Credential>,
    ) -> Result<Option<BackupFlags>, AssertionError> {
        let approved = (self.challenge(), self.assertion.as_ref());
        verify_assertion(approved, form, customer, party, credentials)
    }
}

impl SignedChallenge {
    /// Verifies the assertion of an answer whose signature has been verified, by the rules of
    /// [`SignedIntent::verify_assertion`].
    pub fn verify_assertion(
        &self,
        form: DeviceForm,
        customer: &CustomerId,
        party: &RelyingParty,
        credentials: impl FnOnce(&[u8]) -> Option<Credential>,
    ) -> Result<Option<BackupFlags>, AssertionError> {
        let approved = (Hash::of(&self.signed), self.assertion.as_ref());
        verify_assertion(approved, form, customer, party, credentials)
    }
}

/// Verifies the assertion beside a Sign1 with this hash, as [`SignedIntent::verify_assertion`] does.
fn verify_assertion(
    (challenge, assertion): (Hash, Option<&Assertion>),
    form: DeviceForm,
    customer: &CustomerId,
    party: &RelyingParty,
    credentials: impl FnOnce(&[u8]) -> Option<Credential>,
) -> Result<Option<BackupFlags>, AssertionError> {
    match (form, assertion) {
        (DeviceForm::App, None) => Ok(None),
        (DeviceForm::App, Some(_)) => Err(AssertionError::NotExpected),
        (DeviceForm::Browser, None) => Err(AssertionError::Missing),
        (DeviceForm::Browser, Some(assertion)) => {
            let credential =
                credentials(&assertion.credential).ok_or(AssertionError::UnknownCredential)?;
            if credential.customer != *customer {
                return Err(AssertionError::AnotherCustomer);
            }
            assertion.verify(&credential, challenge, party).map(Some)
        }
    }
}

impl Assertion {
    fn verify(
        &self,
        credential: &Credential,
        challenge: Hash,
        party: &RelyingParty,
    ) -> Result<BackupFlags, AssertionError> {
        ClientData::parse(&self.client_data_json)?.check(challenge, &party.origin)?;
        let data = AuthenticatorData::parse(&self.authenticator_data)?;
        if data.relying_party != Hash::of(party.id.as_bytes()) {
            return Err(AssertionError::AnotherRelyingParty);
        }
        if !data.is_user_present() {
            return Err(AssertionError::UserNotPresent);
        }
        if !data.is_user_verified() {
            return Err(AssertionError::UserNotVerified);
        }
        let backup = data.backup();
        if backup.backed_up && !backup.eligible {
            return Err(AssertionError::BackedUpThoughNotEligible);
        }
        if backup.eligible != credential.backup_eligible {
            return Err(AssertionError::BackupEligibilityChanged);
        }
        let key = PasskeyKey::parse(&credential.key)?;
        let client_data = Hash::of(&self.client_data_json);
        let signed = [self.authenticator_data.as_slice(), client_data.as_bytes()].concat();
        if key.verifies(&signed, &self.signature) {
            Ok(backup)
        } else {
            Err(AssertionError::SignatureInvalid)
        }
    }
}
