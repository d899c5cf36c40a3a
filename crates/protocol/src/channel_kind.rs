//! The two sorts of channel.

use serde::{Deserialize, Serialize};

/// What sort of channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelKind {
    /// One customer's, private.
    Customer,
    /// One audience segment's.
    Global,
}

impl ChannelKind {
    /// As it travels.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Global => "global",
        }
    }
}
