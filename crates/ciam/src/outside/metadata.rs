//! What the provider says of itself (OpenID Connect Discovery, 4).

use super::errors::unusable;
use crate::endpoint::{is_endpoint, is_endpoint_with_query};
use crate::ports::PortError;
use serde::Deserialize;

const DOCUMENT: &str = "metadata";

/// What ciam needs of the provider's metadata. Other members mean nothing here.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Metadata {
    issuer: String,
    pub(super) authorization_endpoint: String,
    pub(super) token_endpoint: String,
    pub(super) jwks_uri: String,
    /// Whether each answer to the device has `iss` (RFC 9207, 3).
    #[serde(default)]
    pub(super) authorization_response_iss_parameter_supported: bool,
}

impl Metadata {
    /// Where the provider with that issuer has them.
    pub(super) fn address(issuer: &str) -> String {
        let issuer = issuer.trim_end_matches('/');
        format!("{issuer}/.well-known/openid-configuration")
    }

    /// Reads them. They must be of that issuer, to the byte (OpenID Connect Discovery, 4.3).
    pub(super) fn parse(bytes: &[u8], issuer: &str) -> Result<Self, PortError> {
        let metadata: Self =
            serde_json::from_slice(bytes).map_err(|_| unusable(DOCUMENT, "cannot be read"))?;
        if metadata.issuer != issuer {
            return Err(unusable(DOCUMENT, "are of another issuer"));
        }
        let endpoints = [&metadata.token_endpoint, &metadata.jwks_uri];
        let are_endpoints = endpoints.into_iter().all(|url| is_endpoint(url));
        if !are_endpoints || !is_endpoint_with_query(&metadata.authorization_endpoint) {
            return Err(unusable(DOCUMENT, "name an endpoint that is no such URL"));
        }
        Ok(metadata)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const ISSUER: &str = "https://login.example/realms/bank";

    #[test]
    fn metadata_are_of_the_issuer_and_name_encrypted_endpoints() {
        let good = json!({
            "issuer": ISSUER,
            "authorization_endpoint": "https://login.example/auth?realm=bank",
            "token_endpoint": "https://login.example/token",
            "jwks_uri": "https://login.example/keys",
            "more": [1],
        });
        let parse =
            |metadata: &Value| Metadata::parse(metadata.to_string().as_bytes(), ISSUER).is_ok();
        assert!(parse(&good));
        for (member, value) in [
            ("issuer", json!("https://login.example/realms/bank/")),
            ("issuer", json!("https://evil.example")),
            ("token_endpoint", json!("http://login.example/token")),
            ("jwks_uri", json!("login.example/keys")),
            ("authorization_endpoint", json!("javascript:alert(1)")),
            (
                "authorization_endpoint",
                json!("https://login.example/auth?realm=bank#"),
            ),
            ("token_endpoint", Value::Null),
        ] {
            let mut bad = good.clone();
            bad[member] = value;
            assert!(!parse(&bad), "{bad}");
        }
        assert!(Metadata::parse(b"<html>", ISSUER).is_err());
    }
}
