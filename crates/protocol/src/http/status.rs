//! The operator's view of a running bank: `GET /v1/operator/status`.

use serde::{Deserialize, Serialize};

/// How a bank is. Ages and durations are in milliseconds or microseconds as their names say; sizes in bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// Whether devices are served.
    pub ready: bool,
    /// Why not; empty where they are.
    pub not_ready: Vec<NotReady>,
    /// Streams to devices that are open.
    pub streams_open: u64,
    /// Events between core bank and notification.
    pub events: EventStatus,
    /// Messages on their way to the broker.
    pub messages: MessageStatus,
    /// The regular comparison with core bank, broker and ciam.
    pub comparison: ComparisonStatus,
    /// The logs.
    pub logs: Vec<LogStatus>,
    /// The databases.
    pub databases: Vec<DatabaseStatus>,
    /// The process.
    pub process: ProcessStatus,
}

/// A reason why devices are not served.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotReady {
    /// The number of the error code, of `docs/errors.md`.
    pub code: u16,
    /// The name of the error code.
    pub name: String,
    /// What happened here.
    pub detail: String,
}

/// Events between core bank and notification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventStatus {
    /// Events in the core bank's outbox that are not in the pub/sub yet; null if its database does not answer.
    #[serde(default)]
    pub unpublished: Option<u64>,
    /// Events in the pub/sub that are not acknowledged; null if its log does not answer.
    pub queued: Option<u64>,
    /// Events in notification's inbox that wait for earlier ones, or for their channel; null if its database does not answer.
    pub waiting: Option<u64>,
    /// Events that had to be fetched from the core bank since the start.
    pub fetched: u64,
    /// Events that could not be read or processed since the start.
    pub unprocessable: u64,
    /// Subjects that are stopped; null if notification's database does not answer.
    pub subjects_stopped: Option<u64>,
}

/// Messages on their way to the broker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageStatus {
    /// Entries numbered since the start.
    pub numbered: u64,
    /// Messages that the broker acknowledged since the start.
    pub published: u64,
    /// The age of the oldest message that the broker has not acknowledged: 0 if it has all, null if notification's database
    /// does not answer.
    pub outgoing_oldest_ms: Option<u64>,
    /// Channels that were restarted in a later generation since the start.
    pub restarts: u64,
    /// Channels that the core bank's books contradict; null if notification's database does not answer.
    pub channels_contradicted: Option<u64>,
}

/// The regular comparison.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComparisonStatus {
    /// Comparisons of which every step ended since the start, perhaps with a failure.
    pub comparisons: u64,
    /// The time since the step that is the longest behind last succeeded; null before every step did.
    pub lag_ms: Option<u64>,
    /// How long the slowest step took the last time.
    pub took_us: u64,
}

/// A log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogStatus {
    /// Which log: the name of its directory.
    pub log: String,
    /// Why it has stopped; null while it runs.
    pub stopped: Option<String>,
    /// Records appended since the start.
    pub appends: u64,
    /// Groups committed since the start, each with one fsync.
    pub commits: u64,
    /// The median and the 99th percentile of a commit since the start.
    pub commit_us: [u64; 2],
    /// The median and the 99th percentile of an fsync since the start.
    pub fsync_us: [u64; 2],
    /// What waits to be appended.
    pub queued_bytes: u64,
    /// Segments.
    pub segments: u64,
    /// The size of the directory's files.
    pub disk_bytes: u64,
}

/// A database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatabaseStatus {
    /// Which service's.
    pub database: String,
    /// Whether its writer or a reader is gone.
    pub stopped: bool,
    /// Units of work that wait for the writer.
    pub writes_waiting: u64,
    /// Units of work that wait for a reader.
    pub reads_waiting: u64,
    /// The size of its files; 0 if it is on a database server.
    pub disk_bytes: u64,
}

/// The process, as the system counts it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessStatus {
    /// Time since the start.
    pub age_ms: u64,
    /// Memory in use.
    pub resident_bytes: u64,
    /// Processor time in user and system mode since the start.
    pub cpu_ms: u64,
    /// Open file handles.
    pub handles: u64,
    /// The limit of open file handles.
    pub handles_max: u64,
    /// Threads.
    pub threads: u64,
}
