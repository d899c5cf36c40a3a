//! The public keys of clients' assertions: in the configuration, or where the client publishes them (RFC 7517, 5).

use super::client::{Client, KEYS_MAX, KeySource};
use super::errors::{OauthError, Refusal};
use crate::ciam::Ciam;
use crate::ports::{Clients, PortError};
use crate::remembered::Remembered;
use std::collections::BTreeMap;
use std::sync::Arc;
use thiserror::Error;
use token::{ClaimedAssertion, ClientKeys};
use types::{ClientId, Time};

/// The keys of clients that publish them.
pub(crate) struct PublishedKeys {
    port: Arc<dyn Clients>,
    known: BTreeMap<ClientId, Remembered<ClientKeys>>,
}

#[derive(Debug, Error)]
enum Unusable {
    #[error("its keys are no set of public keys")]
    NoSet(#[source] serde_json::Error),
    #[error("it publishes {0} keys on P-256: 1 to 8 are allowed")]
    Count(usize),
}

impl PublishedKeys {
    pub(crate) fn new<'c>(
        port: Arc<dyn Clients>,
        clients: impl IntoIterator<Item = &'c Client>,
    ) -> Self {
        let publish = |client: &&Client| matches!(client.keys, KeySource::At(_));
        let known = clients.into_iter().filter(publish);
        let known = known.map(|client| (client.id.clone(), Remembered::default()));
        Self {
            port,
            known: known.collect(),
        }
    }

    async fn read(&self, uri: &str) -> Result<ClientKeys, PortError> {
        let unusable = |error| PortError::new("client", error);
        let bytes = self.port.read(uri).await?;
        let keys = serde_json::from_slice(&bytes);
        let keys: ClientKeys = keys.map_err(|error| unusable(Unusable::NoSet(error)))?;
        match keys.keys().len() {
            1..=KEYS_MAX => Ok(keys),
            count => Err(unusable(Unusable::Count(count))),
        }
    }
}

impl Ciam {
    /// The keys of `client`, of which one may have signed the assertion. They are read again if none of them may.
    pub(crate) async fn keys_of(
        &self,
        client: &Client,
        claimed: &ClaimedAssertion<'_>,
        now: Time,
    ) -> Result<Arc<ClientKeys>, Refusal> {
        let uri = match &client.keys {
            KeySource::Configured(keys) => return Ok(Arc::clone(keys)),
            KeySource::At(uri) => uri,
        };
        let published = &self.inner.client_keys;
        let refusal = OauthError::InvalidClient.because("the client's keys cannot be read");
        let known = published.known.get(&client.id).ok_or(refusal)?;
        let serves = |keys: &ClientKeys| claimed.signers(keys).next().is_some();
        let keys = known.serving(now, serves, async || published.read(uri).await);
        keys.await.map_err(|error| {
            let (client, why) = (&client.id, types::error_chain(&error));
            tracing::warn!(%client, "the keys of a client cannot be read: {why}");
            refusal
        })
    }
}
