//! The workers: one for each partition of the pub/sub, beside the publisher and the comparison.

use crate::intake::opened::Unprocessable;
use crate::ports::{Delivery, EventSource};
use crate::{Failure, Notification};
use protocol::CloudEvent;
use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;
use types::{Sequence, SubjectId};

/// How long a worker waits before it tries again what failed: doubled each time, up to the last.
const RETRY_FIRST: Duration = Duration::from_millis(50);
const RETRY_LAST: Duration = Duration::from_secs(5);

/// Waits between tries, longer each time.
pub(crate) struct Backoff(Duration);

impl Backoff {
    pub(crate) const fn new() -> Self {
        Self(RETRY_FIRST)
    }

    pub(crate) async fn wait(&mut self) {
        tokio::time::sleep(self.0).await;
        self.0 = (self.0 * 2).min(RETRY_LAST);
    }
}

pub(crate) use types::error_chain as chain;

impl Notification {
    /// Works until `shutdown` is ready, then finishes what is under way. It ends before only if a part of it panicked; the
    /// process has to end then. That, as dropping it, is a crash: what was under way is taken up when the database is
    /// opened again, by a new instance.
    pub async fn run(
        &self,
        events: Arc<dyn EventSource>,
        shutdown: impl Future<Output = ()> + Send,
    ) {
        // Before anything is numbered: the books may have been put back, and a copy of the tables that is older than the
        // broker must not number anew.
        if let Err(failure) = self.confirm_books().await {
            tracing::warn!(
                error = chain(&failure),
                "the core bank's books were not compared at the start"
            );
        }
        if let Err(failure) = self.compare_broker().await {
            tracing::warn!(
                error = chain(&failure),
                "the broker was not compared at the start"
            );
        }
        let (stop, stopping) = watch::channel(false);
        let mut tasks = JoinSet::new();
        for partition in 0..events.partitions() {
            let (service, events, stopping) = (self.clone(), events.clone(), stopping.clone());
            tasks.spawn(async move { service.work(&*events, partition, stopping).await });
        }
        let (service, comparing) = (self.clone(), stopping.clone());
        tasks.spawn(async move { service.compare_regularly(comparing).await });
        let (service, publishing) = (self.clone(), stopping);
        tasks.spawn(async move { service.publish(publishing).await });
        tokio::select! {
            () = shutdown => {}
            _ = tasks.join_next() => {
                tracing::error!("a part of notification ended by itself");
                return;
            }
        }
        let _nobody_listens = stop.send(true);
        while tasks.join_next().await.is_some() {}
    }

    /// Works on one partition, batch by batch.
    async fn work(
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

    /// Gives a batch to its holders. Afterwards each event is with every holder, or in the inbox, or left to the
    /// comparison: that fetches from the core bank what cannot be read here, and what is of former books.
    pub(crate) async fn process(&self, deliveries: &[Delivery]) -> Result<(), Failure> {
        let mut opened = Vec::with_capacity(deliveries.len());
        for delivery in deliveries {
            let read = CloudEvent::parse(&delivery.event)
                .map_err(|error| Unprocessable::from(&error))
                .and_then(|event| self.open_event(&event, delivery.event.clone()));
            match read {
                Ok(event) if self.is_stopped(event.index) => {}
                Ok(event) if self.is_current(event.incarnation).await? => {
                    opened.push(Arc::new(event));
                }
                Ok(event) => {
                    tracing::warn!(sequence = %event.sequence, "an event of former books is left out");
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
            // The events are in the inbox: if the core bank does not answer, the comparison asks again.
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
