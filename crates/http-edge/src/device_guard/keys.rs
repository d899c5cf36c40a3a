//! The cached keys of the issuer.

use super::issuer::{Issuer, IssuerError};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use token::Jwks;
use types::Time;

/// Maximum time that a key stays valid after the issuer stopped listing it.
pub(super) const KEYS_AGE_MAX_MS: u64 = 10_000;

/// Minimum interval between requests caused by tokens under an unknown key.
const KEYS_AGE_MIN_MS: u64 = 1_000;

/// Maximum time for an answer of the issuer.
pub(super) const ASK_TIMEOUT: Duration = Duration::from_secs(2);

#[derive(Clone, Default)]
struct Known {
    keys: Option<Arc<Jwks>>,
    asked: Option<Time>,
}

/// The issuer's last answer.
#[derive(Default)]
pub(super) struct Keys {
    known: RwLock<Known>,
    asking: tokio::sync::Mutex<()>,
}

impl Keys {
    fn known(&self) -> Known {
        self.known
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn older_than(&self, ms: u64, now: Time) -> bool {
        self.known()
            .asked
            .is_none_or(|asked| now.ms_since(asked) > ms)
    }

    /// The cached keys. Asks the issuer if there are none.
    pub(super) async fn current(
        &self,
        issuer: &dyn Issuer,
        now: Time,
    ) -> Result<Arc<Jwks>, IssuerError> {
        match self.known().keys {
            Some(keys) => Ok(keys),
            None => self.newer(issuer, now).await,
        }
    }

    /// The keys, requested again unless they were requested just now.
    pub(super) async fn newer(
        &self,
        issuer: &dyn Issuer,
        now: Time,
    ) -> Result<Arc<Jwks>, IssuerError> {
        self.not_older_than(KEYS_AGE_MIN_MS, issuer, now).await
    }

    /// The keys, requested again if they are older than `ms`.
    pub(super) async fn not_older_than(
        &self,
        ms: u64,
        issuer: &dyn Issuer,
        now: Time,
    ) -> Result<Arc<Jwks>, IssuerError> {
        let _one_at_a_time = self.asking.lock().await;
        if self.older_than(ms, now) {
            self.set(|known| known.asked = Some(now));
            let keys = tokio::time::timeout(ASK_TIMEOUT, issuer.keys())
                .await
                .map_err(IssuerError::new)??;
            self.set(|known| known.keys = Some(Arc::new(keys)));
        }
        let unknown = || IssuerError::new("its keys were requested just now without success");
        self.known().keys.ok_or_else(unknown)
    }

    fn set(&self, change: impl FnOnce(&mut Known)) {
        change(&mut self.known.write().unwrap_or_else(PoisonError::into_inner));
    }
}
