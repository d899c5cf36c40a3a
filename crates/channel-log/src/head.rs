//! The kind of a channel, and its head.

use serde::{Deserialize, Serialize};
use types::{Generation, Hash, Number, Position};

/// The purpose of a channel. It determines how long records are stored. Set when the channel is opened, never changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogChannelKind {
    /// A customer's private channel.
    Customer,
    /// A channel that reaches everybody in an audience segment.
    Global,
    /// A partition of the pub/sub. Its records are dropped once they are acknowledged.
    Queue,
}

impl LogChannelKind {
    /// Every kind.
    pub const ALL: [LogChannelKind; 3] = [
        LogChannelKind::Customer,
        LogChannelKind::Global,
        LogChannelKind::Queue,
    ];
}

/// What an engine stores for ever about a channel: its kind, its generation, its newest record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChannelHead {
    /// The kind with which the channel was opened.
    pub kind: LogChannelKind,
    /// The channel's generation and newest number; number 0 when the generation has no record yet.
    pub position: Position,
    /// The newest record's hash, as its writer gave it. [`Hash::ZERO`] if there is no record.
    pub hash: Hash,
}

impl ChannelHead {
    /// The head of a generation without records.
    #[must_use]
    pub const fn empty(kind: LogChannelKind, generation: Generation) -> Self {
        Self {
            kind,
            position: Position::new(generation, Number::ZERO),
            hash: Hash::ZERO,
        }
    }
}
