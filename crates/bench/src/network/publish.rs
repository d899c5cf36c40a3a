//! Durable publishing by several publishers.

use super::system::{Publish as _, System};
use crate::messages::{Audience, Published, Writer, channel_ids};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use types::Clock;

/// Channels opened by one request.
const OPENED_AT_ONCE: usize = 10_000;

/// How publishing is measured.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Publishing {
    pub(crate) publishers: usize,
    /// Messages that a publisher has in flight, all on its one connection.
    pub(crate) batch: usize,
    pub(crate) channels: usize,
    pub(crate) duration: Duration,
}

/// How many messages were acknowledged, and in what time.
pub(crate) async fn publish(
    system: &impl System,
    what: Publishing,
    clock: &Clock,
) -> anyhow::Result<(u64, Duration)> {
    let channels = channel_ids(what.channels.max(what.publishers));
    for some in channels.chunks(OPENED_AT_ONCE) {
        system.open(some, Audience::Customer).await?;
    }
    let share = channels.len() / what.publishers.max(1);
    let mut publishers = Vec::new();
    for own in channels.chunks_exact(share).take(what.publishers) {
        let writer = Writer::new(own, Audience::Customer, clock);
        publishers.push((system.publisher().await?, writer));
    }
    let published = Arc::new(AtomicU64::new(0));
    let start = Instant::now();
    let end = start + what.duration;
    let mut running = JoinSet::new();
    for (mut publisher, mut writer) in publishers {
        let published = Arc::clone(&published);
        running.spawn(async move {
            while Instant::now() < end {
                let messages = writer.batch(what.batch);
                let count = u64::try_from(messages.len())?;
                publisher.publish(messages).await?;
                published.fetch_add(count, Ordering::Relaxed);
            }
            anyhow::Ok(())
        });
    }
    while let Some(ended) = running.join_next().await {
        ended??;
    }
    Ok((published.load(Ordering::Relaxed), start.elapsed()))
}

/// Writes the same number of messages into each channel, the channels taking turns.
pub(crate) async fn fill(
    system: &impl System,
    writer: &mut Writer,
    messages: usize,
) -> anyhow::Result<()> {
    const AT_ONCE: usize = 1_000;
    let mut publisher = system.publisher().await?;
    let mut left = messages;
    while left > 0 {
        let some: Vec<Published> = writer.batch(left.min(AT_ONCE));
        left -= some.len();
        publisher.publish(some).await?;
    }
    Ok(())
}
