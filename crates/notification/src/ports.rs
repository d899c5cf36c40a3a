//! The ports to other services, in types of floor 1. The composition connects them.

use async_trait::async_trait;
use bytes::Bytes;
use protocol::http::AckDurability;
pub use types::PortError;
use types::{ChannelId, DeviceId, Generation, Hash, Number, Position};

/// An event that the pub/sub delivers until it is acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The event's index in its partition, for acknowledging it.
    pub position: u64,
    /// A CloudEvent as structured JSON, not parsed yet.
    pub event: Bytes,
}

/// The pub/sub's consumer side.
#[async_trait]
pub trait EventSource: Send + Sync {
    /// The number of partitions. All events of a subject are in one partition, in order.
    fn partitions(&self) -> usize;

    /// The next events of a partition, at most `max`, that this consumer has not received since it started. Waits until
    /// there are some. Must be cancel-safe: a dropped future has received nothing.
    async fn next(&self, partition: usize, max: usize) -> Result<Vec<Delivery>, PortError>;

    /// Acknowledges events. They need not be delivered again.
    async fn acknowledge(&self, partition: usize, positions: &[u64]) -> Result<(), PortError>;
}

/// A message for the broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// The channel.
    pub channel: ChannelId,
    /// The generation.
    pub generation: Generation,
    /// The message's number, which the broker also reads from the message.
    pub number: Number,
    /// The message's bytes, which the broker stores unchanged.
    pub bytes: Bytes,
}

/// A channel's newest message at the broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Newest {
    /// Its position. Number 0 if the generation has no message.
    pub position: Position,
    /// H(number).
    pub hash: Hash,
}

/// The result of a publication.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Published {
    /// The message is stored, now or earlier, with this durability.
    Stored(AckDurability),
    /// The message is not the channel's next, or its number has another message. This is the channel's newest message.
    Refused(Newest),
    /// The channel is not open.
    ChannelUnknown,
    /// The broker cannot store the message now, or does not know whether it did. The same bytes must be sent again.
    SendAgain,
    /// The broker refuses the message as malformed: a fault of notification.
    Invalid(String),
}

/// The broker.
#[async_trait]
pub trait MessageBroker: Send + Sync {
    /// Stores messages of many channels; the messages of a channel are in the order of their numbers. Returns one
    /// result for each. Repeating a number with the same bytes succeeds.
    async fn append(&self, publications: Vec<Publication>) -> Result<Vec<Published>, PortError>;

    /// At most `limit` messages of a channel's generation after a number, oldest first.
    async fn read(
        &self,
        channel: ChannelId,
        after: Position,
        limit: usize,
    ) -> Result<Vec<Bytes>, PortError>;

    /// The newest message of each channel. `None` for a channel that is not open.
    async fn newest(&self, channels: &[ChannelId]) -> Result<Vec<Option<Newest>>, PortError>;

    /// Starts a later generation without messages. Opens the channel first if the broker lost it. Does nothing if the
    /// channel is in that generation or a later one.
    async fn restart(&self, channel: ChannelId, generation: Generation) -> Result<(), PortError>;
}

/// A device statement of ciam.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberedStatement {
    /// Its number.
    pub number: u64,
    /// The Sign1 bytes.
    pub statement: Vec<u8>,
}

/// A device that ciam removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revocation {
    /// Its number, from the same sequence as the statements'.
    pub number: u64,
    /// The customer's channel.
    pub channel: ChannelId,
    /// The device.
    pub device: DeviceId,
}

/// ciam's lists of device statements and revocations.
#[async_trait]
pub trait DeviceStatements: Send + Sync {
    /// At most `limit` statements with a greater number, in order.
    async fn statements_after(
        &self,
        number: u64,
        limit: usize,
    ) -> Result<Vec<NumberedStatement>, PortError>;

    /// At most `limit` revocations with a greater number, in order.
    async fn revocations_after(
        &self,
        number: u64,
        limit: usize,
    ) -> Result<Vec<Revocation>, PortError>;
}
