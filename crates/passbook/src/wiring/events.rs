//! The pub/sub between core bank and notification.

use super::calls::Calls;
use async_trait::async_trait;
use notification::ports::{Delivery, EventSource, PortError};
use protocol::CloudEvent;
use pubsub::{EmbeddedPubSub, PartitionId, PubSubError};
use sandbox_bank::ports::{EventSink, SinkError};
use std::sync::Arc;
use types::Number;

/// The embedded queue, for its publisher and its consumer.
#[derive(Clone)]
pub(crate) struct Events {
    pubsub: Arc<EmbeddedPubSub>,
    published: Calls,
    acknowledged: Calls,
}

impl Events {
    pub(super) fn new(pubsub: EmbeddedPubSub) -> Self {
        Self {
            pubsub: Arc::new(pubsub),
            published: Calls::default(),
            acknowledged: Calls::default(),
        }
    }

    /// Number of published events that are not acknowledged.
    pub(super) async fn waiting(&self) -> Result<u64, PubSubError> {
        self.pubsub.waiting().await
    }
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> PortError {
    PortError::new("pub/sub", error)
}

fn partition(index: usize) -> Result<PartitionId, PortError> {
    u16::try_from(index).map(PartitionId).map_err(failed)
}

#[async_trait]
impl EventSource for Events {
    fn partitions(&self) -> usize {
        self.pubsub.partitions().count()
    }

    async fn next(&self, index: usize, max: usize) -> Result<Vec<Delivery>, PortError> {
        // Waits until there are events, without a limit.
        let deliveries = self
            .pubsub
            .next(partition(index)?, max)
            .await
            .map_err(failed)?;
        let delivery = |delivery: pubsub::Delivery| Delivery {
            position: delivery.number.get(),
            event: delivery.event,
        };
        Ok(deliveries.into_iter().map(delivery).collect())
    }

    async fn acknowledge(&self, index: usize, positions: &[u64]) -> Result<(), PortError> {
        let numbers = positions
            .iter()
            .map(|position| Number::new(*position))
            .collect::<Result<Vec<_>, _>>();
        let numbers = numbers.map_err(failed)?;
        let asked = self.pubsub.acknowledge(partition(index)?, &numbers);
        let acknowledged = self.acknowledged.call(asked).await.map_err(failed)?;
        acknowledged.map_err(failed)
    }
}

#[async_trait]
impl EventSink for Events {
    async fn publish(&self, events: &[CloudEvent]) -> Result<(), SinkError> {
        let published = self.published.call(self.pubsub.publish(events)).await;
        let published = published.map_err(|late| SinkError(Box::new(late)))?;
        published.map_err(|error| SinkError(Box::new(error)))
    }
}
