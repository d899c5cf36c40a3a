//! The rules and lists in memory, read again when they may have changed.

use crate::error::Failure;
use crate::risk::Risk;
use crate::standing::Standing;
use std::sync::{Arc, PoisonError};

/// Time after which rules and lists are read again: another node may have changed them.
const READ_AGAIN_MS: u64 = 1_000;

impl Risk {
    /// What decides now.
    pub(crate) async fn standing(&self) -> Result<Arc<Standing>, Failure> {
        let known = self.known_standing();
        let now = self.now();
        if now.ms_since(known.read) < READ_AGAIN_MS && known.read <= now {
            return Ok(known);
        }
        self.read_standing().await
    }

    /// Reads again what decides.
    pub(crate) async fn read_standing(&self) -> Result<Arc<Standing>, Failure> {
        let known = self.known_standing();
        let read = Standing::read(&self.0.database, Some(&known), self.now()).await?;
        let read = Arc::new(read);
        let mut standing = self
            .0
            .standing
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *standing = Arc::clone(&read);
        Ok(read)
    }

    fn known_standing(&self) -> Arc<Standing> {
        let standing = self.0.standing.lock();
        Arc::clone(&standing.unwrap_or_else(PoisonError::into_inner))
    }
}
