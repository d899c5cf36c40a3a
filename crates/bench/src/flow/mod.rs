//! `passbook bench flow`: entries from the core bank to the devices, through the real services.

mod books;
mod devices;
mod soak;

pub(crate) use devices::is_settled;
pub(crate) use soak::bench_soak;

use crate::cli::BenchFlow;
use crate::figures::{bar, per_second};
use crate::own_thread::OwnThread;
use crate::progress::Progress;
use crate::reader::Reader;
use crate::replay::{Data, bank};
use crate::report;
use crate::running::Running;
use crate::scratch::Scratch;
use crate::servers::{LOOPBACK_UNBOUNDED, Servers};
use crate::threads::own_time;
use crate::usage::Meter;
use anyhow::{Context as _, bail};
use books::books;
use devices::{enrol, open, settled};
use operator::{DataDirectory, Operator};
use serde::Serialize;
use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use terminal::line;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;
use types::Clock;

/// How long nothing may arrive before the measurement fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// The name of the devices' thread.
const DEVICES: &str = "devices";

/// Microseconds of processor time for each entry.
type PerEntry = f64;

/// What was measured.
#[derive(Debug, Serialize)]
struct Report {
    customers: usize,
    transactions: usize,
    /// Entries that reached the devices' streams: one a transaction.
    entries: usize,
    seconds: f64,
    entries_per_second: u64,
    /// From the first posting to the last answer.
    seconds_posting: f64,
    server_us_per_entry: PerEntry,
    server_us_per_entry_by_thread: BTreeMap<String, PerEntry>,
    devices_us_per_entry: PerEntry,
    poster_us_per_entry: PerEntry,
}

/// Posts transactions and says how fast they reached the devices, and what that cost whom.
pub(crate) async fn bench_flow(arguments: &BenchFlow, clock: Clock) -> anyhow::Result<ExitCode> {
    let measure = async |scratch: &Scratch| measure(arguments, scratch, clock).await;
    report::measured(("passbook-flow-", arguments.json), measure, tell).await
}

fn tell(report: &Report) -> anyhow::Result<()> {
    line(format_args!(
        "{} entries a second from the core bank to the devices' streams: {} in {:.1} s",
        report.entries_per_second, report.entries, report.seconds
    ))?;
    line(format_args!(
        "processor time for each entry: {:.1} µs of the servers, {:.1} µs of the devices, {:.1} µs of the poster",
        report.server_us_per_entry, report.devices_us_per_entry, report.poster_us_per_entry
    ))?;
    for (thread, time) in &report.server_us_per_entry_by_thread {
        line(format_args!("{time:8.1} µs  {thread}"))?;
    }
    Ok(())
}

async fn measure(arguments: &BenchFlow, scratch: &Scratch, clock: Clock) -> anyhow::Result<Report> {
    let data = Arc::new(books(arguments.customers, arguments.transactions.max(1))?);
    let entries = data.transaction_count();
    let (servers, running, operator) = start(scratch, &data).await?;
    let process = running.process().context("the servers have ended")?;

    let (ready, all_ready) = oneshot::channel();
    let (arrived, mut arriving) = watch::channel(0);
    let devices = {
        let (operator, url) = (operator.clone(), servers.public_url.clone());
        let customers = data.customers.clone();
        let progress = bar(arguments.json, customers.len(), "devices enrolled");
        OwnThread::start(DEVICES, move || async move {
            let phones = enrol(&operator, &url, &customers, (&clock, &progress)).await?;
            let streams = open(&settled(&operator, phones).await?).await?;
            let _ = ready.send(());
            count(streams, &arrived).await
        })?
    };
    if all_ready.await.is_err() {
        devices.result().await?;
        bail!("the devices are gone");
    }

    let progress = bar(arguments.json, entries, "entries arrived");
    let meter = Meter::start(process)?;
    let start = meter.began();
    let poster = {
        let data = Arc::clone(&data);
        let directory = DataDirectory::at(&servers.data);
        let url = servers.operator_url.clone();
        OwnThread::start("poster", move || async move {
            let operator = Operator::new(&url, &directory)?;
            let posting = Progress::new(false);
            bank::post_all(&operator, &data, &posting.steps(0, "")).await?;
            Ok((start.elapsed(), own_time()?))
        })?
    };
    let arrival = async {
        while *arriving.borrow() < entries {
            let more = tokio::time::timeout(PATIENCE, arriving.changed());
            let more = more.await.context("entries are missing")?;
            if more.is_err() {
                break;
            }
            progress.set_position(u64::try_from(*arriving.borrow())?);
        }
        meter.read()
    };
    let (used, (posting, posters_time)) = tokio::try_join!(arrival, poster.result())?;
    progress.finish();
    let arrived = *arriving.borrow();
    if arrived != entries {
        devices.result().await?;
        bail!("{arrived} entries arrived of {entries}");
    }
    running.stop().await?;

    let each = f64::from(u32::try_from(entries)?);
    let per_entry =
        |time: u64| -> anyhow::Result<PerEntry> { Ok(f64::from(u32::try_from(time)?) / each) };
    let of_devices = used.own.get(DEVICES).copied().unwrap_or_default();
    Ok(Report {
        customers: data.customers.len(),
        transactions: entries,
        entries: arrived,
        seconds: used.elapsed.as_secs_f64(),
        entries_per_second: per_second(u64::try_from(entries)?, used.elapsed),
        seconds_posting: posting.as_secs_f64(),
        server_us_per_entry: per_entry(used.servers.values().sum())?,
        server_us_per_entry_by_thread: used
            .servers
            .into_iter()
            .map(|(name, time)| Ok((name, per_entry(time)?)))
            .collect::<anyhow::Result<_>>()?,
        devices_us_per_entry: per_entry(of_devices)?,
        poster_us_per_entry: per_entry(posters_time)?,
    })
}

/// Starts a bank with the books of `data`.
async fn start(scratch: &Scratch, data: &Data) -> anyhow::Result<(Servers, Running, Operator)> {
    let servers = Servers::prepare(scratch, None, LOOPBACK_UNBOUNDED)?;
    let running = servers.start().await?;
    let operator = Operator::new(&servers.operator_url, &DataDirectory::at(&servers.data))?;
    let loading = Progress::new(false);
    bank::load(&operator, data, &loading.steps(0, "")).await?;
    Ok((servers, running, operator))
}

/// Counts the messages of all streams until nobody wants to know.
async fn count(streams: Vec<Reader>, arrived: &watch::Sender<usize>) -> anyhow::Result<()> {
    let mut reading = JoinSet::new();
    for mut stream in streams {
        let arrived = arrived.clone();
        reading.spawn(async move {
            loop {
                let more = stream.next().await?;
                arrived.send_modify(|all| *all += more);
            }
        });
    }
    match reading.join_next().await {
        Some(ended) => ended?,
        None => Ok(()),
    }
}
