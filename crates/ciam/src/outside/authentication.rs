//! How ciam authenticates at the provider's token endpoint: with the client's secret (RFC 6749, 2.3.1), or with a JWT
//! (RFC 7523) that one of its keys for tokens signed, which the provider finds at the bank's JWKS.

use super::provider::Provider;
use crate::ciam::Ciam;
use crate::errors::Failure;
use crate::random::random;
use form_urlencoded::byte_serialize;
use token::ClientAssertion;
use types::base64url;
use zeroize::Zeroizing;

/// How long an assertion is good, in milliseconds.
const ASSERTION_MS: u64 = 60_000;

/// What a request to the token endpoint authenticates with.
pub(super) struct Authenticated {
    /// User and password of HTTP Basic authentication.
    pub(super) basic: Option<(String, Zeroizing<String>)>,
    /// Further parameters of the form: an assertion, if there is no secret.
    pub(super) parameters: Vec<(&'static str, String)>,
}

impl Ciam {
    pub(super) async fn authenticated(
        &self,
        provider: &Provider,
    ) -> Result<Authenticated, Failure> {
        let (settings, now) = (&provider.settings, self.now());
        let client = &settings.client;
        let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
        if let Some(secret) = &settings.secret {
            let password = Zeroizing::new(encoded(secret.expose()));
            return Ok(Authenticated {
                basic: Some((encoded(client.as_str()), password)),
                parameters: Vec::new(),
            });
        }
        let assertion = ClientAssertion {
            client: client.clone(),
            id: base64url::encode(&random::<16>()?),
            expires: now.plus_ms(ASSERTION_MS),
        };
        let signed = self
            .sign_token(now, |key| assertion.sign(&settings.issuer, now, key))
            .await?;
        Ok(Authenticated {
            basic: None,
            parameters: vec![
                ("client_id", client.to_string()),
                (
                    "client_assertion_type",
                    ClientAssertion::PARAMETER.to_owned(),
                ),
                ("client_assertion", signed),
            ],
        })
    }
}
