//! What operators watch.

use crate::store::{channel, inbox, outgoing};
use crate::{Failure, Notification};
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::Duration;
use types::Time;

/// What waits, and what does not go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figures {
    /// Events in the inbox: they wait for earlier ones of their subject, or for their channel.
    pub events_waiting: u64,
    /// Subjects that are stopped.
    pub subjects_stopped: u64,
    /// Channels that the core bank's books contradict.
    pub channels_contradicted: u64,
    /// When the oldest message was numbered that the broker has not acknowledged; none if it has all.
    pub outgoing_oldest: Option<Time>,
    /// When the last comparison began that ended without a failure; none since the start of the process.
    pub compared: Option<Time>,
    /// How long the last comparison took.
    pub comparison: Duration,
}

impl Notification {
    /// The figures as of now. Reads whole indices of the tables: a few times a minute, not for each request.
    pub async fn figures(&self) -> Result<Figures, Failure> {
        let stopped = self.stopped_subjects.read();
        let stopped = stopped.unwrap_or_else(PoisonError::into_inner).len();
        let (waiting, contradicted, oldest) = self
            .database
            .read(async move |tx| {
                let waiting = inbox::count(tx).await?;
                let contradicted = channel::count_contradicted(tx).await?;
                Ok::<_, Failure>((waiting, contradicted, outgoing::oldest_unsent(tx).await?))
            })
            .await?;
        let oldest = oldest.map(protocol::Message::parse).transpose();
        let oldest = oldest.map_err(|_| Failure::Broken("a kept message is not one"))?;
        let compared = self.counts.compared_ms.load(Ordering::Relaxed);
        Ok(Figures {
            events_waiting: waiting,
            subjects_stopped: u64::try_from(stopped).unwrap_or(u64::MAX),
            channels_contradicted: contradicted,
            outgoing_oldest: oldest.map(|message| message.time),
            compared: (compared > 0).then(|| Time::from_ms(compared)),
            comparison: Duration::from_micros(self.counts.comparison_us.load(Ordering::Relaxed)),
        })
    }
}
