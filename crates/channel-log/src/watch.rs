//! Waiting for later records of a channel.

use crate::{Stopped, Unavailable};
use thiserror::Error;
use tokio::sync::watch;
use types::Position;

/// Why a registration failed or ended.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum WatchError {
    /// The engine is unavailable now, or lost the registration. Register again, read, and wait.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// The engine has stopped.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

/// A registration for a channel's newest durable position. It lasts as long as this value.
///
/// A level, not an edge. Register, then read. While the read's newest position is the reader's own, wait with
/// [`Watch::beyond`]. Positions that became durable after the registration raise the level; earlier ones are in the
/// read. Intermediate positions are not reported one by one.
pub struct Watch {
    // This field is dropped before the guard, so that the engine sees the remaining watchers when the guard
    // unregisters.
    level: watch::Receiver<Option<Position>>,
    stopped: watch::Receiver<Option<Stopped>>,
    _guard: Box<dyn Send + Sync>,
}

impl Watch {
    /// For engines. `level` is the newest position that became durable since the registration. `stopped` is set when
    /// the engine stops. `guard` unregisters when it is dropped. An engine that loses the registration drops the sender
    /// of `level`.
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

    /// The newest position that became durable since the registration, if any.
    #[must_use]
    pub fn newest(&self) -> Option<Position> {
        *self.level.borrow()
    }

    /// Waits until a position beyond `mine` is durable and returns the newest. Cancel safe: if the future is dropped,
    /// the level stays. Fails if the engine has stopped or lost the registration.
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

    /// Why the level no longer rises.
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
