//! What ciam needs of other services, in words of floor 1. The composition joins them.

use async_trait::async_trait;
use protocol::ChannelKind;
use protocol::http::SignedSnapshot;
use std::error::Error;
use types::{ChannelId, CustomerId, DeviceId, Generation};

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

/// The broker.
#[async_trait]
pub trait Channels: Send + Sync {
    /// Opens the channel, or finds it open, and answers the generation that the broker has it in.
    async fn open(&self, channel: ChannelId, kind: ChannelKind) -> Result<Generation, PortError>;
}

/// What a device that enrols begins with, all of one moment.
#[derive(Debug, Clone)]
pub struct FirstSnapshot {
    /// The generation that its channel is in, which the broker perhaps has not begun yet.
    pub generation: Generation,
    /// The device's grant (Sign1 bytes) for the key epoch that the snapshot is sealed under.
    pub grant: Vec<u8>,
    /// A fresh snapshot.
    pub snapshot: SignedSnapshot,
}

/// notification.
#[async_trait]
pub trait Grants: Send + Sync {
    /// Makes the grant of the device in a device statement (Sign1 bytes) for the current key epoch of its channel, and the
    /// entry that shows the device to the customer's others. Asked again it does nothing.
    ///
    /// It must refuse a device that ciam's revocations after the statement's number name.
    async fn grant(&self, statement: &[u8]) -> Result<(), PortError>;

    /// Numbers the rekey that leaves `device` out, because of the revocation of that number. Once it answers, the next
    /// numbered entry of `channel` is under a new message key. Asked again it does nothing; so it does for a device
    /// that never had a grant, which it must not give one afterwards.
    async fn rekey(
        &self,
        channel: ChannelId,
        device: DeviceId,
        revocation: u64,
    ) -> Result<(), PortError>;

    /// What `device`, which has its grant, begins with.
    async fn snapshot(
        &self,
        channel: ChannelId,
        device: DeviceId,
    ) -> Result<FirstSnapshot, PortError>;

    /// The channel that notification began for a customer. ciam asks where it does not know the customer itself: an
    /// older copy of its tables may have been put back.
    async fn channel_of(&self, customer: &CustomerId) -> Result<Option<ChannelId>, PortError>;

    /// The channel of which notification knows a device that ciam does not know, for the same reason.
    async fn channel_of_device(&self, device: DeviceId) -> Result<Option<ChannelId>, PortError>;

    /// The current trust list (Sign1 bytes).
    async fn trust(&self) -> Result<Vec<u8>, PortError>;
}

/// The core bank.
#[async_trait]
pub trait Customers: Send + Sync {
    /// Whether there is such a customer.
    async fn exists(&self, customer: &CustomerId) -> Result<bool, PortError>;
}
