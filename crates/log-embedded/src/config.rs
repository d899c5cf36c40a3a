//! The configuration of an engine.

use channel_log::LogChannelKind;
use std::borrow::Cow;
use std::path::PathBuf;
use std::time::Duration;
use types::Clock;

/// How long records are kept, by kind of channel; `None` means for ever. A record is removed between its retention and
/// an eighth more, and never earlier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Retention {
    /// Retention of customer channels.
    pub customer: Option<Duration>,
    /// Retention of global channels.
    pub global: Option<Duration>,
    /// Retention of the pub/sub's partitions.
    pub queue: Option<Duration>,
}

impl Retention {
    pub(crate) fn of(&self, kind: LogChannelKind) -> Option<Duration> {
        match kind {
            LogChannelKind::Customer => self.customer,
            LogChannelKind::Global => self.global,
            LogChannelKind::Queue => self.queue,
        }
    }
}

/// An engine's directory and limits.
#[derive(Clone)]
pub struct Config {
    /// The directory of the log. It is created if it does not exist. Only one engine at a time may open it.
    pub directory: PathBuf,
    /// The clock that gives records the time from which their age counts.
    pub clock: Clock,
    /// How long records are kept.
    pub retention: Retention,
    /// Bytes of write-ahead log that become one segment, at least 64 KiB. Each of the three tables in memory has about
    /// this size.
    pub segment_bytes: u64,
    /// Maximum bytes of waiting appends, with 256 bytes added for each record. At the limit, further appends wait.
    pub queue_bytes: usize,
    /// Approximate maximum bytes of one group, which one fdatasync makes durable.
    pub group_bytes: usize,
    /// Maximum number of channels whose state is cached after their records left the tables in memory; about 150 bytes
    /// each.
    pub heads_cached: usize,
}

impl Config {
    /// Defaults for a server: segments of 64 MiB, 16 MiB of waiting appends, groups of 4 MiB, 200,000 cached heads;
    /// records are kept for ever.
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
