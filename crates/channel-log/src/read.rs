//! Reading: limits and answers.

use crate::ChannelHead;
use bytes::Bytes;
use types::{Hash, Number};

/// A stored record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its number in the channel's current generation.
    pub number: Number,
    /// The hash that its writer gave.
    pub hash: Hash,
    /// Its bytes, as appended.
    pub bytes: Bytes,
}

/// The limit of one read. At least one record is returned, however large.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadLimit {
    /// Maximum records.
    pub records: usize,
    /// No further record is added once this many bytes are reached.
    pub bytes: usize,
}

impl Default for ReadLimit {
    /// 500 records or 1 MiB.
    fn default() -> Self {
        Self {
            records: 500,
            bytes: 1 << 20,
        }
    }
}

/// The answer to a read after a position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Read {
    /// The records that follow without a gap. Empty if the position is the newest.
    Records {
        /// The records, starting with the number after the position.
        records: Vec<Record>,
        /// The channel's newest at the time of the read.
        newest: ChannelHead,
    },
    /// The position is beyond the newest record, by its number or its generation: the reader has more than the log.
    Ahead {
        /// The channel's newest record.
        newest: ChannelHead,
    },
    /// Records between the position and the oldest stored one are gone.
    Trimmed {
        /// The oldest stored number. The number after the newest if none is stored.
        oldest: Number,
        /// The channel's newest record.
        newest: ChannelHead,
    },
    /// The position is in an earlier generation.
    Generation {
        /// The channel's newest record.
        newest: ChannelHead,
    },
}

impl Read {
    /// The channel's newest at the time of the read.
    #[must_use]
    pub const fn newest(&self) -> ChannelHead {
        match self {
            Self::Records { newest, .. }
            | Self::Ahead { newest }
            | Self::Trimmed { newest, .. }
            | Self::Generation { newest } => *newest,
        }
    }
}
