//! A message key with its key epoch.

use types::{KeyEpoch, MessageKey};

/// A message key with its epoch.
#[derive(Debug)]
pub(crate) struct EpochKey {
    pub(crate) epoch: KeyEpoch,
    pub(crate) key: MessageKey,
}

impl EpochKey {
    /// The pair that sealing and opening need.
    pub(crate) const fn pair(&self) -> (&MessageKey, KeyEpoch) {
        (&self.key, self.epoch)
    }
}
