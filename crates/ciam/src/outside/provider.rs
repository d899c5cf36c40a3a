//! The provider: what it says of itself and its keys, asked for when they are needed and kept for a while.

use super::keys::ProviderKeys;
use super::metadata::Metadata;
use super::settings::ProviderSettings;
use crate::ports::{LoginProvider, PortError};
use crate::remembered::Remembered;
use std::sync::Arc;
use types::{Clock, Time};

/// The provider, if the bank has one.
pub(crate) struct Provider {
    pub(super) settings: ProviderSettings,
    pub(super) port: Arc<dyn LoginProvider>,
    clock: Clock,
    metadata: Remembered<Metadata>,
    keys: Remembered<ProviderKeys>,
}

impl Provider {
    pub(crate) fn new(
        settings: ProviderSettings,
        port: Arc<dyn LoginProvider>,
        clock: Clock,
    ) -> Self {
        Self {
            settings,
            port,
            clock,
            metadata: Remembered::default(),
            keys: Remembered::default(),
        }
    }

    pub(super) fn now(&self) -> Time {
        (self.clock)()
    }

    pub(super) async fn metadata(&self) -> Result<Arc<Metadata>, PortError> {
        let issuer = &self.settings.issuer;
        match self.metadata.current(self.now()) {
            Some(metadata) => Ok(metadata),
            None => {
                let bytes = self.port.read(&Metadata::address(issuer)).await?;
                let metadata = Metadata::parse(&bytes, issuer)?;
                Ok(self.metadata.keep(metadata, self.now()))
            }
        }
    }

    pub(super) async fn keys(&self) -> Result<Arc<ProviderKeys>, PortError> {
        match self.keys.current(self.now()) {
            Some(keys) => Ok(keys),
            None => self.newest_keys().await,
        }
    }

    /// The keys as the provider has them now. Whoever asks has an ID token of the provider's own answer with a key that is
    /// not known, so that nobody else makes ciam ask.
    pub(super) async fn newest_keys(&self) -> Result<Arc<ProviderKeys>, PortError> {
        let keys = self.read_keys().await?;
        Ok(self.keys.keep(keys, self.now()))
    }

    /// The keys for a token that anybody may have sent. They are read again if none is the token's, once a minute at most.
    pub(super) async fn keys_for(&self, token: &str) -> Result<Arc<ProviderKeys>, PortError> {
        let serves = |keys: &ProviderKeys| keys.may_verify(token);
        let read = async || self.read_keys().await;
        self.keys.serving(self.now(), serves, read).await
    }

    async fn read_keys(&self) -> Result<ProviderKeys, PortError> {
        let metadata = self.metadata().await?;
        ProviderKeys::parse(&self.port.read(&metadata.jwks_uri).await?)
    }
}
