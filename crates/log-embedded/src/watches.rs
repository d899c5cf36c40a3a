//! The watched channels. A channel has an entry only while a [`Watch`] of it exists.

use crate::channel_map::ChannelMap;
use crate::codec::file_length;
use crate::locks;
use channel_log::{Stopped, Watch};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::sync::watch;
use types::{ChannelId, Position};

#[derive(Default)]
pub(crate) struct Watches {
    levels: Mutex<ChannelMap<watch::Sender<Option<Position>>>>,
    watched: AtomicUsize,
}

impl Watches {
    pub(crate) fn watch(
        self: &Arc<Self>,
        channel: ChannelId,
        stopped: watch::Receiver<Option<Stopped>>,
    ) -> Watch {
        let mut levels = locks::lock(&self.levels);
        let level = levels
            .entry(channel)
            .or_insert_with(|| watch::Sender::new(None))
            .subscribe();
        self.watched.store(levels.len(), Ordering::SeqCst);
        drop(levels);
        let guard = Guard {
            watches: Arc::clone(self),
            channel,
        };
        Watch::new(level, stopped, Box::new(guard))
    }

    /// Whether no channel is watched. The committer asks after it has published a group: a caller that registers later
    /// reads the published records.
    pub(crate) fn is_empty(&self) -> bool {
        self.watched.load(Ordering::SeqCst) == 0
    }

    /// How many channels are watched.
    pub(crate) fn count(&self) -> u64 {
        file_length(self.watched.load(Ordering::SeqCst))
    }

    /// Raises the level of each watched channel in `moved`.
    pub(crate) fn raise(&self, moved: &[(ChannelId, Position)]) {
        let levels = locks::lock(&self.levels);
        for (channel, position) in moved {
            if let Some(level) = levels.get(channel) {
                level.send_replace(Some(*position));
            }
        }
    }
}

/// Removes a channel's entry when its last watch is dropped.
struct Guard {
    watches: Arc<Watches>,
    channel: ChannelId,
}

impl Drop for Guard {
    fn drop(&mut self) {
        let mut levels = locks::lock(&self.watches.levels);
        if levels
            .get(&self.channel)
            .is_some_and(|level| level.receiver_count() == 0)
        {
            levels.remove(&self.channel);
            self.watches.watched.store(levels.len(), Ordering::SeqCst);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::{Generation, Number};

    #[tokio::test]
    async fn an_entry_lives_as_long_as_its_watches() {
        let watches = Arc::new(Watches::default());
        let stop = watch::Sender::new(None);
        let channel = ChannelId::new([1; 16]);
        let mut first = watches.watch(channel, stop.subscribe());
        let second = watches.watch(channel, stop.subscribe());
        drop(second);
        let position = Position::new(Generation::FIRST, Number::FIRST);
        watches.raise(&[(channel, position)]);
        assert_eq!(first.beyond(Position::START).await, Ok(position));
        assert!(!watches.is_empty());
        drop(first);
        assert!(watches.is_empty());
        assert!(locks::lock(&watches.levels).is_empty());
    }
}
