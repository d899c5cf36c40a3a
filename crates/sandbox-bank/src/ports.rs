//! What the bank needs from others, in types of floor 1. The composition joins the ports.

use async_trait::async_trait;
use protocol::CloudEvent;
use std::error::Error;

/// The events were not stored, or it is unknown whether they were. The relay publishes them again.
#[derive(Debug, thiserror::Error)]
#[error("the pub/sub does not accept events")]
pub struct SinkError(#[source] pub Box<dyn Error + Send + Sync>);

/// The relay's destination.
#[async_trait]
pub trait EventSink: Send + Sync {
    /// Stores events, each after the earlier events of its subject. Returns when all of them are durable.
    async fn publish(&self, events: &[CloudEvent]) -> Result<(), SinkError>;
}
