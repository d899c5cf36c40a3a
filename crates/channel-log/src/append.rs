//! Appending: what is asked, what is answered.

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
    /// To which channel; it has to be open.
    pub channel: ChannelId,
    /// The channel's current generation.
    pub generation: Generation,
    /// The number that the writer gave: the one after the newest, or one that is stored already.
    pub number: Number,
    /// What tells this record from any other under the same number. The engine stores it and does not compute it.
    pub hash: Hash,
    /// The record, at most [`RECORD_BYTES_MAX`] bytes, kept and returned unchanged.
    pub bytes: Bytes,
}

/// What an acknowledged record survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Durability {
    /// Nothing: it is in memory.
    Memory,
    /// The death of the process and of the machine's power: it is on the disk of one machine.
    Fsync,
    /// The loss of a machine: it is on a quorum of replicas.
    Quorum,
}

/// A record is stored: now, or since an earlier append of the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// The record's position.
    pub position: Position,
    /// The durability that it has.
    pub durability: Durability,
}

/// Why a record was not stored. A channel's run in one append stops at its first refusal: the channel's records after
/// it get the same answer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AppendError {
    /// Nobody opened this channel.
    #[error("no such channel")]
    UnknownChannel,
    /// The number is beyond the next one, or 0.
    #[error("the next number is the one after {}", newest.position)]
    NotNext {
        /// The channel's newest.
        newest: ChannelHead,
    },
    /// Another record is stored under this number.
    #[error("another record is stored under this number")]
    Differs {
        /// The channel's newest.
        newest: ChannelHead,
    },
    /// A record was stored under this number and is trimmed, so that nothing can be compared any more.
    #[error("the record of this number is trimmed")]
    Trimmed {
        /// The channel's newest.
        newest: ChannelHead,
    },
    /// The channel is in another generation.
    #[error("the channel is at {}", newest.position)]
    Generation {
        /// The channel's newest.
        newest: ChannelHead,
    },
    /// More bytes than [`RECORD_BYTES_MAX`].
    #[error("the record is larger than {RECORD_BYTES_MAX} bytes")]
    TooLarge,
    /// The engine cannot be asked now, and the record was not stored.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// Whether the record is stored is unknown: append the same record again.
    #[error(transparent)]
    OutcomeUnknown(#[from] OutcomeUnknown),
    /// The engine has stopped: whether the record is stored is unknown until it has recovered.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

impl AppendError {
    /// The channel's newest, where the answer says it.
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
