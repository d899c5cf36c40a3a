//! What can be set.

/// How notification works. Times are in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Between two comparisons with core bank, broker and ciam.
    pub comparison_interval_ms: u64,
    /// Channels that a comparison looks up at the broker, each comparison the next ones; all of them where the last
    /// comparison failed, and at the start.
    pub compared_channels: usize,
    /// How long a message's bytes are kept after the broker acknowledged it: its backup interval and a day.
    pub kept_ms: u64,
    /// Events of a partition that are worked on together, at most.
    pub batch_events: usize,
    /// Appends to the broker under way at the same time.
    pub publishing_max: usize,
    /// How long head and grant keys live; at most 90 days.
    pub signing_key_ms: u64,
    /// How long before a key's end its successor is made.
    pub successor_ms: u64,
    /// How long the broker keeps messages, and a day: an epoch that ended longer ago has none left, and its key is destroyed.
    pub retention_ms: u64,
    /// Whether a channel that the core bank's books contradict is restarted at once; otherwise a person decides.
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
