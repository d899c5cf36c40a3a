//! A message key of one epoch.

use types::{KeyEpoch, MessageKey};

/// A message key with its epoch.
#[derive(Debug)]
pub(crate) struct EpochKey {
    pub(crate) epoch: KeyEpoch,
    pub(crate) key: MessageKey,
}

impl EpochKey {
    /// As sealing and opening take it.
    pub(crate) const fn pair(&self) -> (&MessageKey, KeyEpoch) {
        (&self.key, self.epoch)
    }
}
