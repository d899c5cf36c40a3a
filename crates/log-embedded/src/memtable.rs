//! A table in memory: the groups of one log file as they were written, and for each channel the offsets of its records
//! in them. It contains only durable groups, so readers may see everything in it.

use crate::channel_map::ChannelMap;
use crate::codec::{file_length, memory_length, short_length};
use crate::covered::Bounds;
use crate::entry::{ChannelState, entry_length, kind_index};
use crate::locks;
use bytes::Bytes;
use channel_log::LogChannelKind;
use std::sync::{RwLock, RwLockReadGuard};
use types::{ChannelId, Number, Time};

/// An entry of a group that will be published.
pub(crate) struct Staged {
    pub(crate) channel: ChannelId,
    /// The channel's state after the entry.
    pub(crate) state: ChannelState,
    /// The entry's offset in the group's bytes, if it has a record.
    pub(crate) record: Option<u32>,
}

/// The entries of one log file.
pub(crate) struct Memtable {
    /// The number of the log file.
    pub(crate) log: u64,
    content: RwLock<Content>,
}

#[derive(Default)]
pub(crate) struct Content {
    groups: Vec<Bytes>,
    pub(crate) channels: ChannelMap<Slot>,
    index_bytes: u64,
    /// The time of the oldest record, by kind of channel.
    oldest: [Option<Time>; 3],
}

/// One channel in the table: its newest state, and its records of that generation, without a gap.
pub(crate) struct Slot {
    pub(crate) state: ChannelState,
    first: Number,
    places: Vec<Place>,
}

#[derive(Debug, Clone, Copy)]
struct Place {
    group: u32,
    offset: u32,
}

/// A channel's records in a table from some number on.
pub(crate) struct Run {
    pub(crate) state: ChannelState,
    /// The bounds of all records of the state's generation in the table.
    pub(crate) bounds: Option<Bounds>,
    /// The entries from the requested number on, at most as many as requested.
    pub(crate) entries: Vec<Bytes>,
}

/// Approximate memory that a channel and a record need in the index, in bytes.
const SLOT_BYTES: u64 = 160;
const PLACE_BYTES: u64 = 12;

impl Memtable {
    pub(crate) fn new(log: u64) -> Self {
        Self {
            log,
            content: RwLock::default(),
        }
    }

    pub(crate) fn content(&self) -> RwLockReadGuard<'_, Content> {
        locks::read(&self.content)
    }

    /// Makes a durable group visible.
    pub(crate) fn publish(
        &self,
        group: Bytes,
        time: Time,
        staged: impl IntoIterator<Item = Staged>,
    ) {
        locks::write(&self.content).publish(group, time, staged);
    }

    pub(crate) fn state(&self, channel: &ChannelId) -> Option<ChannelState> {
        self.content().state(channel)
    }

    /// Number of channels in the table.
    pub(crate) fn channels(&self) -> u64 {
        file_length(self.content().channels.len())
    }

    /// The channel's state, and at most `limit` of its entries with numbers from `from` on.
    pub(crate) fn run(&self, channel: &ChannelId, from: Number, limit: usize) -> Option<Run> {
        let content = self.content();
        let slot = content.channels.get(channel)?;
        Some(Run {
            state: slot.state,
            bounds: slot.bounds(),
            entries: content.entries(slot, from).take(limit).collect(),
        })
    }

    /// The time of the oldest record in channels of a kind.
    pub(crate) fn oldest(&self, kind: LogChannelKind) -> Option<Time> {
        let content = self.content();
        content.oldest.get(kind_index(kind)).copied().flatten()
    }

    /// Approximate memory of the index in bytes, without the groups.
    pub(crate) fn index_bytes(&self) -> u64 {
        self.content().index_bytes
    }
}

impl Content {
    pub(crate) fn state(&self, channel: &ChannelId) -> Option<ChannelState> {
        self.channels.get(channel).map(|slot| slot.state)
    }

    fn publish(&mut self, group: Bytes, time: Time, staged: impl IntoIterator<Item = Staged>) {
        let number = short_length(self.groups.len());
        self.groups.push(group);
        for Staged {
            channel,
            state,
            record,
        } in staged
        {
            let slot = self.channels.entry(channel).or_insert_with(|| {
                self.index_bytes += SLOT_BYTES;
                Slot {
                    state,
                    first: state.number,
                    places: Vec::new(),
                }
            });
            if slot.state.generation != state.generation {
                slot.places.clear();
            }
            slot.state = state;
            if let Some(offset) = record {
                if let Some(oldest) = self.oldest.get_mut(kind_index(state.kind)) {
                    oldest.get_or_insert(time);
                }
                if slot.places.is_empty() {
                    slot.first = state.number;
                }
                slot.places.push(Place {
                    group: number,
                    offset,
                });
                self.index_bytes += PLACE_BYTES;
            }
        }
    }

    /// The slot's entries with a record, from a number on.
    pub(crate) fn entries(&self, slot: &Slot, from: Number) -> impl Iterator<Item = Bytes> {
        let skip = from.get().saturating_sub(slot.first.get());
        let places = slot.places.get(memory_length(skip)..).unwrap_or_default();
        places.iter().map(|place| {
            let entry = self.entry(*place);
            entry.unwrap_or_else(|| panic!("the table has no entry at {place:?}"))
        })
    }

    fn entry(&self, place: Place) -> Option<Bytes> {
        let group = self.groups.get(memory_length(place.group.into()))?;
        let start = memory_length(place.offset.into());
        let length = entry_length(group.get(start..)?)?;
        Some(group.slice(start..start.checked_add(length)?))
    }
}

impl Slot {
    /// The bounds of the records of the slot's generation.
    fn bounds(&self) -> Option<Bounds> {
        (!self.places.is_empty()).then_some(Bounds {
            first: self.first,
            end: self.state.number.next().get(),
        })
    }
}
