//! How gateway verifies the assertion of the passkey that approved an intent in a browser.

use crate::SignedIntent;
use types::{CustomerId, DeviceForm};
use webauthn::{AssertionError, BackupFlags, Credential, RelyingParty};

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
        match (form, &self.assertion) {
            (DeviceForm::App, None) => Ok(None),
            (DeviceForm::App, Some(_)) => Err(AssertionError::NotExpected),
            (DeviceForm::Browser, None) => Err(AssertionError::Missing),
            (DeviceForm::Browser, Some(assertion)) => {
                let credential =
                    credentials(&assertion.credential).ok_or(AssertionError::UnknownCredential)?;
                if credential.customer != *customer {
                    return Err(AssertionError::AnotherCustomer);
                }
                let challenge = self.challenge();
                assertion
                    .verify(&credential, challenge.as_bytes(), party)
                    .map(Some)
            }
        }
    }
}
