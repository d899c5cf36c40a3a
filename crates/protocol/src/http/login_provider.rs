//! Logins at the OpenID provider that logs people in for the bank, on an enrolled device and on a new one.

use crate::Base64UrlBytes;
use serde::{Deserialize, Serialize};
use types::{CustomerId, PublicKey, Time};

/// The answer to `POST /v1/login/provider/challenge`, which has no body, and to `POST /v1/enrolment/provider/challenge`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProviderLogin {
    /// The challenge of the login. Its base64url is the `nonce` that the address contains.
    pub challenge: Base64UrlBytes,
    /// The address at the provider at which the person logs in. The device adds `redirect_uri`, `state`, `code_challenge` and
    /// `code_challenge_method` to its query.
    pub authorization: String,
    /// How long the challenge may be answered, in milliseconds.
    pub timeout_ms: u64,
}

/// What the provider answered the device. The body of `POST /v1/login/provider`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ProviderAnswer {
    /// The challenge of the login.
    pub challenge: Base64UrlBytes,
    /// `code` of the provider's answer.
    pub code: String,
    /// The secret whose SHA-256 was `code_challenge` (RFC 7636, 4.1).
    pub code_verifier: String,
    /// Where the provider's answer went.
    pub redirect_uri: String,
    /// `iss` of the provider's answer, if it had one (RFC 9207).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
}

/// The body of `POST /v1/enrolment/provider/challenge`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AskProvider {
    /// The session key with which the device will enrol.
    pub session: PublicKey,
}

/// The body of `POST /v1/enrolment/provider`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RedeemForCode {
    /// The session key for which the challenge was given.
    pub session: PublicKey,
    /// What the provider answered.
    pub answer: ProviderAnswer,
}

/// The answer to `POST /v1/enrolment/provider`: an activation code that only this device can use.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CodeForDevice {
    /// The customer who logged in.
    pub customer: CustomerId,
    /// The 16 characters of the code.
    pub code: String,
    /// When it expires.
    pub expires: Time,
}

redacted!(ProviderAnswer, CodeForDevice);
