//! The message broker: channels that one writer numbers and many devices read.
//!
//! The broker accepts only a channel's next number, makes the message durable, and returns its position and durability.
//! Devices pull from their position, or read a stream. A wake-up makes the stream read the log at its own position, so
//! a slow device costs a position and no buffer.
//!
//! Invariants: The broker stores and sends a message's bytes unchanged. It never sees plaintext, has no message key,
//! and gets no id from inside an entry. It has no state beside the log, so that any number of nodes may serve.
//!
//! ```
//! use broker::{Broker, Publication};
//! use bytes::Bytes;
//! use types::{ChannelId, Generation};
//! async fn publish(broker: &Broker, channel: ChannelId, message: Bytes) {
//!     let publication = Publication { channel, generation: Generation::FIRST, message };
//!     match broker.publish(publication).await {
//!         Ok(stored) => println!("{} survives {:?}", stored.position, stored.durability),
//!         Err(refused) => println!("{refused}"),
//!     }
//! }
//! ```

mod error;
pub mod http;
mod live;
mod observed;
mod publish;
mod read;

pub use error::{PublishError, ReadError};
pub use live::{Live, PositionedFrame};
pub use publish::{Broker, Publication};
