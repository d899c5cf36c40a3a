//! The progress of the comparison with the broker.

use types::ChannelId;

/// The progress of the comparison in its round of all channels.
#[derive(Debug, Default)]
pub(crate) struct Round {
    pub(crate) after: Option<ChannelId>,
    /// Whether all channels were compared since the start, and since the last time that the broker did not answer,
    /// because the broker may have been restored meanwhile.
    pub(crate) all_compared: bool,
}
