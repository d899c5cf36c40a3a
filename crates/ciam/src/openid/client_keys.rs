//! The public keys of clients' assertions: in the configuration, or where the client publishes them (RFC 7517, 5).

use super::client::{Client, KEYS_MAX, KeySource};
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
    #[error("it publishes no keys")]
    NotPublished,
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

    /// The keys that `client` publishes at `uri`. They are read again if none of them may have signed the assertion.
    pub(super) async fn of(
        &self,
        (client, uri): (&ClientId, &str),
        claimed: &ClaimedAssertion<'_>,
        now: Time,
    ) -> Result<Arc<ClientKeys>, PortError> {
        let known = self.known.get(client);
        let known = known.ok_or_else(|| PortError::new("client", Unusable::NotPublished))?;
        let serves = |keys: &ClientKeys| claimed.signers(keys).next().is_some();
        known
            .serving(now, serves, async || self.read(uri).await)
            .await
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
