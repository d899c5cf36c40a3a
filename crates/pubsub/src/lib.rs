//! Events from the core bank to notification: the embedded queue, on a channel log of its own.
//!
//! An event goes to the partition that its blinded subject names, so that a subject's events stay in order. A partition
//! is a queue channel of the log: publishing appends and answers when the event is durable; acknowledging trims, so that
//! events are kept until they were acknowledged, and a restart delivers again what was not.
//!
//! Invariants: at least once, never lost; what is delivered and not acknowledged is bounded by what the consumer takes.
//! The publisher may repeat itself after a crash, and a lost acknowledgement repeats a delivery: consumers drop what they
//! have by subject and sequence.
//!
//! ```
//! use pubsub::{EmbeddedPubSub, PubSubError};
//! async fn drain(queue: &EmbeddedPubSub) -> Result<(), PubSubError> {
//!     for partition in queue.partitions() {
//!         let deliveries = queue.next(partition, 100).await?;
//!         let numbers: Vec<_> = deliveries.iter().map(|delivery| delivery.number).collect();
//!         queue.acknowledge(partition, &numbers).await?;
//!     }
//!     Ok(())
//! }
//! ```

mod consumer;
mod embedded;
mod error;
mod partition;

pub use consumer::Delivery;
pub use embedded::EmbeddedPubSub;
pub use error::PubSubError;
pub use partition::PartitionId;
