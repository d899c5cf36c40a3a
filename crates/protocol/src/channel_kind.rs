//! The two kinds of channel that devices read.

use serde::{Deserialize, Serialize};

/// The kind of a channel that devices read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ChannelKind {
    /// A private channel of one customer.
    Customer,
    /// A channel for an audience segment.
    Global,
}

impl ChannelKind {
    /// The word as it is sent.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Global => "global",
        }
    }
}
