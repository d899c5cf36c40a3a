//! The arguments of `passbook replay` and `passbook bench`.

use clap::{Args, Subcommand};
use operator::DatabaseUrl;
use std::path::PathBuf;

/// Arguments of `passbook replay`.
#[derive(Debug, Args)]
pub struct Replay {
    /// Directory with customers.csv, accounts.csv, holders.csv and transactions.csv.
    pub(crate) source: PathBuf,
    /// Where the bank and the devices are stored: a new or empty directory. Without it a temporary one, which is
    /// removed at the end.
    #[arg(long)]
    pub(crate) dir: Option<PathBuf>,
    /// PostgreSQL server for the bank's databases, in schemas of their own, removed together with a temporary
    /// directory.
    #[arg(long, value_name = "URL")]
    pub(crate) database: Option<DatabaseUrl>,
    /// Seed of the devices' disconnections and the servers' kills.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Kill the servers with SIGKILL about this many seconds after each start, but only after some progress.
    #[arg(long, value_name = "SECONDS")]
    pub(crate) kill_every: Option<f64>,
    /// Write the content of each device's own store, one JSON object per line, to a new file or over an earlier dump.
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
    /// Flood a bank from one address, and measure how devices at another address enrol and read.
    Flood(BenchFlood),
}

/// Arguments of `passbook bench flood`.
#[derive(Debug, Args)]
pub struct BenchFlood {
    /// HTTP/2 connections of the flood.
    #[arg(long, default_value_t = 21)]
    pub(crate) connections: usize,
    /// Streams of each connection.
    #[arg(long, default_value_t = 100)]
    pub(crate) streams: usize,
    /// Duration in seconds.
    #[arg(long, default_value_t = 10)]
    pub(crate) seconds: u64,
    /// Print one JSON object on the last line.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Arguments of `passbook bench publish`.
#[derive(Debug, Args)]
pub struct BenchPublish {
    /// Publishing tasks.
    #[arg(long, default_value_t = 64)]
    pub(crate) publishers: usize,
    /// Messages in flight in total.
    #[arg(long, default_value_t = 64)]
    pub(crate) outstanding: usize,
    /// Duration in seconds.
    #[arg(long, default_value_t = 10)]
    pub(crate) seconds: u64,
    /// Where the log is stored: a new or empty directory. Without it a temporary one, which is removed at the end.
    #[arg(long)]
    pub(crate) dir: Option<PathBuf>,
    /// Print one JSON object on the last line.
    #[arg(long)]
    pub(crate) json: bool,
}
