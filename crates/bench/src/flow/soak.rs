//! `passbook bench soak`: memory and file handles of the servers under a steady load, with or without kills.

use super::books::{books, transaction};
use super::devices::{enrol, settled};
use super::{PATIENCE, start};
use crate::cli::BenchSoak;
use crate::device::Phone;
use crate::figures::bar;
use crate::progress::{Progress, Steps};
use crate::replay::{Data, posting};
use crate::report;
use crate::scratch::Scratch;
use anyhow::{Context as _, ensure};
use operator::{Operator, insist};
use protocol::http::Status;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde::Serialize;
use std::process::ExitCode;
use std::time::{Duration, Instant};
use terminal::line;
use tokio::sync::watch;
use tokio::task::JoinSet;
use types::Clock;

/// Maximum postings that wait for an answer.
const POSTINGS_MAX: usize = 256;

/// Number of samples in the whole run.
const SAMPLES: u32 = 60;

/// How long a device waits before it connects again.
const RETRY: Duration = Duration::from_millis(200);

/// The measured values.
#[derive(Debug, Serialize)]
struct Report {
    customers: usize,
    transactions: usize,
    /// Entries that reached the devices: one for each transaction.
    entries: usize,
    seconds: f64,
    kills: u64,
    first_half: Most,
    second_half: Most,
    samples: Vec<Sample>,
}

/// The maximum of some samples.
#[derive(Debug, Clone, Copy, Default, Serialize)]
struct Most {
    resident_bytes: u64,
    handles: u64,
}

/// The servers' process at one time.
#[derive(Debug, Clone, Copy, Serialize)]
struct Sample {
    second: u64,
    resident_bytes: u64,
    handles: u64,
    streams: u64,
}

impl Most {
    fn of(samples: &[Sample]) -> Self {
        samples.iter().fold(Self::default(), |most, sample| Self {
            resident_bytes: most.resident_bytes.max(sample.resident_bytes),
            handles: most.handles.max(sample.handles),
        })
    }
}

/// Posts transactions at a steady rate, and reports what the servers' process uses meanwhile.
pub(crate) async fn bench_soak(arguments: &BenchSoak, clock: Clock) -> anyhow::Result<ExitCode> {
    let measure = async |scratch: &Scratch| measure(arguments, scratch, clock).await;
    report::measured(("passbook-soak-", arguments.json), measure, tell).await
}

fn tell(report: &Report) -> anyhow::Result<()> {
    line(format_args!(
        "{} transactions in {:.0} s, {} kills; every entry reached its device",
        report.transactions, report.seconds, report.kills
    ))?;
    for (half, most) in [("first", report.first_half), ("second", report.second_half)] {
        line(format_args!(
            "{half} half: at most {} MiB of memory, {} file handles",
            most.resident_bytes >> 20,
            most.handles
        ))?;
    }
    Ok(())
}

async fn measure(arguments: &BenchSoak, scratch: &Scratch, clock: Clock) -> anyhow::Result<Report> {
    let data = books(arguments.customers, 0)?;
    let (servers, running, operator) = start(scratch, &data).await?;
    let enrolling = bar(arguments.json, data.customers.len(), "devices enrolled");
    let url = &servers.public_url;
    let phones = enrol(&operator, url, &data.customers, (&clock, &enrolling)).await?;
    let phones = settled(&operator, phones).await?;

    let (arrived, arriving) = watch::channel(0);
    let mut devices = JoinSet::new();
    for (phone, newest) in phones {
        devices.spawn(follow(phone, newest, arrived.clone()));
    }
    let posting = Progress::new(!arguments.json);
    let (finished, finishing) = watch::channel(false);
    let kills = arguments.kill_every.map(|seconds| {
        let every = Duration::from_secs_f64(seconds.clamp(0.1, 1e6));
        (every, StdRng::seed_from_u64(1), posting.changes())
    });
    let work = async {
        let start = Instant::now();
        let total = usize::try_from(u64::from(arguments.rate.max(1)) * arguments.seconds.max(1))?;
        let steps = posting.steps(total, "transactions posted");
        let post_all = async {
            post(&operator, &data, (total, arguments.rate.max(1)), &steps).await?;
            steps.finish();
            all_arrived(arriving, total).await
        };
        let sampling = sample(&operator, Duration::from_secs(arguments.seconds.max(1)));
        let ((), samples) = tokio::try_join!(post_all, sampling)?;
        let _stopping = finished.send(true);
        anyhow::Ok((start.elapsed(), total, samples))
    };
    let running = servers.keep_running(running, kills, finishing);
    let (kills, (elapsed, transactions, samples)) = tokio::try_join!(running, work)?;
    devices.shutdown().await;
    let entries = *arrived.borrow();
    ensure!(
        entries == transactions,
        "{entries} entries arrived for {transactions} transactions"
    );
    let (first, second) = samples.split_at(samples.len() / 2);
    Ok(Report {
        customers: data.customers.len(),
        transactions,
        entries,
        seconds: elapsed.as_secs_f64(),
        kills,
        first_half: Most::of(first),
        second_half: Most::of(second),
        samples,
    })
}

/// Follows a channel after `number`, over a new stream each time that one ends. Counts the arrived messages.
async fn follow(phone: Phone, mut number: u64, arrived: watch::Sender<usize>) {
    loop {
        let opened = async { phone.live(number, &phone.nonce().await?).await };
        if let Ok(mut stream) = opened.await {
            while let Ok(more) = stream.next().await {
                number += u64::try_from(more).unwrap_or(u64::MAX);
                arrived.send_modify(|all| *all += more);
            }
        }
        tokio::time::sleep(RETRY).await;
    }
}

/// Posts `total` transactions, `rate` of them a second, the accounts in turn. What was not answered is posted again.
async fn post(
    operator: &Operator,
    data: &Data,
    (total, rate): (usize, u32),
    steps: &Steps<'_>,
) -> anyhow::Result<()> {
    let mut due = tokio::time::interval(Duration::from_secs(1) / rate);
    let mut waiting = JoinSet::new();
    let accounts = data.accounts.iter().cycle();
    for (index, (account, _)) in (0..total).zip(accounts) {
        due.tick().await;
        loop {
            let full = waiting.len() >= POSTINGS_MAX;
            let posted = if full {
                waiting.join_next().await
            } else {
                waiting.try_join_next()
            };
            let Some(posted) = posted else { break };
            posted??;
            steps.done(1);
        }
        let number = u64::try_from(index / data.accounts.len() + 1)?;
        let order = posting(&transaction(account, index, number)?, data.currency);
        let operator = operator.clone();
        waiting.spawn(async move { insist(|| operator.post(&order)).await.map(drop) });
    }
    while let Some(posted) = waiting.join_next().await {
        posted??;
        steps.done(1);
    }
    Ok(())
}

/// Waits until `total` entries have arrived.
async fn all_arrived(mut arriving: watch::Receiver<usize>, total: usize) -> anyhow::Result<()> {
    while *arriving.borrow_and_update() < total {
        let more = tokio::time::timeout(PATIENCE, arriving.changed());
        more.await.context("entries are missing")??;
    }
    Ok(())
}

/// Asks the servers [`SAMPLES`] times during `duration` what their process uses.
async fn sample(operator: &Operator, duration: Duration) -> anyhow::Result<Vec<Sample>> {
    let start = Instant::now();
    let mut due = tokio::time::interval(duration / SAMPLES);
    due.tick().await;
    let mut samples = Vec::new();
    for _ in 0..SAMPLES {
        due.tick().await;
        let status: Status = insist(|| operator.get("status")).await?;
        samples.push(Sample {
            second: start.elapsed().as_secs(),
            resident_bytes: status.process.resident_bytes,
            handles: status.process.handles,
            streams: status.streams_open,
        });
    }
    Ok(samples)
}
