//! Why something cannot be done now.

use crate::ports::PortError;
use core_bank::CoreBankError;
use database::{DatabaseError, SealError};
use envelope::{ContentError, GrantError, OpenError, SigningFailed};
use protocol::ParseError;
use thiserror::Error;
use types::ChannelId;
use vault::VaultError;

pub(crate) use types::error_chain as chain;

/// Why something cannot be done now. Asking again is always safe, and helps once the cause is gone.
#[derive(Debug, Error)]
pub enum Failure {
    /// The database did not do it.
    #[error("the database of notification failed")]
    Database(#[from] DatabaseError),
    /// The vault did not do it.
    #[error("the vault failed")]
    Vault(#[from] VaultError),
    /// The core bank did not answer.
    #[error("the core bank was asked in vain")]
    CoreBank(#[from] CoreBankError),
    /// Another service did not answer.
    #[error("another service was asked in vain")]
    Port(#[from] PortError),
    /// The broker does not say whether it stored a message.
    #[error("the broker does not say whether it stored a message")]
    BrokerUnavailable,
    /// No key of that purpose is valid now and on the trust list.
    #[error("no {0} key is valid now and on the trust list")]
    NoSigningKey(&'static str),
    /// No trust list was given yet.
    #[error("there is no trust list yet")]
    NoTrustList,
    /// A key did not sign.
    #[error("a statement was not signed")]
    Signing(#[from] SigningFailed),
    /// A grant was not made.
    #[error("a grant was not made")]
    Grant(#[from] GrantError),
    /// A part of a snapshot or a page of a history was not made.
    #[error("a part of a snapshot or a page was not made")]
    Content(#[from] ContentError),
    /// The core bank answered from before what was numbered already.
    #[error("the core bank's answer lacks events that it published before")]
    BooksBehind,
    /// The core bank's history of an account has a gap, or ends too early.
    #[error("the core bank's history of an account is broken")]
    HistoryBroken,
    /// Something was not sealed, or what was sealed does not open.
    #[error("sealing or opening failed")]
    Sealed(#[from] OpenError),
    /// A personal column was not sealed, or does not open.
    #[error("a column was not sealed or does not open")]
    Column(#[from] SealError),
    /// Something of our own does not read.
    #[error("a structure of our own does not read")]
    Parse(#[from] ParseError),
    /// The system gave no randomness.
    #[error("the system gives no randomness")]
    Randomness,
    /// The tables say something that cannot be.
    #[error("the tables are broken: {0}")]
    Broken(&'static str),
    /// The core bank's books were put back to an older state: channels are being compared with them, or what was read of
    /// them is of two incarnations.
    #[error("the channels are compared with the core bank's books")]
    BooksChanged,
    /// Others changed the same thing again and again.
    #[error("the channel changed too often meanwhile")]
    Contended,
}

impl Failure {
    /// Whether the cause lies in one channel's rows or keys: then others must not wait for it.
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

/// One's failure keeps nobody from comparing the others.
#[derive(Default)]
pub(crate) struct FirstFailure(Option<Failure>);

impl FirstFailure {
    pub(crate) fn note(&mut self, result: Result<(), Failure>, channel: ChannelId) {
        if let Err(failure) = result {
            tracing::warn!(%channel, error = chain(&failure), "a channel was not compared");
            self.keep(failure);
        }
    }

    /// Keeps a failure, if it is the first; its cause was logged.
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
