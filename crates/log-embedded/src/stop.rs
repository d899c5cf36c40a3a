//! Stopping for good. Anything that has corrupted data, or could, stops the engine with a reason, and the engine stays
//! stopped.

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

    /// Stops the engine. Only the first reason counts.
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

    /// The reason, for a caller that knows that the engine has stopped.
    pub(crate) fn reason(&self) -> Stopped {
        self.stopped()
            .unwrap_or_else(|| Stopped::new("the log was closed"))
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<Option<Stopped>> {
        self.reason.subscribe()
    }
}
