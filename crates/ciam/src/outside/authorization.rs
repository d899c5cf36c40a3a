//! Where a person logs in (OpenID Connect Core, 3.1.2.1).

use super::errors::ProviderError;
use super::metadata::Metadata;
use super::provider::Provider;
use crate::ceremonies::ChallengeFor;
use crate::challenge_lifetime::LIFETIME_MS;
use crate::ciam::Ciam;
use protocol::http::ProviderLogin;
use std::fmt;
use types::{DeviceId, PublicKey, base64url};

impl Ciam {
    /// The challenge of a login on `device` at the provider, and where the person logs in.
    pub async fn provider_login(&self, device: DeviceId) -> Result<ProviderLogin, ProviderError> {
        let provider = self.provider()?;
        self.send_to(provider, ChallengeFor::ProviderLogin, device)
            .await
    }

    /// The same for a new device, which will enrol with that session key.
    pub async fn provider_enrolment(
        &self,
        session: &PublicKey,
    ) -> Result<ProviderLogin, ProviderError> {
        let provider = self.enrolling_provider()?;
        let (what, whom) = (ChallengeFor::ProviderEnrolment, session.thumbprint());
        self.send_to(provider, what, whom).await
    }

    pub(super) fn provider(&self) -> Result<&Provider, ProviderError> {
        let provider = self.inner.provider.as_ref();
        provider.ok_or(ProviderError::NotConfigured)
    }

    pub(super) fn enrolling_provider(&self) -> Result<&Provider, ProviderError> {
        let provider = self.provider()?;
        match provider.settings.enrols {
            true => Ok(provider),
            false => Err(ProviderError::NotConfigured),
        }
    }

    async fn send_to(
        &self,
        provider: &Provider,
        what: ChallengeFor,
        whom: impl fmt::Display,
    ) -> Result<ProviderLogin, ProviderError> {
        let metadata = provider.metadata().await;
        let metadata = metadata.map_err(ProviderError::Unavailable)?;
        let challenge = self.inner.ceremonies.give(what, whom, self.now())?;
        Ok(ProviderLogin {
            authorization: provider.address(&metadata, &base64url::encode(&challenge)),
            challenge: challenge.into(),
            timeout_ms: LIFETIME_MS,
        })
    }
}

impl Provider {
    /// The address with everything but what the device adds. The person logs in anew, whatever session they have at the
    /// provider; `max_age` makes the provider state when they did.
    fn address(&self, metadata: &Metadata, nonce: &str) -> String {
        let settings = &self.settings;
        let mut query = form_urlencoded::Serializer::new(String::new());
        query
            .append_pair("response_type", "code")
            .append_pair("client_id", settings.client.as_str())
            .append_pair("scope", &settings.scopes.join(" "))
            .append_pair("nonce", nonce)
            .append_pair("prompt", "login")
            .append_pair("max_age", "0");
        if !settings.acr.is_empty() {
            query.append_pair("acr_values", &settings.acr.join(" "));
        }
        let endpoint = &metadata.authorization_endpoint;
        let separator = if endpoint.contains('?') { '&' } else { '?' };
        format!("{endpoint}{separator}{}", query.finish())
    }
}
