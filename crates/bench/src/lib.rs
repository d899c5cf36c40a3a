//! Measures a bank, and replays a bank's own transactions through everything.
//!
//! The servers under measurement are a process of their own: this program again, as `passbook serve`.

mod cli;
mod flood;
mod publish;
mod replay;
mod scratch;
mod servers;

pub use cli::{Bench, BenchFlood, BenchPublish, Replay};
pub use flood::Phone;
pub use replay::run as replay;

use std::process::ExitCode;
use types::Clock;

/// Measures what `passbook bench` was asked for, and prints it.
///
/// # Errors
/// Fails if the measurement cannot be made or its report cannot be printed.
pub async fn measure(arguments: &Bench, clock: Clock) -> anyhow::Result<ExitCode> {
    match arguments {
        Bench::Publish(arguments) => publish::bench_publish(arguments, clock).await,
        Bench::Flood(arguments) => flood::bench_flood(arguments, clock).await,
    }
}
