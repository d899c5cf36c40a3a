//! The message broker: channels that one writer numbers and many devices read.
//!
//! It takes only a channel's next number, makes the message durable, and answers with its position and the durability
//! that it has. Devices pull from their position, or are streamed to: a wake-up makes the stream read the log at its own
//! position, so a slow device costs a position and no buffer.
//!
//! Invariants: the broker keeps a message's bytes unchanged; it never sees plaintext, holds no message key, and is never
//! shown an id from inside an entry; it keeps no state of its own beside the log, so that any number of nodes may serve.
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
pub use live::{Live, Said};
pub use publish::{Broker, Publication};
