//! Reading: limits and answers.

use crate::ChannelHead;
use bytes::Bytes;
use types::{Hash, Number};

/// A stored record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its number in the channel's current generation.
    pub number: Number,
    /// The hash that its writer named.
    pub hash: Hash,
    /// Its bytes, as they were appended.
    pub bytes: Bytes,
}

/// How much one read may answer. At least one record is given, however large.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadLimit {
    /// At most so many records.
    pub records: usize,
    /// No further record once so many bytes are reached.
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

/// What is after a position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Read {
    /// The records that follow without a gap; none if the position is the newest.
    Records {
        /// From the number after the position on.
        records: Vec<Record>,
        /// The channel's newest at the time of the read.
        newest: ChannelHead,
    },
    /// The position is beyond the newest, by its number or its generation: the reader has more than the log.
    Ahead {
        /// The channel's newest.
        newest: ChannelHead,
    },
    /// Records between the position and the oldest kept one are gone.
    Trimmed {
        /// The oldest number that is kept; the one after the newest if none is.
        oldest: Number,
        /// The channel's newest.
        newest: ChannelHead,
    },
    /// The position is in an earlier generation.
    Generation {
        /// The channel's newest.
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
