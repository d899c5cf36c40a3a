//! The ways out: each hands letters to somebody who delivers them.

pub(crate) mod http;
pub(crate) mod smpp;
pub(crate) mod smtp;
mod tls;

use crate::letter::Letter;
use crate::queue::MessageId;
use async_trait::async_trait;
use std::error::Error;
use std::sync::Arc;
use thiserror::Error;
use types::Time;

/// The carrier has the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handed {
    /// The carrier's name of it, if its reports will repeat it.
    pub reference: Option<String>,
}

/// The carrier does not have the message, or it is not known whether it has.
#[derive(Debug, Error)]
pub enum NotSent {
    /// It may take it later.
    #[error("the carrier does not take messages now")]
    NotNow(#[source] Box<dyn Error + Send + Sync>),
    /// It never takes this message.
    #[error("the carrier refused the message")]
    Never(#[source] Box<dyn Error + Send + Sync>),
}

impl NotSent {
    pub(crate) fn not_now(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::NotNow(error.into())
    }

    pub(crate) fn never(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Never(error.into())
    }
}

/// Why a carrier cannot be set up: the setting, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{setting}: {problem}")]
pub struct SetupError {
    /// The setting.
    pub setting: &'static str,
    /// The problem.
    pub problem: String,
}

impl SetupError {
    pub(crate) fn new(setting: &'static str, problem: impl ToString) -> Self {
        let problem = problem.to_string();
        Self { setting, problem }
    }
}

/// Hears what became of messages that a carrier has.
#[async_trait]
pub trait Reports: Send + Sync {
    /// The carrier reports whether a message was delivered, by its own name of it. If it returns `false`, the report
    /// was not stored, and should come again.
    async fn report(&self, reference: &str, delivered: bool) -> bool;
}

/// Somebody who delivers messages.
#[async_trait]
pub trait Carrier: Send + Sync {
    /// Hands a letter over at `now`. A repeated call with the same id sends what can be recognized as the same.
    async fn hand(&self, id: MessageId, letter: &Letter, now: Time) -> Result<Handed, NotSent>;

    /// Holds the connection that reports come by, for ever.
    async fn listen(&self, _reports: Arc<dyn Reports>) {
        std::future::pending().await
    }
}
