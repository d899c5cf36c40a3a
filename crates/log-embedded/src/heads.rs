//! The bounded cache of channel states: those that were read from segments, and those of tables that left memory. The
//! tables in memory are newer and are asked first. The cache may be older than the tables, but never older than the
//! segments.

use crate::channel_map::ChannelMap;
use crate::codec::file_length;
use crate::entry::ChannelState;
use crate::locks;
use std::sync::Mutex;
use types::ChannelId;

/// Two halves: recently used states, and states that were used before. When the first half is full, it replaces the
/// second.
pub(crate) struct Heads {
    half: usize,
    cache: Mutex<Cache>,
}

#[derive(Default)]
struct Cache {
    /// Increases whenever a table leaves memory. A state that was read from segments before that may be outdated.
    version: u64,
    young: ChannelMap<ChannelState>,
    old: ChannelMap<ChannelState>,
}

impl Heads {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            half: (capacity / 2).max(1),
            cache: Mutex::default(),
        }
    }

    /// The version to pass to [`Heads::loaded`]. Must be read before the segments are.
    pub(crate) fn version(&self) -> u64 {
        locks::lock(&self.cache).version
    }

    /// Number of cached channels.
    pub(crate) fn count(&self) -> u64 {
        let cache = locks::lock(&self.cache);
        file_length(cache.young.len() + cache.old.len())
    }

    pub(crate) fn get(&self, channel: &ChannelId) -> Option<ChannelState> {
        let mut cache = locks::lock(&self.cache);
        if let Some(state) = cache.young.get(channel) {
            return Some(*state);
        }
        let state = cache.old.remove(channel)?;
        cache.put(self.half, *channel, state);
        Some(state)
    }

    /// Caches a state that was read from segments, unless a table left memory since `version` was read: then the state
    /// may be outdated.
    pub(crate) fn loaded(&self, version: u64, channel: ChannelId, state: ChannelState) {
        let mut cache = locks::lock(&self.cache);
        if cache.version == version {
            cache.put(self.half, channel, state);
        }
    }

    /// Caches the states of a table that is about to leave memory. Must be called before it leaves, in the order of the
    /// tables.
    pub(crate) fn leaving(&self, states: impl Iterator<Item = (ChannelId, ChannelState)>) {
        locks::lock(&self.cache).version += 1;
        for (channel, state) in states {
            // The lock is taken for each state, so that appends and reads continue in between.
            let mut cache = locks::lock(&self.cache);
            cache.old.remove(&channel);
            cache.put(self.half, channel, state);
        }
    }
}

impl Cache {
    fn put(&mut self, half: usize, channel: ChannelId, state: ChannelState) {
        if self.young.len() >= half && !self.young.contains_key(&channel) {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(channel, state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use channel_log::LogChannelKind;
    use types::{Generation, Number};

    fn state(number: u64) -> ChannelState {
        ChannelState {
            number: Number::new(number).unwrap(),
            ..ChannelState::empty(LogChannelKind::Customer, Generation::FIRST)
        }
    }

    fn channel(n: u64) -> ChannelId {
        let mut id = [0; 16];
        id[..8].copy_from_slice(&n.to_le_bytes());
        ChannelId::new(id)
    }

    #[test]
    fn it_stays_within_its_capacity_and_keeps_what_is_used() {
        let heads = Heads::new(10);
        for n in 0..1000 {
            heads.loaded(0, channel(n), state(n));
            assert_eq!(heads.get(&channel(0)), Some(state(0)), "after {n}");
            let cache = locks::lock(&heads.cache);
            assert!(cache.young.len() + cache.old.len() <= 10);
        }
    }

    #[test]
    fn what_was_read_before_a_table_left_is_not_remembered() {
        let heads = Heads::new(10);
        let version = heads.version();
        heads.leaving([(channel(1), state(8))].into_iter());
        heads.loaded(version, channel(1), state(7));
        heads.loaded(version, channel(2), state(7));
        assert_eq!(heads.get(&channel(1)), Some(state(8)));
        assert_eq!(heads.get(&channel(2)), None);
    }

    #[test]
    fn the_newest_state_hides_an_older_one_of_the_other_half() {
        let heads = Heads::new(4);
        heads.loaded(0, channel(1), state(1));
        for n in 2..4 {
            heads.loaded(0, channel(n), state(n));
        }
        heads.leaving([(channel(1), state(9))].into_iter());
        assert_eq!(heads.get(&channel(1)), Some(state(9)));
    }
}
