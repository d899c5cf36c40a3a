//! From a publisher to a device that follows the channel: at a steady rate, and to everybody at once.

use super::system::{Follow, Publish as _, System};
use crate::figures::micros;
use crate::messages::{Audience, Writer, channel_ids};
use anyhow::Context as _;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use types::{ChannelId, Clock};

/// Streams that are opened at a time.
const OPENING_MAX: usize = 64;

/// How long nothing may arrive before the measurement fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// How delivery is measured.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Delivering {
    /// Each follows a channel of its own.
    pub(crate) devices: usize,
    pub(crate) publishers: usize,
    /// Of all publishers together.
    pub(crate) messages_per_second: u32,
    pub(crate) messages: usize,
}

/// When the messages of a channel that did not arrive yet were sent.
type Sent = Arc<Mutex<VecDeque<Instant>>>;

/// How long each message took from its publisher to its device, in microseconds, sorted.
pub(crate) async fn deliver(
    system: &impl System,
    what: Delivering,
    clock: &Clock,
) -> anyhow::Result<Vec<u64>> {
    let channels = channel_ids(what.devices);
    system.open(&channels, Audience::Customer).await?;
    let streams = follow(system, &channels, Audience::Customer).await?;
    let sent: Vec<Sent> = channels.iter().map(|_| Sent::default()).collect();
    let (arrived, mut arrivals) = mpsc::channel(1024);
    let mut reading: JoinSet<anyhow::Result<()>> = JoinSet::new();
    for (mut stream, sent) in streams.into_iter().zip(sent.clone()) {
        let arrived = arrived.clone();
        reading.spawn(async move {
            loop {
                let count = stream.next().await?;
                for _ in 0..count {
                    let sent = sent
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .pop_front();
                    let sent = sent.context("a message arrived that nobody sent")?;
                    arrived.send(micros(sent.elapsed())).await?;
                }
            }
        });
    }
    let pause = Duration::from_secs(1) / what.messages_per_second.max(1);
    let start = Instant::now();
    let publishers = what.publishers.min(channels.len()).max(1);
    let mut publishing: JoinSet<anyhow::Result<()>> = JoinSet::new();
    for first in 0..publishers {
        // A channel has one publisher, which sends its messages in order.
        let own = channels.iter().zip(&sent).skip(first).step_by(publishers);
        let (own, sent): (Vec<ChannelId>, Vec<Sent>) =
            own.map(|(id, sent)| (*id, Arc::clone(sent))).unzip();
        let mut writer = Writer::new(&own, Audience::Customer, clock);
        let mut publisher = system.publisher().await?;
        publishing.spawn(async move {
            let turns = (first..what.messages).step_by(publishers);
            for (turn, sent) in turns.zip(sent.iter().cycle()) {
                let due = start + pause * u32::try_from(turn)?;
                // A publisher that is late has kept its message waiting: that counts.
                let began = if Instant::now() < due {
                    tokio::time::sleep_until(due.into()).await;
                    Instant::now()
                } else {
                    due
                };
                sent.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push_back(began);
                publisher.publish(writer.batch(1)).await?;
            }
            Ok(())
        });
    }
    let mut latencies = Vec::new();
    while latencies.len() < what.messages {
        tokio::select! {
            arrived = tokio::time::timeout(PATIENCE, arrivals.recv()) => {
                latencies.extend(arrived.context("messages are missing")?);
            }
            Some(ended) = publishing.join_next() => ended??,
            Some(ended) = reading.join_next() => ended??,
        }
    }
    latencies.sort_unstable();
    Ok(latencies)
}

/// A device for each channel.
pub(crate) async fn follow<S: System>(
    system: &S,
    channels: &[ChannelId],
    audience: Audience,
) -> anyhow::Result<Vec<S::Stream>> {
    let opened = stream::iter(channels).map(|channel| system.follow(*channel, audience, 0));
    opened.buffered(OPENING_MAX).try_collect().await
}

/// How long it took until each of several messages had reached all devices, in microseconds, sorted.
pub(crate) async fn broadcast(
    system: &impl System,
    devices: usize,
    messages: usize,
    clock: &Clock,
) -> anyhow::Result<Vec<u64>> {
    let channels = channel_ids(1);
    system.open(&channels, Audience::Everybody).await?;
    let everybody: Vec<ChannelId> = channels.iter().copied().cycle().take(devices).collect();
    let streams = follow(system, &everybody, Audience::Everybody).await?;
    let (arrived, mut arrivals) = mpsc::channel(1024);
    let mut reading: JoinSet<anyhow::Result<()>> = JoinSet::new();
    for mut stream in streams {
        let arrived = arrived.clone();
        reading.spawn(async move {
            loop {
                let count = stream.next().await?;
                if count > 0 {
                    arrived.send(count).await?;
                }
            }
        });
    }
    let mut writer = Writer::new(&channels, Audience::Everybody, clock);
    let mut publisher = system.publisher().await?;
    let mut times = Vec::new();
    for _ in 0..messages {
        let message = writer.next().context("no channel")?;
        let start = Instant::now();
        publisher.broadcast(message).await?;
        let mut reached = 0;
        while reached < devices {
            tokio::select! {
                arrived = tokio::time::timeout(PATIENCE, arrivals.recv()) => {
                    reached += arrived.context("devices were not reached")?.unwrap_or_default();
                }
                Some(ended) = reading.join_next() => ended??,
            }
        }
        times.push(micros(start.elapsed()));
    }
    times.sort_unstable();
    Ok(times)
}
