//! `bench publish`: durable publish through the broker, on a log in a directory of its own.

use crate::cli::BenchPublish;
use crate::figures::{per_second, quantile};
use crate::messages::{Audience, Published, Writer, channel_ids};
use crate::report;
use crate::scratch::Scratch;
use anyhow::Context as _;
use broker::{Broker, Publication};
use indicatif::{ProgressBar, ProgressStyle};
use log_embedded::{Config, EmbeddedLog};
use protocol::ChannelKind;
use serde::Serialize;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use terminal::{ending, line, until};
use tokio::task::JoinSet;
use types::{ChannelId, Clock, Generation};

const CHANNELS: usize = 10_000;

/// The measured values.
#[derive(Debug, Serialize)]
struct Report {
    publishers: usize,
    outstanding: usize,
    seconds: f64,
    messages: u64,
    per_second: u64,
    /// The slowest whole second, which a mean hides.
    per_second_min: u64,
    per_second_max: u64,
    p50_us: u64,
    p99_us: u64,
    p999_us: u64,
    fdatasync_p50_us: u128,
    commit_longest_us: u128,
    messages_per_group: u64,
}

/// One task with its channels.
struct Publisher {
    broker: Broker,
    writer: Writer,
    /// Messages per append.
    batch: usize,
}

/// Publishes for some seconds and reports the rate.
pub(crate) async fn bench_publish(
    arguments: &BenchPublish,
    clock: Clock,
) -> anyhow::Result<ExitCode> {
    let ending = ending().context("no signals can be waited for")?;
    let scratch = match &arguments.dir {
        Some(directory) => Scratch::given(directory)?,
        None => Scratch::temporary("passbook-bench-")?,
    };
    let log = Arc::new(EmbeddedLog::open(Config::new(
        scratch.path(),
        clock.clone(),
    ))?);
    let measured = until(ending, measure(arguments, &log, &clock)).await;
    log.close().await;
    scratch.remove().await;
    report::print(measured, arguments.json, tell)
}

fn tell(report: &Report) -> anyhow::Result<()> {
    line(format_args!(
        "{} durable messages a second, {} in the slowest second; {} in all",
        report.per_second, report.per_second_min, report.messages
    ))?;
    line(format_args!(
        "acknowledged within {} µs (median), {} µs (99 %), {} µs (99.9 %); one fdatasync took {} µs (median) for {} messages; the longest commit {} µs",
        report.p50_us,
        report.p99_us,
        report.p999_us,
        report.fdatasync_p50_us,
        report.messages_per_group,
        report.commit_longest_us
    ))
}

async fn measure(
    arguments: &BenchPublish,
    log: &Arc<EmbeddedLog>,
    clock: &Clock,
) -> anyhow::Result<Report> {
    let publishers = open_channels(arguments, log, clock).await?;
    let before = log.metrics();
    let published = Arc::new(AtomicU64::new(0));
    let start = Instant::now();
    let end = start + Duration::from_secs(arguments.seconds.max(1));
    let mut running = JoinSet::new();
    for publisher in publishers {
        running.spawn(publisher.run(end, Arc::clone(&published)));
    }
    let rates = watch(arguments, &published, end).await;
    let mut latencies = Vec::new();
    while let Some(finished) = running.join_next().await {
        latencies.append(&mut finished??);
    }
    let elapsed = start.elapsed();
    let after = log.metrics();
    latencies.sort_unstable();
    let messages = published.load(Ordering::Relaxed);
    let groups = after.groups - before.groups;
    Ok(Report {
        publishers: arguments.publishers,
        outstanding: arguments.outstanding,
        seconds: elapsed.as_secs_f64(),
        messages,
        per_second: per_second(messages, elapsed),
        per_second_min: rates.iter().copied().min().unwrap_or_default(),
        per_second_max: rates.iter().copied().max().unwrap_or_default(),
        p50_us: quantile(&latencies, 500),
        p99_us: quantile(&latencies, 990),
        p999_us: quantile(&latencies, 999),
        fdatasync_p50_us: after
            .fdatasync
            .since(&before.fdatasync)
            .quantile(500_000)
            .as_micros(),
        commit_longest_us: after
            .commit
            .since(&before.commit)
            .quantile(1_000_000)
            .as_micros(),
        messages_per_group: messages / groups.max(1),
    })
}

/// Opens the channels, split between the publishers.
async fn open_channels(
    arguments: &BenchPublish,
    log: &Arc<EmbeddedLog>,
    clock: &Clock,
) -> anyhow::Result<Vec<Publisher>> {
    let tasks = arguments.publishers.clamp(1, CHANNELS);
    let outstanding = arguments.outstanding.max(1);
    let broker = Broker::new(log.clone());
    let mut opening = JoinSet::new();
    for task in 0..tasks {
        let ids = channel_ids((task..CHANNELS).step_by(tasks).len());
        let publisher = Publisher {
            broker: broker.clone(),
            writer: Writer::new(&ids, Audience::Customer, clock),
            // The first publishers get the remainder.
            batch: outstanding / tasks + usize::from(task < outstanding % tasks),
        };
        opening.spawn(publisher.open(ids));
    }
    let mut publishers = Vec::new();
    while let Some(opened) = opening.join_next().await {
        publishers.push(opened??);
    }
    publishers.retain(|publisher| publisher.batch > 0);
    Ok(publishers)
}

/// Counts the messages of each whole second, and shows them.
async fn watch(arguments: &BenchPublish, published: &AtomicU64, end: Instant) -> Vec<u64> {
    let bar = if arguments.json {
        ProgressBar::hidden()
    } else {
        ProgressBar::new(arguments.seconds.max(1))
    };
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} s, {msg} a second") {
        bar.set_style(style);
    }
    let mut rates = Vec::new();
    let (mut last, mut counted) = (Instant::now(), 0);
    while Instant::now() < end {
        let next = (last + Duration::from_secs(1)).min(end);
        tokio::time::sleep_until(next.into()).await;
        let (now, count) = (Instant::now(), published.load(Ordering::Relaxed));
        let rate = per_second(count - counted, now - last);
        bar.set_message(rate.to_string());
        bar.inc(1);
        rates.push(rate);
        (last, counted) = (now, count);
    }
    bar.finish_and_clear();
    rates
}

impl Publisher {
    async fn open(self, ids: Vec<ChannelId>) -> anyhow::Result<Self> {
        for id in ids {
            self.broker.open(id, ChannelKind::Customer).await?;
        }
        Ok(self)
    }

    /// Publishes until `end`. Returns the duration of each call in microseconds.
    async fn run(mut self, end: Instant, published: Arc<AtomicU64>) -> anyhow::Result<Vec<u64>> {
        let mut latencies = Vec::new();
        while Instant::now() < end {
            let messages = self.writer.batch(self.batch).into_iter();
            let publications: Vec<Publication> = messages.map(publication).collect();
            let count = u64::try_from(publications.len())?;
            let start = Instant::now();
            for answer in self.broker.publish_many(publications).await {
                answer?;
            }
            latencies.push(u64::try_from(start.elapsed().as_micros())?);
            published.fetch_add(count, Ordering::Relaxed);
        }
        Ok(latencies)
    }
}

fn publication(message: Published) -> Publication {
    Publication {
        channel: message.channel,
        generation: Generation::FIRST,
        message: message.bytes,
    }
}
