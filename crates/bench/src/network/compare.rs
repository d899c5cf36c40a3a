//! `passbook bench compare`: the same work by Passbook and by Redis, one after the other.

use super::catch_up::{CatchingUp, catch_up};
use super::deliver::{Delivering, broadcast, deliver};
use super::idle::idle;
use super::passbook::Passbook;
use super::publish::{Publishing, publish};
use super::redis::Redis;
use super::system::System;
use crate::cli::{BenchCompare, Scenario};
use crate::figures::{per_second, quantile, spinner};
use crate::scratch::Scratch;
use anyhow::Context as _;
use clap::ValueEnum as _;
use serde::Serialize;
use std::process::ExitCode;
use std::time::Duration;
use terminal::{allow_file_handles, ending, json_line, line, until};
use types::Clock;

const PUBLISHERS: usize = 64;
const CHANNELS: usize = 10_000;

/// Both systems' figures in a scenario. `ratio` is Passbook's by Redis's.
#[derive(Serialize)]
struct Compared {
    scenario: String,
    passbook: u64,
    redis: u64,
    unit: &'static str,
    ratio: f64,
    /// Of latencies, whose figures above are medians: the 99th percentiles.
    #[serde(flatten)]
    p99: Option<P99>,
}

#[derive(Serialize)]
struct P99 {
    passbook_p99: u64,
    redis_p99: u64,
    ratio_p99: f64,
}

/// What a system came to in a scenario.
struct Figure {
    value: u64,
    p99: Option<u64>,
}

/// Measures each scenario with both systems, and prints a line for each.
pub(crate) async fn bench_compare(
    arguments: &BenchCompare,
    clock: Clock,
) -> anyhow::Result<ExitCode> {
    let ending = ending().context("no signals can be waited for")?;
    allow_file_handles();
    match until(ending, compare_all(arguments, &clock)).await {
        Ok(compared) => compared.map(|()| ExitCode::SUCCESS),
        Err(signalled) => Ok(signalled.exit_code()),
    }
}

async fn compare_all(arguments: &BenchCompare, clock: &Clock) -> anyhow::Result<()> {
    let scenarios = match arguments.scenarios.as_slice() {
        [] => Scenario::value_variants(),
        some => some,
    };
    for scenario in scenarios {
        let compared = compare(arguments, *scenario, clock).await?;
        if arguments.json {
            json_line(&compared)?;
        } else {
            tell(&compared)?;
        }
    }
    Ok(())
}

fn tell(compared: &Compared) -> anyhow::Result<()> {
    let Compared {
        scenario,
        passbook,
        redis,
        unit,
        ratio,
        p99,
    } = compared;
    line(format_args!(
        "{:14} Passbook {passbook}, Redis {redis} {unit}: {ratio:.2} times",
        scenario
    ))?;
    if let Some(p99) = p99 {
        line(format_args!(
            "{:14} Passbook {}, Redis {} {unit} (99 %): {:.2} times",
            "", p99.passbook_p99, p99.redis_p99, p99.ratio_p99
        ))?;
    }
    Ok(())
}

/// Measures a scenario with each system in a new process, which has the machine to itself.
async fn compare(
    arguments: &BenchCompare,
    scenario: Scenario,
    clock: &Clock,
) -> anyhow::Result<Compared> {
    let progress = spinner(arguments.json, scenario.name());
    let scratch = Scratch::temporary("passbook-compare-")?;
    let redis = Redis::start(scratch.path()).await?;
    let of_redis = measure(arguments, scenario, &redis, clock).await?;
    redis.stop().await?;
    scratch.remove().await;
    let scratch = Scratch::temporary("passbook-compare-")?;
    let passbook = Passbook::start(scratch.path(), clock).await?;
    let of_passbook = measure(arguments, scenario, &passbook, clock).await?;
    passbook.stop().await?;
    scratch.remove().await;
    progress.finish_and_clear();
    let p99 = match (of_passbook.p99, of_redis.p99) {
        (Some(passbook_p99), Some(redis_p99)) => Some(P99 {
            passbook_p99,
            redis_p99,
            ratio_p99: ratio(passbook_p99, redis_p99)?,
        }),
        _ => None,
    };
    Ok(Compared {
        scenario: scenario.name(),
        passbook: of_passbook.value,
        redis: of_redis.value,
        unit: scenario.unit(),
        ratio: ratio(of_passbook.value, of_redis.value)?,
        p99,
    })
}

async fn measure(
    arguments: &BenchCompare,
    scenario: Scenario,
    system: &impl System,
    clock: &Clock,
) -> anyhow::Result<Figure> {
    let devices = |full: usize| full.div_ceil(arguments.scale_down.max(1));
    let publishing = |batch| Publishing {
        publishers: PUBLISHERS,
        batch,
        channels: devices(CHANNELS),
        duration: Duration::from_secs(arguments.seconds.max(1)),
    };
    let catching_up = |readers, full| CatchingUp {
        channels: devices(200),
        messages: 500,
        readers,
        devices: devices(full),
    };
    let plain = |value| Figure { value, p99: None };
    Ok(match scenario {
        Scenario::Publish64 | Scenario::Publish4096 => {
            let batch = if scenario == Scenario::Publish64 {
                1
            } else {
                64
            };
            let (messages, elapsed) = publish(system, publishing(batch), clock).await?;
            plain(per_second(messages, elapsed))
        }
        Scenario::Deliver => {
            let what = Delivering {
                devices: devices(500),
                publishers: 16,
                messages_per_second: 1_000,
                messages: devices(10_000),
            };
            let latencies = deliver(system, what, clock).await?;
            Figure {
                value: quantile(&latencies, 500),
                p99: Some(quantile(&latencies, 990)),
            }
        }
        Scenario::CatchUp1 => {
            let (latencies, _) = catch_up(system, catching_up(1, 500), clock).await?;
            Figure {
                value: quantile(&latencies, 500),
                p99: Some(quantile(&latencies, 990)),
            }
        }
        Scenario::CatchUp64 => {
            let (latencies, elapsed) = catch_up(system, catching_up(64, 2_000), clock).await?;
            plain(per_second(u64::try_from(latencies.len())?, elapsed))
        }
        Scenario::Idle => plain(idle(system, devices(5_000)).await?),
        Scenario::Broadcast => {
            let times = broadcast(system, devices(10_000), 20, clock).await?;
            plain(quantile(&times, 500))
        }
    })
}

fn ratio(passbook: u64, redis: u64) -> anyhow::Result<f64> {
    let as_float = |value: u64| anyhow::Ok(f64::from(u32::try_from(value)?));
    Ok(as_float(passbook)? / as_float(redis.max(1))?)
}
