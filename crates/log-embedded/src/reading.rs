//! Reading what follows a position: from the tables in memory where they reach back far enough, else from segments.

use crate::entry::{ChannelState, read_entry};
use crate::error::{Damage, Failure};
use crate::memtable::Run;
use crate::segment::{DirectoryEntry, Segment};
use crate::shared::Shared;
use crate::view::View;
use bytes::{Bytes, BytesMut};
use channel_log::{Read, ReadLimit, Record, Stopped};
use std::sync::Arc;
use types::{ChannelId, Number, Position};

/// What memory can say of a read.
enum InMemory {
    Answer(Read),
    /// Segments have to be asked: [`read`].
    NeedsFiles,
}

/// A stretch of a channel's records.
enum Part {
    Table(Run),
    Segment(Arc<Segment>, DirectoryEntry),
}

impl Part {
    /// The number after its last.
    fn end(&self) -> u64 {
        match self {
            Self::Table(run) => run.end.get(),
            Self::Segment(_, run) => run.end(),
        }
    }
}

/// Stretches of a channel's records, newest first, each ending where the one before it begins.
struct Reach {
    state: Option<ChannelState>,
    /// The oldest number reached.
    first: Option<Number>,
    parts: Vec<Part>,
    /// Nothing older is there.
    exhausted: bool,
}

/// Answers from memory if that is possible, else from files; `None` if there is no such channel.
pub(crate) async fn read_anywhere(
    shared: &Arc<Shared>,
    channel: ChannelId,
    after: Position,
    limit: ReadLimit,
) -> Result<Option<Read>, Stopped> {
    // A reader that finds all in memory, again and again, would never let others have their turn.
    tokio::task::coop::consume_budget().await;
    if let Some(stopped) = shared.stop.stopped() {
        return Err(stopped);
    }
    match read_in_memory(shared, &channel, after, limit) {
        Ok(InMemory::Answer(read)) => Ok(Some(read)),
        Ok(InMemory::NeedsFiles) => {
            shared
                .on_files(move |shared| read(shared, &channel, after, limit))
                .await
        }
        Err(failure) => {
            shared.fail(&failure);
            Err(shared.stop.reason())
        }
    }
}

/// Answers from memory if that is possible.
fn read_in_memory(
    shared: &Shared,
    channel: &ChannelId,
    after: Position,
    limit: ReadLimit,
) -> Result<InMemory, Failure> {
    let view = shared.view();
    let need = after.number.next();
    let reach = Reach::tables(&view, channel, need, limit);
    // The cache may be newer than the view: it is asked only for answers that need no records.
    let Some(state) = reach.state.or_else(|| shared.heads.get(channel)) else {
        return Ok(InMemory::NeedsFiles);
    };
    if let Some(answer) = without_records(&state, after) {
        return Ok(InMemory::Answer(answer));
    }
    if reach.state.is_none() || !reach.is_enough(&state, need) {
        return Ok(InMemory::NeedsFiles);
    }
    reach.answer(&state, need, limit).map(InMemory::Answer)
}

/// Answers from memory and segments; `None` if there is no such channel. Reads files.
fn read(
    shared: &Shared,
    channel: &ChannelId,
    after: Position,
    limit: ReadLimit,
) -> Result<Option<Read>, Failure> {
    let version = shared.heads.version();
    let view = shared.view();
    let need = after.number.next();
    let mut reach = Reach::tables(&view, channel, need, limit);
    let in_tables = reach.state.is_some();
    reach.segments(&view, channel, need)?;
    let Some(state) = reach.state else {
        return Ok(None);
    };
    if !in_tables {
        shared.heads.loaded(version, *channel, state);
    }
    if let Some(answer) = without_records(&state, after) {
        return Ok(Some(answer));
    }
    reach.answer(&state, need, limit).map(Some)
}

/// The answer where it takes no records.
fn without_records(state: &ChannelState, after: Position) -> Option<Read> {
    let newest = state.head();
    if after == newest.position {
        let records = Vec::new();
        Some(Read::Records { records, newest })
    } else if after > newest.position {
        Some(Read::Ahead { newest })
    } else if after.generation < newest.position.generation {
        Some(Read::Generation { newest })
    } else {
        None
    }
}

impl Reach {
    /// As far back as the tables in memory go, or as is needed.
    fn tables(view: &View, channel: &ChannelId, need: Number, limit: ReadLimit) -> Self {
        let mut reach = Self {
            state: None,
            first: None,
            parts: Vec::new(),
            exhausted: false,
        };
        for table in view.tables() {
            let Some(run) = table.run(channel, need, limit.records.max(1)) else {
                continue;
            };
            if !reach.follows(&run.state) {
                break;
            }
            if let Some(first) = run.first {
                reach.first = Some(first);
                reach.parts.push(Part::Table(run));
            }
            if reach
                .state
                .is_some_and(|state| reach.is_enough(&state, need))
            {
                break;
            }
        }
        reach
    }

    /// Further back through segments.
    fn segments(&mut self, view: &View, channel: &ChannelId, need: Number) -> Result<(), Failure> {
        for segment in view.segments.iter().rev() {
            if let Some(state) = self.state
                && (need > state.number || self.is_enough(&state, need))
            {
                return Ok(());
            }
            let Some(entry) = segment.find(channel)? else {
                continue;
            };
            if !self.follows(&entry.state) {
                return Ok(());
            }
            if entry.count == 0 {
                continue;
            }
            // Before a gap lies only what was trimmed by age in a later segment already.
            if self.first.is_some_and(|first| first.get() != entry.end()) {
                break;
            }
            self.first = Some(entry.first);
            self.parts.push(Part::Segment(Arc::clone(segment), entry));
        }
        self.exhausted = true;
        Ok(())
    }

    /// Takes an older state; whether it is still of the same generation.
    fn follows(&mut self, state: &ChannelState) -> bool {
        let newest = self.state.get_or_insert(*state);
        if newest.generation != state.generation {
            self.exhausted = true;
        }
        !self.exhausted
    }

    /// Whether all that is needed was reached, or all there is.
    fn is_enough(&self, state: &ChannelState, need: Number) -> bool {
        let wanted = need.max(state.trimmed.next());
        self.exhausted
            || wanted > state.number && state.number == state.trimmed
            || self
                .first
                .is_some_and(|first| first <= wanted || first == Number::FIRST)
    }

    /// The answer for a number at or before the newest.
    fn answer(
        &self,
        state: &ChannelState,
        need: Number,
        limit: ReadLimit,
    ) -> Result<Read, Failure> {
        let newest = state.head();
        let kept = state.trimmed.next();
        let oldest = self.first.unwrap_or(state.number.next()).max(kept);
        if need < oldest {
            return Ok(Read::Trimmed { oldest, newest });
        }
        let mut records = Vec::new();
        let mut bytes = 0_usize;
        for part in self.parts.iter().rev() {
            let next = next_of(&records, need);
            if part.end() <= next.get() {
                continue;
            }
            let left = ReadLimit {
                records: limit.records.max(1).saturating_sub(records.len()),
                bytes: limit.bytes.saturating_sub(bytes),
            };
            if left.records == 0 || (!records.is_empty() && left.bytes == 0) {
                break;
            }
            let entries = match part {
                Part::Table(run) => copied(&run.entries, left),
                Part::Segment(segment, run) => segment.run(run, next, left)?,
            };
            for entry in entries {
                bytes = bytes.saturating_add(entry.len());
                records.push(record(&entry, next_of(&records, need))?);
            }
            if next_of(&records, need).get() < part.end() {
                break;
            }
        }
        Ok(Read::Records { records, newest })
    }
}

/// The number that comes after those found.
fn next_of(records: &[Record], need: Number) -> Number {
    records.last().map_or(need, |record| record.number.next())
}

/// Copies a table's entries out of the groups, so that a reader holds on to none of them.
fn copied(entries: &[Bytes], limit: ReadLimit) -> Vec<Bytes> {
    let mut total = 0_usize;
    let within = entries.iter().take(limit.records).take_while(|entry| {
        let goes_on = total == 0 || total < limit.bytes;
        total += entry.len();
        goes_on
    });
    let taken: Vec<&Bytes> = within.collect();
    let mut buffer = BytesMut::with_capacity(taken.iter().map(|entry| entry.len()).sum());
    taken
        .iter()
        .for_each(|entry| buffer.extend_from_slice(entry));
    let mut whole = buffer.freeze();
    taken
        .iter()
        .map(|entry| whole.split_to(entry.len()))
        .collect()
}

fn record(bytes: &Bytes, expected: Number) -> Result<Record, Failure> {
    let damage = || {
        Damage::new(
            "memory".as_ref(),
            0,
            "a record in memory no longer verifies",
        )
    };
    let entry = read_entry(bytes).filter(|entry| entry.state.number == expected);
    let entry = entry.ok_or_else(damage)?;
    let length = entry.record.map_or(0, <[u8]>::len);
    Ok(Record {
        number: entry.state.number,
        hash: entry.state.hash,
        bytes: bytes.slice(bytes.len() - length..),
    })
}
