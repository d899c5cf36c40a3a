//! Appending: requests and answers.

use crate::{ChannelHead, OutcomeUnknown, Stopped, Unavailable};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use types::{ChannelId, Generation, Hash, Number, Position};

/// The largest record: a sealed event of a full plaintext, in base64, with its attributes.
pub const RECORD_BYTES_MAX: usize = 1 << 20;

/// One record to append.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Append {
    /// The channel, which must be open.
    pub channel: ChannelId,
    /// The channel's current generation.
    pub generation: Generation,
    /// The number from the writer: the one after the newest, or the number of a stored record.
    pub number: Number,
    /// Distinguishes this record from any other with the same number. The engine stores it and does not compute it.
    pub hash: Hash,
    /// The record's bytes, at most [`RECORD_BYTES_MAX`], stored and returned unchanged.
    pub bytes: Bytes,
}

/// What an acknowledged record survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Durability {
    /// Nothing: the record is in memory.
    Memory,
    /// A crash of the process and a power failure: the record is on the disk of one machine.
    Fsync,
    /// The loss of a machine: the record is on a quorum of replicas.
    Quorum,
}

/// A record is stored, by this append or by an earlier append of the same record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// The record's position.
    pub position: Position,
    /// The record's durability.
    pub durability: Durability,
}

/// Why a record was not stored. A channel's run in one append stops at its first refused record: the channel's later
/// records get the same answer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AppendError {
    /// Nobody opened this channel.
    #[error("no such channel")]
    UnknownChannel,
    /// The number is beyond the next one, or 0.
    #[error("the next number is the one after {}", newest.position)]
    NotNext {
        /// The channel's newest record.
        newest: ChannelHead,
    },
    /// Another record is stored under this number.
    #[error("another record is stored under this number")]
    Differs {
        /// The channel's newest record.
        newest: ChannelHead,
    },
    /// A record was stored under this number and has been trimmed, so that the two cannot be compared.
    #[error("the record of this number is trimmed")]
    Trimmed {
        /// The channel's newest record.
        newest: ChannelHead,
    },
    /// The channel is in another generation.
    #[error("the channel is at {}", newest.position)]
    Generation {
        /// The channel's newest record.
        newest: ChannelHead,
    },
    /// The record has more than [`RECORD_BYTES_MAX`] bytes.
    #[error("the record is larger than {RECORD_BYTES_MAX} bytes")]
    TooLarge,
    /// The engine is unavailable now, and the record was not stored.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// It is unknown whether the record is stored. Append the same record again.
    #[error(transparent)]
    OutcomeUnknown(#[from] OutcomeUnknown),
    /// The engine has stopped. It is unknown whether the record is stored, until the engine has recovered.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

impl AppendError {
    /// The channel's newest record, if the answer contains it.
    #[must_use]
    pub const fn newest(&self) -> Option<ChannelHead> {
        match self {
            Self::NotNext { newest }
            | Self::Differs { newest }
            | Self::Trimmed { newest }
            | Self::Generation { newest } => Some(*newest),
            Self::UnknownChannel
            | Self::TooLarge
            | Self::Unavailable(_)
            | Self::OutcomeUnknown(_)
            | Self::Stopped(_) => None,
        }
    }
}
