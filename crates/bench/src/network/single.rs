//! `passbook bench deliver`, `catch-up`, `idle` and `broadcast`: one scenario, of Passbook alone.

use super::catch_up::{CatchingUp, catch_up};
use super::deliver::{Delivering, broadcast, deliver};
use super::idle::idle;
use super::passbook::Passbook;
use crate::cli::{BenchBroadcast, BenchCatchUp, BenchDeliver, BenchIdle};
use crate::figures::{per_second, quantile, spinner};
use crate::report;
use crate::scratch::Scratch;
use serde::Serialize;
use std::process::ExitCode;
use terminal::{allow_file_handles, line};
use types::Clock;

/// Starts a broker, measures it, and prints the report.
async fn measured<R: Serialize>(
    (json, what): (bool, &'static str),
    clock: &Clock,
    measure: impl AsyncFnOnce(&Passbook) -> anyhow::Result<R>,
    tell: impl FnOnce(&R) -> anyhow::Result<()>,
) -> anyhow::Result<ExitCode> {
    allow_file_handles();
    let measure = async |scratch: &Scratch| {
        let progress = spinner(json, what);
        let passbook = Passbook::start(scratch.path(), clock).await?;
        let report = measure(&passbook).await?;
        passbook.stop().await?;
        progress.finish_and_clear();
        Ok(report)
    };
    report::measured(("passbook-bench-", json), measure, tell).await
}

#[derive(Serialize)]
struct Delivered {
    devices: usize,
    messages: usize,
    messages_per_second: u32,
    p50_us: u64,
    p99_us: u64,
    max_us: u64,
}

/// Measures the way from publishers to devices.
pub(crate) async fn bench_deliver(
    arguments: &BenchDeliver,
    clock: Clock,
) -> anyhow::Result<ExitCode> {
    let what = Delivering {
        devices: arguments.devices.max(1),
        publishers: arguments.publishers.max(1),
        messages_per_second: arguments.rate.max(1),
        messages: arguments.messages.max(1),
    };
    let measure = async |passbook: &Passbook| {
        let latencies = deliver(passbook, what, &clock).await?;
        Ok(Delivered {
            devices: what.devices,
            messages: latencies.len(),
            messages_per_second: what.messages_per_second,
            p50_us: quantile(&latencies, 500),
            p99_us: quantile(&latencies, 990),
            max_us: quantile(&latencies, 1000),
        })
    };
    measured((arguments.json, "messages are delivered"), &clock, measure, |report| {
        line(format_args!(
            "{} messages reached their devices within {} µs (median), {} µs (99 %), {} µs at most",
            report.messages, report.p50_us, report.p99_us, report.max_us
        ))
    })
    .await
}

#[derive(Serialize)]
struct CaughtUp {
    readers: usize,
    devices: usize,
    messages: usize,
    p50_us: u64,
    p99_us: u64,
    devices_per_second: u64,
}

/// Measures devices that come online.
pub(crate) async fn bench_catch_up(
    arguments: &BenchCatchUp,
    clock: Clock,
) -> anyhow::Result<ExitCode> {
    let what = CatchingUp {
        channels: arguments.channels.max(1),
        messages: arguments.messages.max(1),
        readers: arguments.readers.max(1),
        devices: arguments.devices.max(1),
    };
    let measure = async |passbook: &Passbook| {
        let (latencies, elapsed) = catch_up(passbook, what, &clock).await?;
        Ok(CaughtUp {
            readers: what.readers,
            devices: latencies.len(),
            messages: what.messages,
            p50_us: quantile(&latencies, 500),
            p99_us: quantile(&latencies, 990),
            devices_per_second: per_second(u64::try_from(latencies.len())?, elapsed),
        })
    };
    measured(
        (arguments.json, "devices catch up"),
        &clock,
        measure,
        |report| {
            line(format_args!(
                "{} devices a second read {} messages each, within {} µs (median), {} µs (99 %)",
                report.devices_per_second, report.messages, report.p50_us, report.p99_us
            ))
        },
    )
    .await
}

#[derive(Serialize)]
struct Idle {
    streams: usize,
    bytes_per_stream: u64,
}

/// Measures what open streams cost.
pub(crate) async fn bench_idle(arguments: &BenchIdle, clock: Clock) -> anyhow::Result<ExitCode> {
    let streams = arguments.streams.max(1);
    let measure = async |passbook: &Passbook| {
        Ok(Idle {
            streams,
            bytes_per_stream: idle(passbook, streams).await?,
        })
    };
    measured(
        (arguments.json, "streams are opened"),
        &clock,
        measure,
        |report| {
            line(format_args!(
                "each of {} idle streams costs the server {} bytes of resident memory",
                report.streams, report.bytes_per_stream
            ))
        },
    )
    .await
}

#[derive(Serialize)]
struct Broadcast {
    devices: usize,
    messages: usize,
    p50_ms: f64,
    max_ms: f64,
}

/// Measures how soon everybody has a message.
pub(crate) async fn bench_broadcast(
    arguments: &BenchBroadcast,
    clock: Clock,
) -> anyhow::Result<ExitCode> {
    let devices = arguments.devices.max(1);
    let measure = async |passbook: &Passbook| {
        let times = broadcast(passbook, devices, arguments.messages.max(1), &clock).await?;
        let ms = |time: u64| anyhow::Ok(f64::from(u32::try_from(time)?) / 1000.0);
        Ok(Broadcast {
            devices,
            messages: times.len(),
            p50_ms: ms(quantile(&times, 500))?,
            max_ms: ms(quantile(&times, 1000))?,
        })
    };
    measured(
        (arguments.json, "everybody is sent messages"),
        &clock,
        measure,
        |report| {
            line(format_args!(
                "a message reached all of {} devices within {} ms (median of {}), {} ms at most",
                report.devices, report.p50_ms, report.messages, report.max_ms
            ))
        },
    )
    .await
}
