//! What the stack needs of others.

use async_trait::async_trait;
use protocol::package::Concerned;
use std::error::Error;
use thiserror::Error;

/// An alert was not sent.
#[derive(Debug, Error)]
#[error("the alert was not sent")]
pub struct NotSent(#[source] pub Box<dyn Error + Send + Sync>);

/// What administrators are told. It names no customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// One line.
    pub subject: String,
    /// The text.
    pub text: String,
}

/// Reaches the bank's administrators.
#[async_trait]
pub trait Alerts: Send + Sync {
    /// Sends a mail to all of them.
    async fn mail(&self, alert: &Alert) -> Result<(), NotSent>;

    /// Sends a short message to the telephones of all of them.
    async fn sms(&self, alert: &Alert) -> Result<(), NotSent>;
}

/// The body is not what its call asks.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct Unreadable(pub String);

/// Reads the calls of the bank's adapter.
pub trait Calls: Send + Sync {
    /// For whom a call is made.
    fn concerned(&self, path: &str, body: &[u8]) -> Result<Concerned, Unreadable>;
}
