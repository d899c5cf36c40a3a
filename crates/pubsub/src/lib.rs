//! Events from the core bank to notification: the embedded queue, on a channel log of its own.
//!
//! An event goes to the partition that its blinded subject selects, so that a subject's events stay in order. A
//! partition is a queue channel of the log. Publishing appends the event and returns when it is durable. Acknowledging
//! trims. Events are stored until they are acknowledged, and a restart delivers unacknowledged events again.
//!
//! Invariants: Events are delivered at least once and never lost. Delivered, unacknowledged events are bounded by what
//! the consumer requests. The publisher may repeat events after a crash, and a lost acknowledgement repeats a delivery:
//! consumers drop repeated events by subject and sequence.
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
