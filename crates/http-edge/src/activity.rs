//! Activity of a connection: a peer that answers pings but sends no request is disconnected after an idle time.

use std::time::Duration;
use tokio::sync::watch;

/// Counts the requests of a connection that have not been answered completely.
#[derive(Clone)]
pub(crate) struct Activity(watch::Sender<usize>);

/// A request that has not been answered completely.
pub(crate) struct Busy(watch::Sender<usize>);

impl Activity {
    /// Starts without requests.
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(0))
    }

    /// Counts a request.
    pub(crate) fn begin(&self) -> Busy {
        self.0.send_modify(|requests| *requests += 1);
        Busy(self.0.clone())
    }

    /// Waits until there was no request for `timeout`.
    pub(crate) async fn idle_for(&self, timeout: Duration) {
        let mut requests = self.0.subscribe();
        loop {
            // The sender lives as long as `self`.
            let _none_left = requests.wait_for(|requests| *requests == 0).await.is_ok();
            if tokio::time::timeout(timeout, requests.changed())
                .await
                .is_err()
            {
                return;
            }
        }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.send_modify(|requests| *requests -= 1);
    }
}
