//! Learning who was removed: by asking every quarter of a second, and at once when a signal says so.

use super::DeviceGuard;
use super::issuer::IssuerError;
use super::keys::{ASK_TIMEOUT, KEYS_AGE_MAX_MS};
use super::readers::{OPEN_WITHIN_MS, SERVE_WITHIN_MS};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;
use types::error_chain;

/// How often it is asked who was removed.
const ASK_EVERY: Duration = Duration::from_millis(250);

/// How many revocations one answer has at most.
const PAGE: u32 = 1_000;

impl DeviceGuard {
    /// Keeps asking until `stop` turns true, or its sender is gone.
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
            // Told when it changes: four times a second is no news.
            let was_answering = std::mem::replace(&mut answering, learnt.is_ok());
            match learnt {
                Err(error) if was_answering => {
                    tracing::warn!(
                        "{}: no stream is opened after {OPEN_WITHIN_MS} ms without knowing who was removed, and \
                         devices are not served after {SERVE_WITHIN_MS} ms",
                        error_chain(&error)
                    );
                }
                Ok(()) if !was_answering => tracing::info!("the issuer of tokens answers again"),
                _ => {}
            }
        }
    }

    /// Asks once for revocations and keys. A service may do so before it opens its port; [`run`](Self::run) does it all
    /// the time.
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
            // However many the issuer gives at once: less than were asked for need not be all.
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

    /// Somebody was removed, says a signal: it is asked now who. A signal may be lost or made up; that costs a moment.
    pub fn revocation_signalled(&self) {
        self.0.signal.notify_one();
    }

    /// Whether streams are opened: for a node's readiness.
    #[must_use]
    pub fn is_informed(&self) -> bool {
        self.readers().known_within(OPEN_WITHIN_MS, self.now())
    }
}
