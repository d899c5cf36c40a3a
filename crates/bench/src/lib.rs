//! Measures a bank, and replays a bank's own transactions through everything.
//!
//! The servers under measurement are a process of their own: this program again, as `passbook serve`.

mod apart;
mod cli;
mod crowd;
mod device;
mod figures;
mod flood;
mod flow;
mod kill_switch;
mod login;
mod memory;
mod messages;
mod network;
mod ordering;
mod orders;
mod own_device;
mod own_thread;
mod progress;
mod publish;
mod reader;
mod replay;
mod report;
mod running;
mod scratch;
mod servers;
mod threads;
mod usage;

pub use cli::{
    Bench, BenchBroadcast, BenchBroker, BenchCatchUp, BenchCompare, BenchDeliver, BenchFlood,
    BenchFlow, BenchIdle, BenchKillSwitch, BenchLogin, BenchOrder, BenchPublish, BenchSoak, Replay,
    ReplayOrders,
};
pub use device::{Phone, client_from};
pub use orders::run as replay_orders;
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
        Bench::Flow(arguments) => flow::bench_flow(arguments, clock).await,
        Bench::Order(arguments) => ordering::bench_order(arguments, clock).await,
        Bench::KillSwitch(arguments) => kill_switch::bench_kill_switch(arguments, clock).await,
        Bench::Login(arguments) => login::bench_login(arguments, clock).await,
        Bench::Soak(arguments) => flow::bench_soak(arguments, clock).await,
        Bench::Deliver(arguments) => network::bench_deliver(arguments, clock).await,
        Bench::CatchUp(arguments) => network::bench_catch_up(arguments, clock).await,
        Bench::Idle(arguments) => network::bench_idle(arguments, clock).await,
        Bench::Broadcast(arguments) => network::bench_broadcast(arguments, clock).await,
        Bench::Compare(arguments) => network::bench_compare(arguments, clock).await,
        Bench::Broker(arguments) => {
            network::serve(arguments, clock).await?;
            Ok(ExitCode::SUCCESS)
        }
        Bench::Flood(arguments) => flood::bench_flood(arguments, clock).await,
    }
}
