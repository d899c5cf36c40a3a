//! Why the registration of a passkey is refused.

use crate::error::AssertionError;
use thiserror::Error;

/// Why the registration of a passkey is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum RegistrationError {
    /// A check failed that assertions have, too.
    #[error(transparent)]
    Ceremony(#[from] AssertionError),
    /// The attestation object is no CBOR map of `fmt`, `attStmt` and `authData`.
    #[error("the attestation object is malformed")]
    AttestationObjectInvalid,
    /// The authenticator data contains no new credential.
    #[error("the authenticator data contains no new credential")]
    NoCredential,
    /// The attestation's statement is not of its format, or its signature does not verify.
    #[error("the attestation is not valid")]
    AttestationInvalid,
}

impl RegistrationError {
    /// A stable word for the check that failed.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Ceremony(error) => error.reason(),
            Self::AttestationObjectInvalid => "attestation_object_invalid",
            Self::NoCredential => "no_credential",
            Self::AttestationInvalid => "attestation_invalid",
        }
    }
}
