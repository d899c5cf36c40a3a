//! What the bank needs of others, in words of floor 1. The composition joins them.

use async_trait::async_trait;
use protocol::CloudEvent;
use std::error::Error;

/// The events were not stored, or it is unknown whether they were: they are published again.
#[derive(Debug, thiserror::Error)]
#[error("the pub/sub does not take events")]
pub struct SinkError(#[source] pub Box<dyn Error + Send + Sync>);

/// Where the relay publishes.
#[async_trait]
pub trait EventSink: Send + Sync {
    /// Stores events, each behind those of its subject; answers when all of them are durable.
    async fn publish(&self, events: &[CloudEvent]) -> Result<(), SinkError>;
}
