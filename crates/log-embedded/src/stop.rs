//! Stopping for good: whatever may have corrupted something, or could, ends the engine, says why, and stays.

use channel_log::Stopped;
use tokio::sync::watch;

/// Whether the engine has stopped, and why.
pub(crate) struct Stop {
    reason: watch::Sender<Option<Stopped>>,
}

impl Stop {
    pub(crate) fn new() -> Self {
        Self {
            reason: watch::Sender::new(None),
        }
    }

    /// Stops the engine. The first reason stays.
    pub(crate) fn stop(&self, reason: &str) {
        self.reason.send_if_modified(|stopped| {
            let first = stopped.is_none();
            if first {
                *stopped = Some(Stopped::new(reason));
            }
            first
        });
    }

    pub(crate) fn stopped(&self) -> Option<Stopped> {
        self.reason.borrow().clone()
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.reason.borrow().is_some()
    }

    /// Why the engine has stopped, for those who know that it has.
    pub(crate) fn reason(&self) -> Stopped {
        self.stopped()
            .unwrap_or_else(|| Stopped::new("the log was closed"))
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<Option<Stopped>> {
        self.reason.subscribe()
    }
}
