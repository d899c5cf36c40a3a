//! Where messages wait. The composition stores them.

use crate::address::Way;
use crate::letter::Letter;
use crate::quiet_hours::QuietHours;
use async_trait::async_trait;
use std::fmt;
use types::{PortError, Time, hex};

/// A message in the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MessageId([u8; 16]);

impl MessageId {
    /// The id of these random bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(&self.0))
    }
}

/// A message that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueuedMessage {
    /// Which one.
    pub id: MessageId,
    /// What it is: [`Message::as_str`](crate::Message::as_str).
    pub kind: String,
    /// What is sent. It is destroyed when the message has ended.
    pub letter: Letter,
    /// When it is held back.
    pub quiet_hours: Option<QuietHours>,
    /// How often it was taken.
    pub tries: u32,
    /// When it is to be handed over.
    pub due: Time,
    /// When it is of no use any more.
    pub expires: Time,
}

/// How a message ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// The carrier has it, under its own name, if it gave it one that its reports repeat.
    Handed(Option<String>),
    /// The carrier never takes it.
    Refused,
    /// Nobody took it in time.
    Expired,
}

impl End {
    /// Its word in tables.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Handed(_) => "handed",
            Self::Refused => "refused",
            Self::Expired => "expired",
        }
    }
}

/// The durable queue. Each change is durable when its call returns.
#[async_trait]
pub trait Queue: Send + Sync {
    /// Stores a message, unless `waiting_max` wait already. Returns whether it did.
    async fn put(&self, message: &QueuedMessage, waiting_max: u64) -> Result<bool, PortError>;

    /// Up to `limit` messages of a way that are due at `now`, those that expire first. Nobody else gets them before `taken_until`; then they
    /// are due again.
    async fn take(
        &self,
        way: Way,
        (now, taken_until): (Time, Time),
        limit: u32,
    ) -> Result<Vec<QueuedMessage>, PortError>;

    /// When the next message of a way is due.
    async fn next_due(&self, way: Way) -> Result<Option<Time>, PortError>;

    /// Makes a message due at `due`.
    async fn postpone(&self, message: MessageId, due: Time) -> Result<(), PortError>;

    /// Stores how a message ended, and destroys its letter.
    async fn end(&self, message: MessageId, end: &End, now: Time) -> Result<(), PortError>;

    /// Stores what a carrier reports of a message that it has: whether it was delivered. Returns whether the message is known.
    async fn report(&self, reference: &str, delivered: bool) -> Result<bool, PortError>;

    /// Forgets messages that ended before `time`.
    async fn forget(&self, time: Time) -> Result<(), PortError>;
}
