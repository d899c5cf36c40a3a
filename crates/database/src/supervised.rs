//! Detects failed readers.

use tokio::sync::watch;

/// Reports a failed reader when dropped, unless the reader finished.
pub(crate) struct Supervised {
    failed: watch::Sender<bool>,
    finished: bool,
}

impl Supervised {
    pub(crate) const fn new(failed: watch::Sender<bool>) -> Self {
        let finished = false;
        Self { failed, finished }
    }

    /// Marks that the reader ended without a failure.
    pub(crate) fn finish(mut self) {
        self.finished = true;
    }
}

impl Drop for Supervised {
    fn drop(&mut self) {
        if !self.finished {
            tracing::error!("a reader of the database failed; the database stops");
            self.failed.send_replace(true);
        }
    }
}
