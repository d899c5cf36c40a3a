//! The worker of a way: hands over what is due.

#[cfg(test)]
mod tests;

use crate::address::Way;
use crate::backoff::pause_ms;
use crate::carriers::{Carrier, Handed, NotSent};
use crate::queue::{End, Queue, QueuedMessage};
use futures_util::StreamExt as _;
use futures_util::stream;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use types::{Clock, PortError, Time, TimeZone};

/// Messages that are taken at a time.
const BATCH: u32 = 32;

/// Messages that are handed over side by side.
const TOGETHER: usize = 8;

/// How long a message is taken, in milliseconds: longer than a carrier may need for a batch.
const TAKEN_MS: u64 = 5 * 60_000;

/// The longest time without a look at the queue: another process may have put something into it.
const IDLE: Duration = Duration::from_secs(60);

/// Time before the next look after the queue failed.
const FAILED: Duration = Duration::from_secs(5);

/// How long messages that ended are known, so that a late report finds them, in milliseconds.
const KNOWN_MS: u64 = 30 * 86_400_000;

/// Hands over the messages of one way.
pub(crate) struct Worker {
    pub(crate) way: Way,
    pub(crate) carrier: Arc<dyn Carrier>,
    pub(crate) queue: Arc<dyn Queue>,
    pub(crate) clock: Clock,
    pub(crate) time_zone: TimeZone,
}

impl Worker {
    /// Works for ever.
    pub(crate) async fn run(&self, woken: &Notify) {
        loop {
            let pause = match self.work().await {
                Ok(pause) => pause,
                Err(error) => {
                    let cause: &dyn Error = &error;
                    let way = self.way.as_str();
                    tracing::warn!(cause, way, "messages wait: the queue failed");
                    FAILED
                }
            };
            // A wake-up that came meanwhile is kept, so none is lost.
            tokio::time::timeout(pause, woken.notified()).await.ok();
        }
    }

    /// Hands over everything that is due. Returns the time until something else is.
    pub(crate) async fn work(&self) -> Result<Duration, PortError> {
        loop {
            let now = (self.clock)();
            let until = now.plus_ms(TAKEN_MS);
            let taken = self.queue.take(self.way, (now, until), BATCH).await?;
            if taken.is_empty() {
                break;
            }
            let handed: Vec<_> = taken.iter().map(|message| self.settle(message)).collect();
            let mut handed = stream::iter(handed).buffer_unordered(TOGETHER);
            while let Some(settled) = handed.next().await {
                settled?;
            }
        }
        let now = (self.clock)();
        self.queue.forget(now.minus_ms(KNOWN_MS)).await?;
        let next = self.queue.next_due(self.way).await?;
        let until = |due: Time| Duration::from_millis(due.ms_since(now)).min(IDLE);
        Ok(next.map_or(IDLE, until))
    }

    async fn settle(&self, message: &QueuedMessage) -> Result<(), PortError> {
        let (id, now) = (message.id, (self.clock)());
        let (way, kind) = (self.way.as_str(), &message.kind);
        if now >= message.expires {
            tracing::error!(way, kind, message = %id, "a message expired");
            return self.queue.end(id, &End::Expired, now).await;
        }
        let quiet = message.quiet_hours;
        if let Some(end) = quiet.and_then(|hours| hours.end(now, &self.time_zone)) {
            return self.queue.postpone(id, end).await;
        }
        let handed = self.carrier.hand(id, &message.letter, now).await;
        match self.judge(message, handed) {
            Some(end) => self.queue.end(id, &end, (self.clock)()).await,
            None => {
                let due = (self.clock)().plus_ms(pause_ms(message.tries));
                self.queue.postpone(id, due).await
            }
        }
    }

    /// How a message ended, if it has.
    fn judge(&self, message: &QueuedMessage, handed: Result<Handed, NotSent>) -> Option<End> {
        let QueuedMessage {
            id, kind, tries, ..
        } = message;
        let way = self.way.as_str();
        match handed {
            Ok(handed) => {
                tracing::info!(way, kind, message = %id, "the carrier has a message");
                Some(End::Handed(handed.reference))
            }
            Err(NotSent::Never(error)) => {
                let cause: &dyn Error = &*error;
                tracing::error!(cause, way, kind, message = %id, "the carrier refused a message");
                Some(End::Refused)
            }
            Err(NotSent::NotNow(error)) => {
                let cause: &dyn Error = &*error;
                tracing::warn!(cause, way, kind, tries, message = %id, "a message waits for the carrier");
                None
            }
        }
    }
}
