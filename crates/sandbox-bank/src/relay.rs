//! The relay: publishes the outbox's events to the pub/sub.

use crate::ports::EventSink;
use crate::{BankError, SandboxBank, incarnation, outbox};
use database::{Transaction, params};
use envelope::{EventError, RelayKeys};
use protocol::{CloudEvent, Event};
use std::sync::Arc;
use std::time::Duration;
use tracing::{Span, trace_span};

/// Maximum number of events published at once.
const BATCH_EVENTS_MAX: i64 = 256;

const RETRY_FIRST: Duration = Duration::from_millis(50);
const RETRY_MAX: Duration = Duration::from_secs(1);

/// Reads the outbox in the order of commits, seals and publishes the events, and marks them as published. A bank has
/// exactly one relay. It waits for the bank's commits and polls nothing.
pub struct Relay {
    bank: SandboxBank,
    keys: RelayKeys,
    source: String,
    sink: Arc<dyn EventSink>,
}

impl std::fmt::Debug for Relay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Relay")
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}

/// An event in the outbox.
struct Waiting {
    place: i64,
    event: Event,
}

/// A span for each event that is relayed.
fn spans(waiting: &[Waiting]) -> Vec<Span> {
    let span = |Waiting { event, .. }: &Waiting| {
        let (subject, sequence) = event.subject().ok()?;
        let sequence = sequence.get();
        let span = trace_span!(target: types::ENTRY_SPANS, "relay", %subject, sequence);
        (!span.is_disabled()).then_some(span)
    };
    waiting.iter().filter_map(span).collect()
}

impl SandboxBank {
    /// The number of events in the outbox that are not published yet.
    pub async fn unpublished(&self) -> Result<u64, BankError> {
        let select = "SELECT COUNT(*) FROM event WHERE place > (SELECT place FROM relayed)";
        self.database
            .read(async move |tx: &mut Transaction<'_>| {
                let count: i64 = tx.query_one(select, params![]).await?.get(0)?;
                Ok(count.unsigned_abs())
            })
            .await
    }
}

impl Relay {
    /// Makes a relay from `bank` to `sink`. `source` is the CloudEvents' source: a URI reference that names this bank.
    #[must_use]
    pub fn new(
        bank: SandboxBank,
        keys: RelayKeys,
        source: String,
        sink: Arc<dyn EventSink>,
    ) -> Self {
        Self {
            bank,
            keys,
            source,
            sink,
        }
    }

    /// Relays until the bank's database fails. It may be dropped at any moment without losing an event: events that
    /// were published but not marked are published again.
    pub async fn run(&self) -> BankError {
        loop {
            match self.relay_batch().await {
                Ok(0) => self.bank.committed.notified().await,
                Ok(_) => {}
                Err(BankError::Database(error)) if error.passes() => {
                    tracing::warn!(%error, "events wait in the outbox");
                    tokio::time::sleep(RETRY_MAX).await;
                }
                Err(error) => return error,
            }
        }
    }

    /// Publishes and marks the next batch of events. Returns the number of events.
    pub async fn relay_batch(&self) -> Result<usize, BankError> {
        let waiting = self.waiting().await?;
        let Some(through) = waiting.last().map(|last| last.place) else {
            return Ok(0);
        };
        let mut sealed = Vec::with_capacity(waiting.len());
        for Waiting { event, .. } in &waiting {
            sealed.push(self.seal(event)?);
        }
        let spans = spans(&waiting);
        self.publish(&sealed).await;
        drop(spans);
        self.mark(through).await?;
        Ok(sealed.len())
    }

    async fn waiting(&self) -> Result<Vec<Waiting>, BankError> {
        let select = "SELECT place, bytes FROM event
            WHERE place > (SELECT place FROM relayed) ORDER BY place LIMIT $1";
        self.bank
            .database
            .read(async move |tx: &mut Transaction<'_>| {
                let incarnation = incarnation::current(tx).await?;
                let rows = tx.query(select, params![BATCH_EVENTS_MAX]).await?;
                rows.iter()
                    .map(|row| {
                        Ok(Waiting {
                            place: row.get(0)?,
                            event: outbox::read(&row.get::<Vec<u8>>(1)?, incarnation)?,
                        })
                    })
                    .collect()
            })
            .await
    }

    fn seal(&self, event: &Event) -> Result<CloudEvent, BankError> {
        let mut iv = [0; 12];
        getrandom::fill(&mut iv).map_err(|_| BankError::NoRandomness)?;
        self.keys
            .seal(event, &self.source, &iv)
            .map_err(|error| match error {
                EventError::Open(_) => BankError::TooLarge("an event is too large to be sealed"),
                EventError::AttributesOfAnother => {
                    BankError::Invalid("an event's attributes match the event")
                }
            })
    }

    /// Retries until the pub/sub accepts the events: later events must not overtake them.
    async fn publish(&self, events: &[CloudEvent]) {
        let mut wait = RETRY_FIRST;
        while let Err(error) = self.sink.publish(events).await {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            tracing::warn!(%error, cause, "events wait in the outbox");
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(RETRY_MAX);
        }
    }

    async fn mark(&self, through: i64) -> Result<(), BankError> {
        let update = "UPDATE relayed SET place = $1 WHERE place < $1";
        self.bank
            .database
            .write(async move |tx: &mut Transaction<'_>| {
                tx.execute(update, params![through]).await?;
                Ok(())
            })
            .await
    }
}
