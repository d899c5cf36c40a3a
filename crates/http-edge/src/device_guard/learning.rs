//! Follows revocations: asks the issuer every quarter of a second, and at once after a signal.

use super::DeviceGuard;
use super::issuer::IssuerError;
use super::keys::{ASK_TIMEOUT, KEYS_AGE_MAX_MS};
use super::readers::{OPEN_WITHIN_MS, SERVE_WITHIN_MS};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;
use types::error_chain;

/// Interval between two requests for revocations.
const ASK_EVERY: Duration = Duration::from_millis(250);

/// Maximum revocations in one answer.
const PAGE: u32 = 1_000;

impl DeviceGuard {
    /// Follows revocations until `stop` turns true, or its sender is dropped.
    pub async fn run(&self, mut stop: watch::Receiver<bool>) {
        tokio::select! {
            () = self.learn_on() => {}
            _ = stop.wait_for(|stop| *stop) => {}
        }
    }

    async fn learn_on(&self) {
        let mut ticks = tokio::time::interval(ASK_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut answering = true;
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                () = self.0.signal.notified() => {}
            }
            let learnt = self.learn().await;
            self.readers().end_unknown(self.now());
            // Only changes are logged, because four lines a second would be noise.
            let was_answering = std::mem::replace(&mut answering, learnt.is_ok());
            match learnt {
                Err(error) if was_answering => {
                    tracing::warn!(
                        "{}: no stream is opened after {OPEN_WITHIN_MS} ms without current revocations, and \
                         devices are not served after {SERVE_WITHIN_MS} ms",
                        error_chain(&error)
                    );
                }
                Ok(()) if !was_answering => tracing::info!("the issuer of tokens answers again"),
                _ => {}
            }
        }
    }

    /// Requests revocations and keys once. A service may do so before it opens its port; [`run`](Self::run) repeats it.
    pub async fn learn(&self) -> Result<(), IssuerError> {
        loop {
            let begun = self.now();
            let after = self.readers().number();
            let asked = self.0.issuer.revocations_after(after, PAGE);
            let revocations = tokio::time::timeout(ASK_TIMEOUT, asked)
                .await
                .map_err(IssuerError::new)??;
            let mut readers = self.readers();
            readers.learn(&revocations);
            // The issuer may return fewer than requested, so only an empty answer ends the list.
            if readers.number() == after {
                readers.known_as_of(begun);
                break;
            }
        }
        let (keys, now) = (&self.0.keys, self.now());
        keys.not_older_than(KEYS_AGE_MAX_MS, &*self.0.issuer, now)
            .await?;
        Ok(())
    }

    /// A signal reports a new revocation, so revocations are requested at once. A lost or invented signal costs a short
    /// delay or one request.
    pub fn revocation_signalled(&self) {
        self.0.signal.notify_one();
    }

    /// Whether streams can be opened: for a node's readiness.
    #[must_use]
    pub fn is_informed(&self) -> bool {
        self.readers().known_within(OPEN_WITHIN_MS, self.now())
    }
}
