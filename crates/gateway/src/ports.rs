//! What gateway needs from notification, ciam and the judge of risks, in types of floor 1. The composition joins the ports.

mod risk;

pub use risk::{
    Activity, Assessment, Candidate, CandidateDevice, History, Needs, PayeeHistory, Risk, Verdict,
};

use async_trait::async_trait;
use order::{Credential, Voucher};
use protocol::BrakeChange;
use protocol::cbor::Map;
use protocol::http::{
    CheckpointAnswer, CheckpointRequest, PagesAnswer, PartsAnswer, Report, SnapshotAnswer,
    SnapshotRequest,
};
use std::error::Error;
pub use types::PortError;
use types::{
    AccountId, ChannelId, ClientId, CustomerId, DeviceId, IntentId, Money, PublicKey, SnapshotId,
    Time,
};

/// A limit of a customer's day above the bank's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RaisedLimit {
    /// The limit, in the currency of the bank's limits.
    pub day: Money,
    /// Until when it holds.
    pub until: Time,
}

/// Why notification made no statement.
#[derive(Debug, thiserror::Error)]
pub enum StatementsError {
    /// notification has no such channel: no device has a grant for it.
    #[error("the channel has no statements")]
    ChannelUnknown,
    /// The core bank's books contradict the channel, or an event of one of its subjects cannot be processed.
    #[error("the bank is repairing its books")]
    BooksInRepair,
    /// The snapshot is too old to have parts and pages, was made for another device, or does not exist.
    #[error("there is no such snapshot")]
    SnapshotUnknown,
    /// The snapshot has no such part, account or page.
    #[error("the snapshot has no such part or page")]
    PageUnknown,
    /// The bank did not sign the head in the report.
    #[error("the report has no head that the bank signed")]
    ReportInvalid,
    /// The device has no grant for the channel, or was revoked.
    #[error("the device may not read the channel")]
    NotAReader,
    /// notification, or the core bank behind it, does not answer now.
    #[error("notification does not answer")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
}

/// The keys that a device may trust.
#[derive(Debug, Clone)]
pub struct Trust {
    /// The newest trust list: a Sign1.
    pub list: Vec<u8>,
    /// The root that signed the list, and its successor.
    pub roots: Vec<PublicKey>,
}

/// Statements of notification about a customer's channel. Nothing here needs the broker.
#[async_trait]
pub trait Statements: Send + Sync {
    /// A checkpoint of `channel` for `device`. The request's nonce makes it fresh.
    async fn checkpoint(
        &self,
        channel: ChannelId,
        device: DeviceId,
        request: CheckpointRequest,
    ) -> Result<CheckpointAnswer, StatementsError>;

    /// A fresh snapshot for `device`, with its first parts: everything that the customer of `channel` has.
    async fn snapshot(
        &self,
        channel: ChannelId,
        device: DeviceId,
        request: SnapshotRequest,
    ) -> Result<SnapshotAnswer, StatementsError>;

    /// Consecutive parts of a snapshot that was made for `device`. `from` is the first part's number, from 1.
    async fn parts(
        &self,
        channel: ChannelId,
        device: DeviceId,
        snapshot: SnapshotId,
        from: u64,
    ) -> Result<PartsAnswer, StatementsError>;

    /// Consecutive pages of the history of `account`, from a snapshot that was made for `device`. The account's item is
    /// in part `part`. `from` is the first page's number, from 1, oldest first.
    async fn pages(
        &self,
        channel: ChannelId,
        device: DeviceId,
        snapshot: SnapshotId,
        (part, account, from): (u64, AccountId, u64),
    ) -> Result<PagesAnswer, StatementsError>;

    /// Records the discrepancy that `device` found in `channel`.
    async fn report(
        &self,
        channel: ChannelId,
        device: DeviceId,
        report: Report,
    ) -> Result<(), StatementsError>;

    /// The current trust list and the roots.
    async fn trust(&self) -> Result<Trust, StatementsError>;

    /// Numbers the entry that shows a brake's change to the customer's devices. `cause` is unlike that of every other change.
    /// A repeated call does nothing.
    async fn brake_changed(
        &self,
        channel: ChannelId,
        cause: &str,
        change: &BrakeChange,
    ) -> Result<(), StatementsError>;

    /// Numbers the entry that shows the customer's devices a payment that another app prepared. `cause` is unlike that of every
    /// other such payment. A repeated call does nothing.
    async fn payment_initiated(
        &self,
        customer: &CustomerId,
        cause: &str,
        arguments: &Map,
    ) -> Result<(), StatementsError>;

    /// Numbers the entry that shows the customer's devices that the bank raised the limit of their day. `cause` is unlike that
    /// of every other such change. A repeated call does nothing.
    async fn limit_raised(
        &self,
        customer: &CustomerId,
        cause: &str,
        raised: RaisedLimit,
    ) -> Result<(), StatementsError>;

    /// Signs vouchers. Returns a Sign1 for each, in their order.
    async fn sign_vouchers(&self, vouchers: &[Voucher]) -> Result<Vec<Vec<u8>>, StatementsError>;
}

/// A device that ciam enrolled.
#[derive(Debug, Clone)]
pub struct KnownDevice {
    /// ciam's statement about it: a Sign1.
    pub statement: Vec<u8>,
    /// Whether it was not revoked.
    pub active: bool,
}

/// A person's login on a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownLogin {
    /// When it was.
    pub time: Time,
    /// When its passkey was registered. `None` if the bank has no passkey of this login: an outside provider logged the person
    /// in.
    pub passkey_registered: Option<Time>,
}

/// ciam, which tells other apps of the bank that something changed for people who permit them to know it. Each call may be
/// repeated.
#[async_trait]
pub trait Apps: Send + Sync {
    /// Something changed in the accounts of these customers.
    async fn accounts_changed(&self, customers: &[CustomerId]) -> Result<(), PortError>;

    /// What became of a payment changed, which the app prepared for the customer.
    async fn payment_changed(
        &self,
        client: &ClientId,
        customer: &CustomerId,
        initiation: IntentId,
    ) -> Result<(), PortError>;
}

/// ciam.
#[async_trait]
pub trait Devices: Send + Sync {
    /// The device with that id, and whether it is active now.
    async fn device(&self, device: DeviceId) -> Result<Option<KnownDevice>, PortError>;

    /// The passkey with that credential id, of whichever customer.
    async fn credential(&self, credential: &[u8]) -> Result<Option<Credential>, PortError>;

    /// The person's login on the device. `None` if there is none, or its session has ended.
    async fn login(&self, device: DeviceId) -> Result<Option<KnownLogin>, PortError>;
}
