//! How gateway verifies the assertion of the passkey that approved an intent, or a challenge, in a browser.

use crate::{SignedChallenge, SignedIntent};
use types::{CustomerId, DeviceForm, Hash};
use webauthn::{Assertion, AssertionError, BackupFlags, Credential, RelyingParty};

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
        verify(approved, form, customer, party, credentials)
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
        verify(approved, form, customer, party, credentials)
    }
}

/// Verifies the assertion beside a Sign1 with this hash.
fn verify(
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
            assertion
                .verify(&credential, challenge.as_bytes(), party)
                .map(Some)
        }
    }
}
