//! Waiting for what comes next in a channel.

use crate::Stopped;
use tokio::sync::watch;
use types::Position;

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
    /// the engine stops, and `guard` unregisters when it is dropped.
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
    /// future is dropped, the level stays. An error when the engine has stopped.
    pub async fn beyond(&mut self, mine: Position) -> Result<Position, Stopped> {
        let gone = || Stopped::new("the log was dropped");
        tokio::select! {
            biased;
            // Both branches are `watch::Receiver::wait_for`, which is cancel safe.
            level = self.level.wait_for(|level| level.is_some_and(|newest| newest > mine)) => {
                level.ok().and_then(|level| *level).ok_or_else(gone)
            }
            stopped = self.stopped.wait_for(Option::is_some) => {
                Err(stopped.ok().and_then(|stopped| stopped.clone()).unwrap_or_else(gone))
            }
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
