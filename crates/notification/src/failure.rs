//! Failures inside the service.

use crate::ports::PortError;
use core_bank::CoreBankError;
use database::{DatabaseError, SealError};
use envelope::{ContentError, GrantError, OpenError, SigningFailed};
use protocol::ParseError;
use thiserror::Error;
use types::ChannelId;
use vault::VaultError;

pub(crate) use types::error_chain as chain;

/// Why something cannot be done now. Retrying is always safe, and succeeds when the cause is gone.
#[derive(Debug, Error)]
pub enum Failure {
    /// The database failed.
    #[error("the database of notification failed")]
    Database(#[from] DatabaseError),
    /// The vault failed.
    #[error("the vault failed")]
    Vault(#[from] VaultError),
    /// The core bank did not answer.
    #[error("the core bank did not answer")]
    CoreBank(#[from] CoreBankError),
    /// Another service did not answer.
    #[error("another service did not answer")]
    Port(#[from] PortError),
    /// The broker does not say whether it stored a message.
    #[error("the broker does not say whether it stored a message")]
    BrokerUnavailable,
    /// No key of that purpose is valid now and on the trust list.
    #[error("no {0} key is valid now and on the trust list")]
    NoSigningKey(&'static str),
    /// No trust list has been installed yet.
    #[error("there is no trust list yet")]
    NoTrustList,
    /// Signing failed.
    #[error("a statement could not be signed")]
    Signing(#[from] SigningFailed),
    /// Making a grant failed.
    #[error("a grant could not be made")]
    Grant(#[from] GrantError),
    /// Making a part of a snapshot or a page of a history failed.
    #[error("a part of a snapshot or a page of a history could not be made")]
    Content(#[from] ContentError),
    /// The core bank's answer is older than events that were numbered already.
    #[error("the core bank's answer lacks events that it published before")]
    BooksBehind,
    /// The core bank's history of an account has a gap, or ends too early.
    #[error("the core bank's history of an account has a gap or ends too early")]
    HistoryBroken,
    /// Sealing or opening failed.
    #[error("sealing or opening failed")]
    Sealed(#[from] OpenError),
    /// Sealing or opening a personal column failed.
    #[error("a personal column could not be sealed or opened")]
    Column(#[from] SealError),
    /// A stored structure of notification's own cannot be parsed.
    #[error("a stored structure cannot be parsed")]
    Parse(#[from] ParseError),
    /// The system's random source failed.
    #[error("the system's random source failed")]
    Randomness,
    /// The tables contradict themselves.
    #[error("the tables are inconsistent: {0}")]
    Broken(&'static str),
    /// The core bank's books were restored from an older state. Either all channels are being compared with them, or
    /// one answer mixes two incarnations.
    #[error("all channels are being compared with the core bank's books")]
    BooksChanged,
    /// Other transactions changed the same channel on every attempt.
    #[error("the channel changed on every attempt")]
    Contended,
}

impl Failure {
    /// Whether the cause lies in one channel's rows or keys. Other channels then go on.
    pub(crate) fn is_of_one_channel(&self) -> bool {
        match self {
            Self::Database(cause) => matches!(cause, DatabaseError::Constraint { .. }),
            Self::Vault(cause) => {
                matches!(cause, VaultError::DoesNotOpen | VaultError::Destroyed(_))
            }
            Self::Sealed(_)
            | Self::Column(_)
            | Self::Parse(_)
            | Self::Broken(_)
            | Self::Grant(_)
            | Self::Content(_)
            | Self::HistoryBroken
            | Self::Contended => true,
            Self::CoreBank(_)
            | Self::Port(_)
            | Self::BrokerUnavailable
            | Self::NoSigningKey(_)
            | Self::NoTrustList
            | Self::Signing(_)
            | Self::Randomness
            | Self::BooksBehind
            | Self::BooksChanged => false,
        }
    }
}

/// Collects the first failure of a loop, so that the loop goes on with the other channels.
#[derive(Default)]
pub(crate) struct FirstFailure(Option<Failure>);

impl FirstFailure {
    pub(crate) fn note(&mut self, result: Result<(), Failure>, channel: ChannelId) {
        if let Err(failure) = result {
            tracing::warn!(%channel, error = chain(&failure), "a channel was not compared");
            self.keep(failure);
        }
    }

    /// Stores the failure if it is the first. The caller has logged its cause.
    pub(crate) fn keep(&mut self, failure: Failure) {
        self.0.get_or_insert(failure);
    }

    pub(crate) const fn is_none(&self) -> bool {
        self.0.is_none()
    }

    pub(crate) fn result(self) -> Result<(), Failure> {
        self.0.map_or(Ok(()), Err)
    }
}
