//! Readers that fail are noticed.

use tokio::sync::watch;

/// Says that a reader failed when it goes, unless it went because there is nothing more to read.
pub(crate) struct Supervised {
    failed: watch::Sender<bool>,
    finished: bool,
}

impl Supervised {
    pub(crate) const fn new(failed: watch::Sender<bool>) -> Self {
        let finished = false;
        Self { failed, finished }
    }

    /// There is nothing more to read.
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
