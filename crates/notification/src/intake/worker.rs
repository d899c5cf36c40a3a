//! The workers, one for each partition of the pub/sub.

use crate::backoff::Backoff;
use crate::failure::chain;
use crate::intake::opened::Unprocessable;
use crate::ports::{Delivery, EventSource};
use crate::{Failure, Notification};
use protocol::CloudEvent;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use tokio::sync::watch;
use types::{Sequence, SubjectId};

impl Notification {
    /// Processes one partition, batch by batch.
    pub(crate) async fn work(
        &self,
        events: &dyn EventSource,
        partition: usize,
        mut stopping: watch::Receiver<bool>,
    ) {
        let mut backoff = Backoff::new();
        loop {
            let next = tokio::select! {
                biased;
                _ = stopping.wait_for(|stop| *stop) => return,
                next = events.next(partition, self.settings.batch_events) => next,
            };
            let deliveries = match next {
                Ok(deliveries) => deliveries,
                Err(error) => {
                    tracing::warn!(partition, error = chain(&error), "no events from pub/sub");
                    backoff.wait().await;
                    continue;
                }
            };
            backoff = Backoff::new();
            let positions: Vec<u64> = deliveries.iter().map(|event| event.position).collect();
            while let Err(failure) = self.process(&deliveries).await {
                tracing::error!(partition, error = chain(&failure), "events wait");
                if *stopping.borrow() {
                    return;
                }
                backoff.wait().await;
            }
            while let Err(error) = events.acknowledge(partition, &positions).await {
                tracing::warn!(
                    partition,
                    error = chain(&error),
                    "events were not acknowledged"
                );
                if *stopping.borrow() {
                    return;
                }
                backoff.wait().await;
            }
        }
    }

    /// Delivers a batch to its holders. Afterwards each event has reached every holder, or is in the inbox, or is left
    /// to the comparison, which fetches unreadable events and events of former books from the core bank.
    pub(crate) async fn process(&self, deliveries: &[Delivery]) -> Result<(), Failure> {
        let mut opened = Vec::with_capacity(deliveries.len());
        let mut spans = Vec::new();
        for delivery in deliveries {
            let read = CloudEvent::parse(&delivery.event)
                .map_err(|error| Unprocessable::from(&error))
                .and_then(|event| self.open_event(&event, delivery.event.clone()));
            match read {
                Ok(event) if self.is_stopped(event.index) => {}
                Ok(event) if self.is_current(event.incarnation).await? => {
                    spans.extend(event.span());
                    opened.push(Arc::new(event));
                }
                Ok(event) => {
                    tracing::warn!(sequence = %event.sequence, "an event of former books is dropped");
                    self.compare_soon.notify_one();
                }
                Err(cause) => self.keep_unreadable(&delivery.event, &cause).await?,
            }
        }
        let verdicts = self.give(&opened).await?;
        let mut gaps: HashMap<&SubjectId, Sequence> = HashMap::new();
        let mut overtaken: HashSet<&SubjectId> = HashSet::new();
        for (event, verdict) in opened.iter().zip(&verdicts) {
            if let Some(after) = verdict.gap {
                gaps.entry(&event.subject)
                    .and_modify(|from| *from = (*from).min(after))
                    .or_insert(after);
            }
            if verdict.overtaken {
                overtaken.insert(&event.subject);
            }
        }
        for subject in overtaken {
            self.compare_followers(subject).await?;
        }
        for (subject, after) in gaps {
            // The events are in the inbox. If the core bank does not answer, the comparison asks again.
            if let Err(failure) = self.catch_up(subject, after).await {
                tracing::warn!(
                    error = chain(&failure),
                    "missing events could not be fetched; they wait"
                );
            }
        }
        let subjects: HashSet<_> = opened.iter().map(|event| event.index).collect();
        self.give_waiting_of(&subjects).await
    }
}
