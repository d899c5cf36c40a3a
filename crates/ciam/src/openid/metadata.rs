//! What the provider is and can do, for clients (OpenID Connect Discovery, 3; RFC 8414, 2).

use super::paths;
use crate::ciam::Ciam;
use protocol::http::ProviderMetadata;
use token::{ACR_PASSKEY, Scope};

impl Ciam {
    /// The provider's metadata.
    #[must_use]
    pub fn provider_metadata(&self) -> ProviderMetadata {
        let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
        let es256 = || words(&["ES256"]);
        let private_key_jwt = || words(&["private_key_jwt"]);
        ProviderMetadata {
            issuer: self.inner.settings.issuer.clone(),
            authorization_endpoint: self.endpoint(paths::AUTHORIZE),
            pushed_authorization_request_endpoint: self.endpoint(paths::PUSH),
            token_endpoint: self.endpoint(paths::TOKEN),
            userinfo_endpoint: self.endpoint(paths::USERINFO),
            introspection_endpoint: self.endpoint(paths::INTROSPECTION),
            revocation_endpoint: self.endpoint(paths::REVOCATION),
            jwks_uri: self.endpoint(paths::JWKS),
            require_pushed_authorization_requests: true,
            authorization_response_iss_parameter_supported: true,
            request_parameter_supported: false,
            request_uri_parameter_supported: false,
            backchannel_logout_supported: true,
            backchannel_logout_session_supported: true,
            scopes_supported: words(&Scope::ALL.map(Scope::as_str)),
            claims_supported: words(&["sub", "auth_time", "acr", "customer_number"]),
            acr_values_supported: words(&[ACR_PASSKEY]),
            prompt_values_supported: words(&["none", "login", "consent", "select_account"]),
            response_types_supported: words(&["code"]),
            response_modes_supported: words(&["query"]),
            grant_types_supported: words(&["authorization_code", "refresh_token"]),
            subject_types_supported: words(&["pairwise"]),
            code_challenge_methods_supported: words(&["S256"]),
            id_token_signing_alg_values_supported: es256(),
            dpop_signing_alg_values_supported: es256(),
            token_endpoint_auth_methods_supported: private_key_jwt(),
            token_endpoint_auth_signing_alg_values_supported: es256(),
            introspection_endpoint_auth_methods_supported: private_key_jwt(),
            introspection_endpoint_auth_signing_alg_values_supported: es256(),
            revocation_endpoint_auth_methods_supported: private_key_jwt(),
            revocation_endpoint_auth_signing_alg_values_supported: es256(),
        }
    }
}
