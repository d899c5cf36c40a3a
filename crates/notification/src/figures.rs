//! What operators watch.

use crate::store::{channel, inbox, outgoing};
use crate::{Failure, Notification};
use std::sync::PoisonError;
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
    /// When the step of the comparison that is the longest behind last began without a later failure; none before every step
    /// has succeeded since the start of the process.
    pub compared: Option<Time>,
    /// How long the slowest step of the comparison took the last time.
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
        Ok(Figures {
            events_waiting: waiting,
            subjects_stopped: u64::try_from(stopped).unwrap_or(u64::MAX),
            channels_contradicted: contradicted,
            outgoing_oldest: oldest.map(|message| message.time),
            compared: self.counts.compared(),
            comparison: self.counts.comparison(),
        })
    }
}
