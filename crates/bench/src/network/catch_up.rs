//! Devices that come online and read what they do not have.

use super::publish::fill;
use super::system::{Read as _, System};
use crate::figures::micros;
use crate::messages::{Audience, Writer, channel_ids};
use anyhow::Context as _;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use types::Clock;

/// How catching up is measured.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CatchingUp {
    pub(crate) channels: usize,
    /// In each channel.
    pub(crate) messages: usize,
    /// Devices that catch up at a time.
    pub(crate) readers: usize,
    /// Devices that catch up in all, each with a token that the server has not seen.
    pub(crate) devices: usize,
}

/// How long each device took from connecting to its last message, in microseconds, sorted; and how long all took.
pub(crate) async fn catch_up(
    system: &impl System,
    what: CatchingUp,
    clock: &Clock,
) -> anyhow::Result<(Vec<u64>, Duration)> {
    let channels = channel_ids(what.channels.max(1));
    system.open(&channels, Audience::Customer).await?;
    let mut writer = Writer::new(&channels, Audience::Customer, clock);
    fill(system, &mut writer, channels.len() * what.messages).await?;
    // Tokens and proofs are made before: that is the devices' work.
    let mut waiting = VecDeque::new();
    for channel in channels.iter().cycle().take(what.devices) {
        waiting.push_back(system.reading(*channel).await?);
    }
    let waiting = Arc::new(Mutex::new(waiting));
    let start = Instant::now();
    let mut readers: JoinSet<anyhow::Result<Vec<u64>>> = JoinSet::new();
    for _ in 0..what.readers {
        let waiting = Arc::clone(&waiting);
        readers.spawn(async move {
            let mut latencies = Vec::new();
            let next = || {
                waiting
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .pop_front()
            };
            while let Some(device) = next() {
                let start = Instant::now();
                let read =
                    tokio::time::timeout(Duration::from_secs(60), device.read(what.messages));
                read.await.context("messages are missing")??;
                latencies.push(micros(start.elapsed()));
            }
            Ok(latencies)
        });
    }
    let mut latencies = Vec::new();
    while let Some(ended) = readers.join_next().await {
        latencies.append(&mut ended??);
    }
    let elapsed = start.elapsed();
    latencies.sort_unstable();
    Ok((latencies, elapsed))
}
