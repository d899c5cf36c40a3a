//! What notification needs of others, in words of floor 1. The composition joins them.

use async_trait::async_trait;
use bytes::Bytes;
use protocol::http::Durability;
use std::error::Error;
use types::{ChannelId, DeviceId, Generation, Hash, Number, Position};

/// Another service did not do what it was asked. Everything asked through these ports may be asked again.
#[derive(Debug, thiserror::Error)]
#[error("{service} does not answer")]
pub struct PortError {
    /// Who was asked.
    pub service: &'static str,
    /// What it said.
    #[source]
    pub source: Box<dyn Error + Send + Sync>,
}

impl PortError {
    /// `service` failed with `source`.
    pub fn new(service: &'static str, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            service,
            source: source.into(),
        }
    }
}

/// An event that the pub/sub delivers until it is acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Its place in its partition, to acknowledge it by.
    pub position: u64,
    /// A CloudEvent as structured JSON, unread.
    pub event: Bytes,
}

/// The pub/sub, as its consumer.
#[async_trait]
pub trait EventSource: Send + Sync {
    /// How many partitions there are. A subject's events are all in one, in their order.
    fn partitions(&self) -> usize;

    /// The next events of a partition, at most `max`, that this consumer has not taken yet since it started; waits
    /// until there are some. Must be cancel-safe: whoever drops the future has taken nothing.
    async fn next(&self, partition: usize, max: usize) -> Result<Vec<Delivery>, PortError>;

    /// These need not be delivered again.
    async fn acknowledge(&self, partition: usize, positions: &[u64]) -> Result<(), PortError>;
}

/// A message on its way to the broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// To which channel.
    pub channel: ChannelId,
    /// In which generation.
    pub generation: Generation,
    /// Its number; the broker reads it in the message too.
    pub number: Number,
    /// The message, which the broker keeps unchanged.
    pub bytes: Bytes,
}

/// The newest message of a channel as the broker has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Newest {
    /// Where it is; number 0 where there is none in this generation.
    pub position: Position,
    /// H(number).
    pub hash: Hash,
}

/// What became of a publication.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Published {
    /// It is stored, now or since earlier, and survives that much.
    Stored(Durability),
    /// It is not the channel's next, or its number holds another message: this is the channel's newest.
    Refused(Newest),
    /// The channel was not opened yet.
    ChannelUnknown,
    /// The broker cannot store it now, or does not know whether it did: it has to be sent again, with the same bytes.
    SendAgain,
    /// It is no message that the broker takes: a fault of ours.
    Invalid(String),
}

/// The broker.
#[async_trait]
pub trait MessageBroker: Send + Sync {
    /// Stores messages of many channels, a channel's in the order of their numbers. Answers one for each. The same
    /// number with the same bytes is stored already.
    async fn append(&self, publications: Vec<Publication>) -> Result<Vec<Published>, PortError>;

    /// At most `limit` messages of a channel's generation after a number, oldest first.
    async fn read(
        &self,
        channel: ChannelId,
        after: Position,
        limit: usize,
    ) -> Result<Vec<Bytes>, PortError>;

    /// The newest of each channel, none where it was not opened.
    async fn newest(&self, channels: &[ChannelId]) -> Result<Vec<Option<Newest>>, PortError>;

    /// Begins a later generation, in which there is no message yet; opens the channel first where the broker lost it. Does
    /// nothing where the channel is in that generation or beyond.
    async fn restart(&self, channel: ChannelId, generation: Generation) -> Result<(), PortError>;
}

/// A device statement of ciam.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberedStatement {
    /// Its number.
    pub number: u64,
    /// The Sign1.
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

/// ciam, as who states which devices there are.
#[async_trait]
pub trait DeviceStatements: Send + Sync {
    /// At most `limit` statements with a number after that, in their order.
    async fn statements_after(
        &self,
        number: u64,
        limit: usize,
    ) -> Result<Vec<NumberedStatement>, PortError>;

    /// At most `limit` revocations with a number after that, in their order.
    async fn revocations_after(
        &self,
        number: u64,
        limit: usize,
    ) -> Result<Vec<Revocation>, PortError>;
}
