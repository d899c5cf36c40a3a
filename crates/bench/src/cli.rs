//! The arguments of `passbook replay` and `passbook bench`.

use clap::{Args, Subcommand};
use operator::DatabaseUrl;
use std::path::PathBuf;

/// Arguments of `passbook replay`.
#[derive(Debug, Args)]
pub struct Replay {
    /// Directory with customers.csv, accounts.csv, holders.csv and transactions.csv.
    pub(crate) source: PathBuf,
    /// Where the bank and the devices are kept, a new or empty directory; a temporary one, removed at the end, where none is
    /// given.
    #[arg(long)]
    pub(crate) dir: Option<PathBuf>,
    /// PostgreSQL server on which the bank is kept, in schemas of its own, removed with a temporary directory.
    #[arg(long, value_name = "URL")]
    pub(crate) database: Option<DatabaseUrl>,
    /// Decides which devices drop when, and when servers are killed.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Kill the servers with SIGKILL, about so many seconds after they were ready, again and again.
    #[arg(long, value_name = "SECONDS")]
    pub(crate) kill_every: Option<f64>,
    /// Write what each device's own store holds, one JSON object a line, into a new file or over an earlier dump.
    #[arg(long, value_name = "FILE")]
    pub(crate) dump: Option<PathBuf>,
    /// Print one JSON object on the last line.
    #[arg(long)]
    pub(crate) json: bool,
}

/// What `passbook bench` measures.
#[derive(Debug, Subcommand)]
pub enum Bench {
    /// Durable publish of 300-byte bodies over 10,000 channels through the broker's Rust API.
    Publish(BenchPublish),
    /// Flood a bank from one address, and measure how another enrols and reads.
    Flood(BenchFlood),
}

/// Arguments of `passbook bench flood`.
#[derive(Debug, Args)]
pub struct BenchFlood {
    /// Connections of HTTP/2 that flood.
    #[arg(long, default_value_t = 21)]
    pub(crate) connections: usize,
    /// Streams of each connection.
    #[arg(long, default_value_t = 100)]
    pub(crate) streams: usize,
    /// How long.
    #[arg(long, default_value_t = 10)]
    pub(crate) seconds: u64,
    /// Print one JSON object on the last line.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Arguments of `passbook bench publish`.
#[derive(Debug, Args)]
pub struct BenchPublish {
    /// Tasks that publish.
    #[arg(long, default_value_t = 64)]
    pub(crate) publishers: usize,
    /// Messages in flight in all.
    #[arg(long, default_value_t = 64)]
    pub(crate) outstanding: usize,
    /// How long.
    #[arg(long, default_value_t = 10)]
    pub(crate) seconds: u64,
    /// Where the log is kept, a new or empty directory; a temporary one, removed at the end, where none is given.
    #[arg(long)]
    pub(crate) dir: Option<PathBuf>,
    /// Print one JSON object on the last line.
    #[arg(long)]
    pub(crate) json: bool,
}
