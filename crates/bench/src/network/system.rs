//! What is measured: a system that keeps messages in channels and sends them to devices.

use crate::messages::{Audience, Published};
use types::ChannelId;

/// A system that runs in a process of its own, and is reached over the network.
pub(crate) trait System: Sync {
    type Publisher: Publish;
    type Stream: Follow;
    type Reading: Read;

    /// The system's process.
    fn process(&self) -> anyhow::Result<u32>;

    /// Opens new channels.
    fn open(
        &self,
        channels: &[ChannelId],
        audience: Audience,
    ) -> impl Future<Output = anyhow::Result<()>> + Send;

    /// A publisher with a connection of its own.
    fn publisher(&self) -> impl Future<Output = anyhow::Result<Self::Publisher>> + Send;

    /// A device that follows a channel after that number, on a connection of its own. It answers when the device is sent
    /// what is published from then on.
    fn follow(
        &self,
        channel: ChannelId,
        audience: Audience,
        after: u64,
    ) -> impl Future<Output = anyhow::Result<Self::Stream>> + Send;

    /// A device that comes online with an empty store, and is about to read a channel.
    fn reading(
        &self,
        channel: ChannelId,
    ) -> impl Future<Output = anyhow::Result<Self::Reading>> + Send;
}

/// A publisher.
pub(crate) trait Publish: Send + 'static {
    /// Publishes messages at once; answers when all are durable.
    fn publish(
        &mut self,
        messages: Vec<Published>,
    ) -> impl Future<Output = anyhow::Result<()>> + Send;

    /// Publishes a message to everybody who follows the channel; answers when it is durable.
    fn broadcast(&mut self, message: Published) -> impl Future<Output = anyhow::Result<()>> + Send;
}

/// A device that follows a channel.
pub(crate) trait Follow: Send + 'static {
    /// Waits for messages and counts them.
    fn next(&mut self) -> impl Future<Output = anyhow::Result<usize>> + Send;
}

/// A device that reads what there is.
pub(crate) trait Read: Send + 'static {
    /// Connects and reads until so many messages are here.
    fn read(self, messages: usize) -> impl Future<Output = anyhow::Result<()>> + Send;
}
