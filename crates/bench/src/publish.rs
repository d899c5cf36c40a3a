//! `bench publish`: durable publish through the broker, on a log in a directory of its own.

use crate::cli::BenchPublish;
use crate::figures::{per_second, quantile};
use crate::scratch::Scratch;
use anyhow::Context as _;
use broker::{Broker, Publication};
use bytes::Bytes;
use indicatif::{ProgressBar, ProgressStyle};
use log_embedded::{Config, EmbeddedLog};
use protocol::{Body, ChannelKind, Message, MessageKind};
use rand::RngExt as _;
use serde::Serialize;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use terminal::{ending, json_line, line, until};
use tokio::task::JoinSet;
use types::{ChannelId, Clock, Generation, Number};

const CHANNELS: usize = 10_000;
const BODY_BYTES: usize = 300;
/// As long as a head's Sign1. The broker does not read it.
const SIGNATURE_BYTES: usize = 80;

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

/// A channel with its writer's number.
struct Written {
    id: ChannelId,
    number: Number,
}

/// One task with its channels.
struct Publisher {
    broker: Broker,
    clock: Clock,
    channels: Vec<Written>,
    /// The index of the next channel.
    turn: usize,
    body: Bytes,
    signature: Bytes,
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
    match measured {
        Ok(report) => tell(arguments, &report?).map(|()| ExitCode::SUCCESS),
        Err(signalled) => Ok(signalled.exit_code()),
    }
}

fn tell(arguments: &BenchPublish, report: &Report) -> anyhow::Result<()> {
    if arguments.json {
        return json_line(report);
    }
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
    let mut rng = rand::rng();
    let mut body = vec![0; BODY_BYTES];
    rng.fill(body.as_mut_slice());
    let body = Bytes::from(body);
    let broker = Broker::new(log.clone());
    let mut opening = JoinSet::new();
    for task in 0..tasks {
        let ids = (task..CHANNELS).step_by(tasks);
        let ids: Vec<ChannelId> = ids.map(|_| ChannelId::new(rng.random())).collect();
        let publisher = Publisher {
            broker: broker.clone(),
            clock: clock.clone(),
            channels: Vec::new(),
            turn: 0,
            body: body.clone(),
            signature: Bytes::from_static(&[0; SIGNATURE_BYTES]),
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
    async fn open(mut self, ids: Vec<ChannelId>) -> anyhow::Result<Self> {
        for id in ids {
            let head = self.broker.open(id, ChannelKind::Customer).await?;
            self.channels.push(Written {
                id,
                number: head.position.number,
            });
        }
        Ok(self)
    }

    /// Publishes until `end`. Returns the duration of each call in microseconds.
    async fn run(mut self, end: Instant, published: Arc<AtomicU64>) -> anyhow::Result<Vec<u64>> {
        let mut latencies = Vec::new();
        while Instant::now() < end {
            let publications: Vec<Publication> =
                (0..self.batch).filter_map(|_| self.next()).collect();
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

    /// The next message of the next channel.
    fn next(&mut self) -> Option<Publication> {
        self.turn = (self.turn + 1) % self.channels.len();
        let channel = self.channels.get_mut(self.turn)?;
        channel.number = channel.number.next();
        let message = Message {
            number: channel.number,
            kind: MessageKind::Entry,
            time: (self.clock)(),
            expires: None,
            body: Body::Bytes(self.body.clone()),
            signature: self.signature.clone(),
        };
        Some(Publication {
            channel: channel.id,
            generation: Generation::FIRST,
            message: message.encode().into(),
        })
    }
}
