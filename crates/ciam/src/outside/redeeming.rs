//! Redeems the provider's code, and verifies who logged in (OpenID Connect Core, 3.1.3).

use super::errors::{NotProven, unusable};
use super::id_token::{Expected, Flaw, Proven, verify};
use super::metadata::Metadata;
use super::provider::Provider;
use crate::ciam::Ciam;
use crate::ports::PortError;
use form_urlencoded::Serializer;
use protocol::http::ProviderAnswer;
use serde::Deserialize;
use types::{Time, base64url};
use zeroize::{Zeroize, ZeroizeOnDrop};

const DOCUMENT: &str = "token endpoint";

/// The answer of the token endpoint. The access token is of no use here, and is not read.
#[derive(Deserialize, Zeroize, ZeroizeOnDrop)]
struct Redeemed {
    id_token: String,
}

#[derive(Deserialize)]
struct Refusal {
    error: String,
}

impl Ciam {
    /// Redeems the code of `answer`, whose challenge was given at that time.
    pub(super) async fn redeem(
        &self,
        provider: &Provider,
        answer: &ProviderAnswer,
        given: Time,
    ) -> Result<Proven, NotProven> {
        let metadata = provider.metadata().await?;
        check_issuer(provider, &metadata, answer)?;
        let authenticated = self.authenticated(provider).await?;
        let form = Serializer::new(String::new())
            .append_pair("grant_type", "authorization_code")
            .append_pair("code", &answer.code)
            .append_pair("redirect_uri", &answer.redirect_uri)
            .append_pair("code_verifier", &answer.code_verifier)
            .extend_pairs(&authenticated.parameters)
            .finish();
        let basic = authenticated.basic.as_ref();
        let basic = basic.map(|(user, password)| (user.as_str(), password.as_str()));
        let url = &metadata.token_endpoint;
        let (status, body) = provider.port.post(url, basic, form).await?;
        let redeemed = redeemed(status, &body)?;
        let expected = Expected {
            provider: &provider.settings,
            nonce: &base64url::encode(answer.challenge.as_ref()),
            given,
            now: self.now(),
        };
        let mut verified = verify(&redeemed.id_token, &*provider.keys().await?, &expected);
        if verified == Err(Flaw::UnknownKey) {
            let keys = provider.newest_keys().await?;
            verified = verify(&redeemed.id_token, &keys, &expected);
        }
        verified.map_err(|flaw| match flaw {
            Flaw::UnknownKey => NotProven::Refused("unknown_key"),
            Flaw::Check(reason) => NotProven::Refused(reason),
        })
    }
}

/// An answer that came from another provider is sent to none (RFC 9207, 2.4).
fn check_issuer(
    provider: &Provider,
    metadata: &Metadata,
    answer: &ProviderAnswer,
) -> Result<(), NotProven> {
    match &answer.issuer {
        Some(issuer) if *issuer != provider.settings.issuer => {
            Err(NotProven::NotRedeemed("answer_of_another_issuer"))
        }
        None if metadata.authorization_response_iss_parameter_supported => {
            Err(NotProven::NotRedeemed("answer_without_issuer"))
        }
        _ => Ok(()),
    }
}

fn redeemed(status: u16, body: &[u8]) -> Result<Redeemed, NotProven> {
    if status == 200 {
        let redeemed = serde_json::from_slice(body);
        let unreadable = |_| unusable(DOCUMENT, "answers no ID token").into();
        return redeemed.map_err(unreadable);
    }
    let refusal: Result<Refusal, _> = serde_json::from_slice(body);
    let error = refusal.map(|refusal| refusal.error).unwrap_or_default();
    match error.as_str() {
        "invalid_grant" => Err(NotProven::NotRedeemed("code_refused")),
        other => Err(refused(other).into()),
    }
}

/// What only who configured the provider or the bank can mend.
fn refused(error: &str) -> PortError {
    let problem = match error {
        "invalid_client" => "does not accept how the bank authenticates: invalid_client",
        "unauthorized_client" => "does not let the bank's client do this: unauthorized_client",
        "invalid_request" => "does not accept the request: invalid_request",
        _ => "refuses the request",
    };
    unusable(DOCUMENT, problem)
}
