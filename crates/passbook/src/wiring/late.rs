//! A service of this process that is opened after one that calls it.

use std::sync::{Arc, PoisonError, RwLock};

/// The service, once it is open.
pub(super) struct Late<T>(Arc<RwLock<Option<T>>>);

impl<T> Clone for Late<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Default for Late<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T: Clone> Late<T> {
    /// The service. `None` while it is not open.
    pub(super) fn get(&self) -> Option<T> {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Sets the service. `None` before closing: otherwise each service would keep the other's database open.
    pub(super) fn set(&self, service: Option<T>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = service;
    }
}
