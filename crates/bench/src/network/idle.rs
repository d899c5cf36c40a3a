//! What an open stream without messages costs the server's memory.

use super::deliver::follow;
use super::system::System;
use crate::memory::memory_kib;
use crate::messages::{Audience, channel_ids};

/// Bytes of the server's resident memory for each of so many streams.
pub(crate) async fn idle(system: &impl System, streams: usize) -> anyhow::Result<u64> {
    let channels = channel_ids(streams);
    system.open(&channels, Audience::Customer).await?;
    // The first ones have the server make what it keeps for all.
    let first = follow(
        system,
        channels.get(..1).unwrap_or_default(),
        Audience::Customer,
    )
    .await?;
    let before = memory_kib(system.process()?, "VmRSS:")?;
    let open = follow(system, &channels, Audience::Customer).await?;
    let after = memory_kib(system.process()?, "VmRSS:")?;
    let count = u64::try_from(open.len())?.max(1);
    drop((first, open));
    Ok(after.saturating_sub(before) * 1024 / count)
}
