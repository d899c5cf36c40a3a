//! Waiting for what comes next in a channel.

use crate::{Stopped, Unavailable};
use thiserror::Error;
use tokio::sync::watch;
use types::Position;

/// Why a channel is not watched, or not any more.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum WatchError {
    /// The engine cannot be asked now, or lost the registration: register anew, read, and wait.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// The engine has stopped.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

/// A registration for a channel's newest durable position; it exists only while this value lives.
///
/// It is a level and not an edge. Register, read, and while the read's newest is where you are, wait for
/// [`Watch::beyond`] it: what became durable after the registration raises the level, what did before is in the read.
/// Positions that were passed in between are not told one by one.
pub struct Watch {
    // Dropped before the guard, so that the engine sees who is left when the guard unregisters.
    level: watch::Receiver<Option<Position>>,
    stopped: watch::Receiver<Option<Stopped>>,
    _guard: Box<dyn Send + Sync>,
}

impl Watch {
    /// For engines: `level` is the newest position that became durable since the registration, `stopped` is filled when
    /// the engine stops, and `guard` unregisters when it is dropped. An engine that loses the registration drops the
    /// sender of `level`.
    #[must_use]
    pub fn new(
        level: watch::Receiver<Option<Position>>,
        stopped: watch::Receiver<Option<Stopped>>,
        guard: Box<dyn Send + Sync>,
    ) -> Self {
        Self {
            level,
            stopped,
            _guard: guard,
        }
    }

    /// The newest position that became durable since the registration, if any did.
    #[must_use]
    pub fn newest(&self) -> Option<Position> {
        *self.level.borrow()
    }

    /// Waits until a position beyond `mine` is durable and gives the newest. Cancel safe: nothing is lost when the
    /// future is dropped, the level stays. An error when the engine has stopped or lost the registration.
    pub async fn beyond(&mut self, mine: Position) -> Result<Position, WatchError> {
        tokio::select! {
            biased;
            // Both branches are `watch::Receiver::wait_for`, which is cancel safe.
            level = self.level.wait_for(|level| level.is_some_and(|newest| newest > mine)) => {
                if let Some(newest) = level.ok().and_then(|level| *level) {
                    return Ok(newest);
                }
            }
            _ = self.stopped.wait_for(Option::is_some) => {}
        }
        Err(self.ended())
    }

    /// Why the level does not rise any more.
    fn ended(&self) -> WatchError {
        if let Some(stopped) = self.stopped.borrow().clone() {
            return stopped.into();
        }
        match self.stopped.has_changed() {
            Ok(_) => Unavailable::new("the registration is lost").into(),
            Err(_) => Stopped::new("the log was dropped").into(),
        }
    }
}

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watch")
            .field("newest", &self.newest())
            .finish_non_exhaustive()
    }
}
