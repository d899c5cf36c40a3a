//! What an engine knows of a channel for ever.

use serde::{Deserialize, Serialize};
use types::{Generation, Hash, Number, Position};

/// What a channel is for; it decides how long its records are kept. Given when the channel is opened, never changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelKind {
    /// A customer's private channel.
    Customer,
    /// A channel that reaches everybody of an audience segment.
    Global,
    /// A partition of the pub/sub: its records go when they were acknowledged.
    Queue,
}

impl ChannelKind {
    /// Every kind.
    pub const ALL: [ChannelKind; 3] = [
        ChannelKind::Customer,
        ChannelKind::Global,
        ChannelKind::Queue,
    ];
}

/// The newest record of a channel: where it is and the hash that its writer named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The channel's generation and newest number; number 0 when the generation has no record yet.
    pub position: Position,
    /// The newest record's hash; [`Hash::ZERO`] when there is none.
    pub hash: Hash,
}

impl Head {
    /// The head of a generation without records.
    #[must_use]
    pub const fn empty(generation: Generation) -> Self {
        Self {
            position: Position::new(generation, Number::ZERO),
            hash: Hash::ZERO,
        }
    }
}
