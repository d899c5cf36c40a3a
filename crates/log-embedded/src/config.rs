//! What an engine is told when it opens.

use channel_log::ChannelKind;
use std::borrow::Cow;
use std::path::PathBuf;
use std::time::Duration;
use types::Clock;

/// How long records are kept, by the channel's kind; `None` is for ever. They go some time after that, an eighth of it
/// at most, and never before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Retention {
    /// Of customers' channels.
    pub customer: Option<Duration>,
    /// Of global channels.
    pub global: Option<Duration>,
    /// Of the pub/sub's partitions.
    pub queue: Option<Duration>,
}

impl Retention {
    pub(crate) fn of(&self, kind: ChannelKind) -> Option<Duration> {
        match kind {
            ChannelKind::Customer => self.customer,
            ChannelKind::Global => self.global,
            ChannelKind::Queue => self.queue,
        }
    }
}

/// An engine's directory and limits.
#[derive(Clone)]
pub struct Config {
    /// Where the log lives; created if it is not there. One engine at a time.
    pub directory: PathBuf,
    /// Gives records the time by which they age.
    pub clock: Clock,
    /// How long records are kept.
    pub retention: Retention,
    /// So many bytes of write-ahead log become a segment, at least 64 KiB; also about the size of one of the three tables
    /// in memory.
    pub segment_bytes: u64,
    /// Appends beyond so many bytes, with 256 for each record, wait for their turn.
    pub queue_bytes: usize,
    /// One fdatasync covers at most about so many bytes.
    pub group_bytes: usize,
    /// So many channels' newest numbers are remembered when their records are in no table in memory; about 150 bytes each.
    pub heads_cached: usize,
}

impl Config {
    /// With limits for a server: segments of 64 MiB, 16 MiB waiting, 4 MiB a group, 200,000 heads; kept for ever.
    #[must_use]
    pub fn new(directory: impl Into<PathBuf>, clock: Clock) -> Self {
        Self {
            directory: directory.into(),
            clock,
            retention: Retention::default(),
            segment_bytes: 64 << 20,
            queue_bytes: 16 << 20,
            group_bytes: 4 << 20,
            heads_cached: 200_000,
        }
    }
}

impl Config {
    /// The log's name among several: the last part of its directory's path.
    pub(crate) fn name(&self) -> Cow<'_, str> {
        let name = self.directory.file_name().unwrap_or_default();
        name.to_string_lossy()
    }
}

impl std::fmt::Debug for Config {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Config")
            .field("directory", &self.directory)
            .field("retention", &self.retention)
            .field("segment_bytes", &self.segment_bytes)
            .field("queue_bytes", &self.queue_bytes)
            .field("group_bytes", &self.group_bytes)
            .field("heads_cached", &self.heads_cached)
            .finish_non_exhaustive()
    }
}
