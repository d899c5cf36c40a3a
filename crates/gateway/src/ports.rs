//! What gateway needs of notification, in words of floor 1. The composition joins them.

use async_trait::async_trait;
use protocol::http::{
    CheckpointAnswer, CheckpointRequest, PagesAnswer, PartsAnswer, Report, SnapshotAnswer,
    SnapshotRequest,
};
use std::error::Error;
use types::{AccountId, ChannelId, DeviceId, PublicKey, SnapshotId};

/// Why notification gave no statement.
#[derive(Debug, thiserror::Error)]
pub enum StatementsError {
    /// It has no such channel: nobody was granted its key.
    #[error("the channel has no statements")]
    ChannelUnknown,
    /// The core bank's books contradict what the channel was given, or an event of it cannot be processed.
    #[error("the bank puts its books in order")]
    BooksInRepair,
    /// The snapshot is too old to give parts and pages, was made for another device, or was never made.
    #[error("there is no such snapshot")]
    SnapshotUnknown,
    /// The snapshot has no such part, account or page.
    #[error("the snapshot has no such part or page")]
    PageUnknown,
    /// The head in the report is not one that the bank signed.
    #[error("the report carries no head of the bank's")]
    ReportInvalid,
    /// The device has no grant for the channel, or had one before it was revoked.
    #[error("the device is no reader of the channel")]
    NotAReader,
    /// notification, or the core bank behind it, does not answer now.
    #[error("notification does not answer")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
}

/// Whom a device may believe.
#[derive(Debug, Clone)]
pub struct Trust {
    /// The newest trust list: a Sign1.
    pub list: Vec<u8>,
    /// The root that signed it, and its successor.
    pub roots: Vec<PublicKey>,
}

/// What notification states about a customer's channel. Nothing here needs the broker.
#[async_trait]
pub trait Statements: Send + Sync {
    /// A checkpoint of `channel`, fresh by the request's nonce, for `device`.
    async fn checkpoint(
        &self,
        channel: ChannelId,
        device: DeviceId,
        request: CheckpointRequest,
    ) -> Result<CheckpointAnswer, StatementsError>;

    /// A fresh snapshot of everything that the customer of `channel` has, with its first parts, for `device`.
    async fn snapshot(
        &self,
        channel: ChannelId,
        device: DeviceId,
        request: SnapshotRequest,
    ) -> Result<SnapshotAnswer, StatementsError>;

    /// Consecutive parts, from number `from` (from 1) on, of a snapshot that was made for `device`.
    async fn parts(
        &self,
        channel: ChannelId,
        device: DeviceId,
        snapshot: SnapshotId,
        from: u64,
    ) -> Result<PartsAnswer, StatementsError>;

    /// Consecutive pages, from number `from` (from 1, oldest first) on, of the history of `account`, whose item is in part
    /// `part` of a snapshot that was made for `device`.
    async fn pages(
        &self,
        channel: ChannelId,
        device: DeviceId,
        snapshot: SnapshotId,
        (part, account, from): (u64, AccountId, u64),
    ) -> Result<PagesAnswer, StatementsError>;

    /// Takes note of what `device` found wrong with `channel`.
    async fn report(
        &self,
        channel: ChannelId,
        device: DeviceId,
        report: Report,
    ) -> Result<(), StatementsError>;

    /// The current trust list, and the roots.
    async fn trust(&self) -> Result<Trust, StatementsError>;
}
