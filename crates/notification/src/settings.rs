//! Settings.

/// Settings of notification. Times are in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Interval between two comparisons with core bank, broker and ciam.
    pub comparison_interval_ms: u64,
    /// Maximum channels that one comparison looks up at the broker; the next comparison continues with the next
    /// channels. At the start and after a failed comparison, all channels are looked up.
    pub compared_channels: usize,
    /// How long a message's bytes are stored after the broker acknowledged it: the broker's backup interval and a day.
    pub kept_ms: u64,
    /// Maximum events of a partition that are processed together.
    pub batch_events: usize,
    /// Maximum concurrent appends to the broker.
    pub publishing_max: usize,
    /// Validity of head and grant keys; at most 90 days.
    pub signing_key_ms: u64,
    /// How long before a key's end its successor is made.
    pub successor_ms: u64,
    /// How long the broker stores messages, and a day. An epoch that ended longer ago has no messages, and its key is
    /// destroyed.
    pub retention_ms: u64,
    /// Whether a channel that the core bank's books contradict is restarted at once. Otherwise a person decides.
    pub restart_contradicted: bool,
}

const DAY_MS: u64 = 86_400_000;

impl Default for Settings {
    fn default() -> Self {
        Self {
            comparison_interval_ms: 60_000,
            compared_channels: 10_000,
            kept_ms: 2 * DAY_MS,
            batch_events: 512,
            publishing_max: 4,
            signing_key_ms: 90 * DAY_MS,
            successor_ms: 30 * DAY_MS,
            retention_ms: 401 * DAY_MS,
            restart_contradicted: false,
        }
    }
}
