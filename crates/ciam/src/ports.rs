//! The ports to other services, in types of floor 1. The composition connects them.

use async_trait::async_trait;
use protocol::http::{CodeBy, SignedSnapshot};
use protocol::{AccessChange, ChannelKind};
pub use types::PortError;
use types::{ChannelId, CustomerId, DeviceId, Generation, Money, StaffQuestion, Time};

/// The broker.
#[async_trait]
pub trait Channels: Send + Sync {
    /// Opens the channel, or finds it open. Returns the broker's generation of it.
    async fn open(&self, channel: ChannelId, kind: ChannelKind) -> Result<Generation, PortError>;
}

/// What an enrolling device starts with, all as of one moment.
#[derive(Debug, Clone)]
pub struct FirstSnapshot {
    /// The channel's generation, which the broker may not have started yet.
    pub generation: Generation,
    /// The device's grant (Sign1 bytes) for the key epoch under which the snapshot is sealed.
    pub grant: Vec<u8>,
    /// A fresh snapshot.
    pub snapshot: SignedSnapshot,
}

/// notification.
#[async_trait]
pub trait Grants: Send + Sync {
    /// Makes the grant for the device in a device statement (Sign1 bytes), for the current key epoch of its channel,
    /// and the entry that shows the device to the customer's other devices. A repeated call does nothing.
    ///
    /// It must refuse a device that is named in ciam's revocations after the statement's number.
    async fn grant(&self, statement: &[u8]) -> Result<(), PortError>;

    /// Numbers the rekey that excludes `device`, because of the revocation with that number. When it returns, the next
    /// numbered entry of `channel` is under a new message key. A repeated call does nothing. For a device that never
    /// had a grant it does nothing either, and must not make one afterwards.
    async fn rekey(
        &self,
        channel: ChannelId,
        device: DeviceId,
        revocation: u64,
    ) -> Result<(), PortError>;

    /// Numbers the entry that shows a change of who has access to the customer's devices. With the change's kind, `cause`
    /// is unlike that of every other change. A repeated call does nothing.
    async fn access_changed(
        &self,
        channel: ChannelId,
        cause: &str,
        change: &AccessChange,
    ) -> Result<(), PortError>;

    /// Destroys the keys of a customer and what is stored of their channel, which it returns if there was one until now. A
    /// repeated call does nothing.
    async fn erase(&self, customer: &CustomerId) -> Result<Option<ChannelId>, PortError>;

    /// What `device`, which has its grant, starts with.
    async fn snapshot(
        &self,
        channel: ChannelId,
        device: DeviceId,
    ) -> Result<FirstSnapshot, PortError>;

    /// notification's channel of a customer. ciam asks if it does not know the customer itself, because its tables may
    /// have been restored from an older copy.
    async fn channel_of(&self, customer: &CustomerId) -> Result<Option<ChannelId>, PortError>;

    /// notification's channel of a device that ciam does not know, for the same reason.
    async fn channel_of_device(&self, device: DeviceId) -> Result<Option<ChannelId>, PortError>;

    /// The current trust list (Sign1 bytes).
    async fn trust(&self) -> Result<Vec<u8>, PortError>;
}

/// gateway.
#[async_trait]
pub trait Orders: Send + Sync {
    /// Stops the customer's orders. Returns how many ended because of it, when none of them can be executed any more and
    /// no other is accepted. `number` orders the calls about a customer: an older one changes nothing, and neither does a
    /// repeated one. After an error it may be done or not: it is repeated. `None` if a newer call ended the stop.
    async fn stop(&self, customer: &CustomerId, number: u64) -> Result<Option<u64>, PortError>;

    /// Lets the customer order again. `number` is as in [`stop`](Self::stop).
    async fn resume(&self, customer: &CustomerId, number: u64) -> Result<(), PortError>;

    /// The bank's limit of a day's orders.
    async fn day_limit(&self) -> Result<Money, PortError>;

    /// Raises the limit of the customer's day, until when, and tells the customer's devices. `number` orders the calls about a
    /// customer, as in [`stop`](Self::stop).
    async fn raise_limit(
        &self,
        customer: &CustomerId,
        raised: (Money, Time),
        number: u64,
    ) -> Result<(), PortError>;
}

/// What sends messages to customers, at the addresses that the bank has of them.
#[async_trait]
pub trait Messages: Send + Sync {
    /// Sends the one-time code of a login. A customer without such an address gets none.
    async fn send_login_code(
        &self,
        customer: &CustomerId,
        by: CodeBy,
        code: &str,
    ) -> Result<(), PortError>;

    /// Forgets the customer's addresses, because the customer is erased. A repeated call does nothing.
    async fn forget(&self, customer: &CustomerId) -> Result<(), PortError>;
}

/// What a client is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice<'a> {
    /// That a login has ended: a logout token, in a form (OpenID Connect Back-Channel Logout, 2.5).
    Logout(&'a str),
    /// That something changed for a person: a security event token (RFC 8935, 2.1).
    Event(&'a str),
}

/// What a client answered when it was told something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeAnswer {
    /// It has heard it.
    Heard,
    /// It could do nothing with it, and will not if it is told again.
    Refused,
}

/// The clients of the OpenID provider. The documents are their public keys.
#[async_trait]
pub trait Clients: Documents {
    /// Posts a notice to a client. After an error it is repeated.
    async fn tell(&self, uri: &str, notice: Notice<'_>) -> Result<NoticeAnswer, PortError>;
}

/// Documents of other parties, over HTTP. Redirects are not followed, and both time and length of an answer are bounded.
#[async_trait]
pub trait Documents: Send + Sync {
    /// Reads a document at `url`. Any status but 200 is an error.
    async fn read(&self, url: &str) -> Result<Vec<u8>, PortError>;
}

/// The OpenID provider that logs people in for the bank, over HTTP.
#[async_trait]
pub trait LoginProvider: Documents {
    /// Posts a form (`application/x-www-form-urlencoded`) to `url`, with HTTP Basic authentication (RFC 7617) if `basic` has
    /// a user and a password. Returns the answer's status and body. A status from 500 on is an error.
    async fn post(
        &self,
        url: &str,
        basic: Option<(&str, &str)>,
        form: String,
    ) -> Result<(u16, Vec<u8>), PortError>;
}

/// The bank's policies about its staff.
pub trait StaffPolicy: Send + Sync {
    /// Whether they permit it. Whatever cannot be judged is not permitted.
    fn permits(&self, question: &StaffQuestion<'_>) -> bool;
}

/// The core bank.
#[async_trait]
pub trait Customers: Send + Sync {
    /// Whether the customer exists.
    async fn exists(&self, customer: &CustomerId) -> Result<bool, PortError>;
}
