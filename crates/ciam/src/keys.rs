//! ciam's signing keys, unwrapped in memory.

use std::sync::{Arc, PoisonError, RwLock};
use vault::OwnKey;

/// The keys as of one moment, each list ordered by `from`.
#[derive(Default)]
pub(crate) struct KeySet {
    pub(crate) token: Vec<Arc<OwnKey>>,
    pub(crate) statement: Vec<Arc<OwnKey>>,
    /// The oldest key-encryption key under which one of the keys is wrapped.
    pub(crate) wrapped_under: Option<u32>,
}

/// The current [`KeySet`], and the lock for changing it.
#[derive(Default)]
pub(crate) struct Keys {
    current: RwLock<Arc<KeySet>>,
    pub(crate) making: tokio::sync::Mutex<()>,
}

impl Keys {
    pub(crate) fn current(&self) -> Arc<KeySet> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&current)
    }

    pub(crate) fn set(&self, keys: KeySet) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
    }
}
