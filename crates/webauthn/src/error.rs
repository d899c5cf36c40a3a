//! Why the answer of a passkey is refused.

use thiserror::Error;

/// Why an assertion is refused, or a registration for the same cause.
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
    /// The client data is of another ceremony.
    #[error("the client data is of another ceremony")]
    AnotherType,
    /// The client data has another challenge than the one that was given: for an order, SHA-256 of the Sign1.
    #[error("the passkey answered another challenge")]
    AnotherChallenge,
    /// The ceremony took place at another origin.
    #[error("the ceremony took place at another origin")]
    AnotherOrigin,
    /// The ceremony took place in a frame of another site.
    #[error("the ceremony took place in a frame")]
    CrossOrigin,
    /// The authenticator data is malformed. Of an assertion: or has attested credential data.
    #[error("the authenticator data is malformed")]
    AuthenticatorDataInvalid,
    /// The ceremony was for another relying party.
    #[error("the ceremony was for another relying party")]
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
