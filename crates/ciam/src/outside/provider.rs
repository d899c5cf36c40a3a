//! The provider: what it says of itself and its keys, asked for when they are needed and kept for a while.

use super::keys::ProviderKeys;
use super::metadata::Metadata;
use super::settings::ProviderSettings;
use crate::ports::{LoginProvider, PortError};
use std::sync::{Arc, Mutex, PoisonError};
use types::{Clock, Time};

/// How long metadata and keys are kept. A key that the provider withdraws verifies nothing afterwards.
const KEPT_MS: u64 = 3_600_000;

/// The provider, if the bank has one.
pub(crate) struct Provider {
    pub(super) settings: ProviderSettings,
    pub(super) port: Arc<dyn LoginProvider>,
    clock: Clock,
    metadata: Mutex<Option<Known<Metadata>>>,
    keys: Mutex<Option<Known<ProviderKeys>>>,
}

/// A document as the provider had it.
struct Known<T> {
    document: Arc<T>,
    read: Time,
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
            metadata: Mutex::default(),
            keys: Mutex::default(),
        }
    }

    pub(super) fn now(&self) -> Time {
        (self.clock)()
    }

    pub(super) async fn metadata(&self) -> Result<Arc<Metadata>, PortError> {
        let issuer = &self.settings.issuer;
        match kept(&self.metadata, self.now()) {
            Some(metadata) => Ok(metadata),
            None => {
                let bytes = self.port.read(&Metadata::address(issuer)).await?;
                let metadata = Metadata::parse(&bytes, issuer)?;
                Ok(keep(&self.metadata, metadata, self.now()))
            }
        }
    }

    pub(super) async fn keys(&self) -> Result<Arc<ProviderKeys>, PortError> {
        match kept(&self.keys, self.now()) {
            Some(keys) => Ok(keys),
            None => self.newest_keys().await,
        }
    }

    /// The keys as the provider has them now. Whoever asks has an ID token of the provider's own answer with a key that is
    /// not known, so that nobody else makes ciam ask.
    pub(super) async fn newest_keys(&self) -> Result<Arc<ProviderKeys>, PortError> {
        let metadata = self.metadata().await?;
        let bytes = self.port.read(&metadata.jwks_uri).await?;
        Ok(keep(&self.keys, ProviderKeys::parse(&bytes)?, self.now()))
    }
}

fn kept<T>(known: &Mutex<Option<Known<T>>>, now: Time) -> Option<Arc<T>> {
    let known = known.lock().unwrap_or_else(PoisonError::into_inner);
    let known = known
        .as_ref()
        .filter(|known| now.ms_since(known.read) < KEPT_MS);
    known.map(|known| Arc::clone(&known.document))
}

fn keep<T>(known: &Mutex<Option<Known<T>>>, document: T, read: Time) -> Arc<T> {
    let document = Arc::new(document);
    let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
    *known = Some(Known {
        document: Arc::clone(&document),
        read,
    });
    document
}
