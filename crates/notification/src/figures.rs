//! Figures for operators.

use crate::store::{channel, inbox, outgoing};
use crate::{Failure, Notification};
use std::sync::PoisonError;
use std::time::Duration;
use types::Time;

/// What waits, and what has stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figures {
    /// Events in the inbox. They wait for earlier events of their subject, or for their channel.
    pub events_waiting: u64,
    /// Stopped subjects.
    pub subjects_stopped: u64,
    /// Channels that the core bank's books contradict.
    pub channels_contradicted: u64,
    /// The time of the oldest message that the broker has not acknowledged. `None` if the broker has all.
    pub outgoing_oldest: Option<Time>,
    /// The oldest of the comparison steps' last successful start times. `None` before every step has succeeded since
    /// the start of the process.
    pub compared: Option<Time>,
    /// How long the slowest step of the comparison took in its last run.
    pub comparison: Duration,
}

impl Notification {
    /// The figures as of now. Reads whole indices of the tables: call it a few times a minute, not per request.
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
        let oldest = oldest.map_err(|_| Failure::Broken("a stored message cannot be parsed"))?;
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
