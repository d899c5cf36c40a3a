//! The bodies of the OpenID provider's routes, whose names are the standards', and of a customer's consents.

use super::PasskeyAssertion;
use serde::{Deserialize, Serialize};
use types::{ClientId, CustomerId, Thumbprint, Time};

/// The answer to `GET /.well-known/openid-configuration` and `GET /.well-known/oauth-authorization-server` (OpenID Connect
/// Discovery, 3; RFC 8414, 2; RFC 9126, 5; RFC 9207, 3; RFC 9449, 5.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[allow(missing_docs)]
pub struct ProviderMetadata {
    pub issuer: String,
    pub authorization_endpoint: String,
    pub pushed_authorization_request_endpoint: String,
    pub token_endpoint: String,
    pub userinfo_endpoint: String,
    pub introspection_endpoint: String,
    pub revocation_endpoint: String,
    pub jwks_uri: String,
    pub require_pushed_authorization_requests: bool,
    pub authorization_response_iss_parameter_supported: bool,
    pub request_parameter_supported: bool,
    pub request_uri_parameter_supported: bool,
    pub backchannel_logout_supported: bool,
    pub backchannel_logout_session_supported: bool,
    pub scopes_supported: Vec<String>,
    pub claims_supported: Vec<String>,
    pub acr_values_supported: Vec<String>,
    pub prompt_values_supported: Vec<String>,
    pub response_types_supported: Vec<String>,
    pub response_modes_supported: Vec<String>,
    pub grant_types_supported: Vec<String>,
    pub subject_types_supported: Vec<String>,
    pub code_challenge_methods_supported: Vec<String>,
    pub id_token_signing_alg_values_supported: Vec<String>,
    pub dpop_signing_alg_values_supported: Vec<String>,
    pub token_endpoint_auth_methods_supported: Vec<String>,
    pub token_endpoint_auth_signing_alg_values_supported: Vec<String>,
    pub introspection_endpoint_auth_methods_supported: Vec<String>,
    pub introspection_endpoint_auth_signing_alg_values_supported: Vec<String>,
    pub revocation_endpoint_auth_methods_supported: Vec<String>,
    pub revocation_endpoint_auth_signing_alg_values_supported: Vec<String>,
}

/// The answer to a refused request of a client (RFC 6749, 5.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OauthRefusal {
    /// The error's word.
    pub error: String,
    /// What is wrong, for the client's developer.
    pub error_description: String,
}

/// The answer to `POST /openid/par` (RFC 9126, 2.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PushedRequest {
    /// What names the request.
    pub request_uri: String,
    /// For how long a browser may begin it, in seconds.
    pub expires_in: u64,
}

/// The body of `POST /openid/login/challenge`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct BeginClientLogin {
    /// The authorization that the page is for.
    pub authorization: String,
}

/// The body of `POST /openid/login`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ClientLogin {
    /// The authorization that the page is for.
    pub authorization: String,
    /// The passkey's answer to the challenge.
    pub assertion: PasskeyAssertion,
}

/// The answer to `POST /openid/login`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ClientLoggedIn {
    /// The authorization on which the person now decides.
    pub authorization: String,
}

/// The body of `POST /openid/consent`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ClientDecision {
    /// The authorization that the page is for.
    pub authorization: String,
    /// Whether the person allows what the client asks for.
    pub allowed: bool,
}

/// The answer to `POST /openid/consent`. It has a code: it is not for logs.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ClientDecided {
    /// The address at the client to which the page sends the browser.
    pub location: String,
}

/// The answer to `POST /openid/token` (RFC 6749, 5.1; OpenID Connect Core, 3.1.3.3).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ClientTokens {
    /// The JWT with which the client acts.
    pub access_token: String,
    /// `DPoP`.
    pub token_type: String,
    /// How long the access token is valid, in seconds.
    pub expires_in: u64,
    /// What the access token allows, separated by spaces.
    pub scope: String,
    /// Who logged in; with a code only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_token: Option<String>,
    /// The secret for further access tokens; with a code only, and only with the scope `offline_access`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
}

/// The answer to `GET /openid/userinfo` (OpenID Connect Core, 5.3.2).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UserInfo {
    /// The customer, by a reference that only this client has.
    pub sub: String,
    /// The customer's number at the bank; with the scope `customer_number` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_number: Option<CustomerId>,
}

/// The key of a token's proofs (RFC 7800, 3.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Confirmed {
    /// The key's thumbprint.
    pub jkt: Thumbprint,
}

/// The answer to `POST /openid/introspection` (RFC 7662, 2.2; RFC 9449, 6.2).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[allow(missing_docs)]
pub struct Introspected {
    /// Whether the token is good. If it is not, there is nothing else.
    pub active: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iss: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aud: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_type: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cnf: Option<Confirmed>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iat: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exp: Option<u64>,
}

/// What a customer lets a client know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConsentRow {
    /// The client.
    pub client: ClientId,
    /// Its name; none if the bank has no such client any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it may know.
    pub scopes: Vec<String>,
    /// When the customer allowed it last.
    pub given: Time,
}

/// The answer to `GET /v1/consents`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConsentsAnswer {
    /// The customer's consents, the oldest first.
    pub consents: Vec<ConsentRow>,
}

/// The body of `POST /v1/consents/withdrawals`, and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct WithdrawConsent {
    /// The client.
    pub client: ClientId,
}

redacted!(ClientLogin, ClientTokens, UserInfo);
