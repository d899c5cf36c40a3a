//! How gateway verifies the assertion of the passkey that approved an intent in a browser (WebAuthn Level 3, 7.2).

use crate::authenticator_data::{AuthenticatorData, BackupFlags};
use crate::client_data::ClientData;
use crate::credential::{Credential, PasskeyKey};
use crate::{Assertion, SignedIntent};
use thiserror::Error;
use types::{CustomerId, DeviceForm, Hash};

/// The bank as passkeys know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelyingParty {
    /// The relying party's id: a host, such as `bank.example`.
    pub id: String,
    /// The only origin at which orders are approved, such as `https://bank.example`.
    pub origin: String,
}

/// Why an assertion is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum AssertionError {
    /// A browser's intent has no assertion.
    #[error("a browser's order needs the assertion of a passkey")]
    Missing,
    /// An app's intent has an assertion.
    #[error("an app's order must have no assertion")]
    NotExpected,
    /// The bank does not know the credential.
    #[error("unknown credential")]
    UnknownCredential,
    /// The credential is another customer's.
    #[error("a credential of another customer")]
    AnotherCustomer,
    /// The client data is not a JSON object with the members of client data.
    #[error("the client data is malformed")]
    ClientDataInvalid,
    /// The assertion was not made by `webauthn.get`.
    #[error("the client data is of another type than webauthn.get")]
    AnotherType,
    /// The challenge is not SHA-256 of the Sign1.
    #[error("the assertion answers another challenge")]
    AnotherChallenge,
    /// The assertion was made at another origin.
    #[error("the assertion was made at another origin")]
    AnotherOrigin,
    /// The assertion was made in a frame of another site.
    #[error("the assertion was made in a frame")]
    CrossOrigin,
    /// The authenticator data is malformed, or has attested credential data.
    #[error("the authenticator data is malformed")]
    AuthenticatorDataInvalid,
    /// The assertion was made for another relying party.
    #[error("the assertion is for another relying party")]
    AnotherRelyingParty,
    /// The authenticator did not notice the user.
    #[error("the user was not present")]
    UserNotPresent,
    /// The authenticator did not verify the user.
    #[error("the user was not verified")]
    UserNotVerified,
    /// The passkey claims to be backed up although it cannot be.
    #[error("the passkey is backed up although it is not eligible for backup")]
    BackedUpThoughNotEligible,
    /// The passkey's eligibility for backup differs from that at registration. It never changes in one passkey.
    #[error("the passkey's eligibility for backup has changed since registration")]
    BackupEligibilityChanged,
    /// The credential's key is malformed.
    #[error("the credential's key is malformed")]
    CredentialKeyInvalid,
    /// The credential's algorithm is none of ES256, EdDSA and RS256.
    #[error("the credential's algorithm is not allowed")]
    AlgorithmNotAllowed,
    /// The signature does not verify.
    #[error("the assertion's signature does not verify")]
    SignatureInvalid,
}

impl AssertionError {
    /// A stable word for the check that failed.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Missing => "assertion_missing",
            Self::NotExpected => "assertion_not_expected",
            Self::UnknownCredential => "unknown_credential",
            Self::AnotherCustomer => "credential_of_another_customer",
            Self::ClientDataInvalid => "client_data_invalid",
            Self::AnotherType => "another_type",
            Self::AnotherChallenge => "another_challenge",
            Self::AnotherOrigin => "another_origin",
            Self::CrossOrigin => "cross_origin",
            Self::AuthenticatorDataInvalid => "authenticator_data_invalid",
            Self::AnotherRelyingParty => "another_relying_party",
            Self::UserNotPresent => "user_not_present",
            Self::UserNotVerified => "user_not_verified",
            Self::BackedUpThoughNotEligible => "backed_up_though_not_eligible",
            Self::BackupEligibilityChanged => "backup_eligibility_changed",
            Self::CredentialKeyInvalid => "credential_key_invalid",
            Self::AlgorithmNotAllowed => "algorithm_not_allowed",
            Self::SignatureInvalid => "signature_invalid",
        }
    }
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
                assertion
                    .verify(&credential, self.challenge(), party)
                    .map(Some)
            }
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
