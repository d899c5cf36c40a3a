//! How far the comparison with the broker is.

use types::ChannelId;

/// How far the comparison is in its round of all channels.
#[derive(Debug, Default)]
pub(crate) struct Round {
    pub(crate) after: Option<ChannelId>,
    /// Whether all were compared since the start, or since the broker last did not answer: it may have been restored.
    pub(crate) all_compared: bool,
}
