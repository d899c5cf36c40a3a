//! Reads the records after a position: from the tables in memory if they reach back far enough, otherwise from
//! segments.

use crate::covered::Covered;
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

/// The result of a read from memory.
enum InMemory {
    Answer(Read),
    /// The answer needs segments: call [`read`].
    NeedsFiles,
}

/// A run of a channel's records.
enum Part {
    Table(Run),
    Segment(Arc<Segment>, DirectoryEntry),
}

/// Runs of a channel's records, newest first. Each ends where the previous one begins.
#[derive(Default)]
struct Reach {
    /// The covered range. `None` until the channel is found.
    covered: Option<Covered>,
    parts: Vec<Part>,
}

/// Answers from memory if possible, otherwise from files. `None` if the channel does not exist.
pub(crate) async fn read_anywhere(
    shared: &Arc<Shared>,
    channel: ChannelId,
    after: Position,
    limit: ReadLimit,
) -> Result<Option<Read>, Stopped> {
    // A reader that always finds its answer in memory would never yield to other tasks.
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

/// Answers from memory if possible.
fn read_in_memory(
    shared: &Shared,
    channel: &ChannelId,
    after: Position,
    limit: ReadLimit,
) -> Result<InMemory, Failure> {
    let view = shared.view();
    let need = after.number.next();
    let reach = Reach::tables(&view, channel, need, limit);
    // The cache may be newer than the view, so it is used only for answers without records.
    let state = reach.covered.map(|covered| *covered.state());
    let Some(state) = state.or_else(|| shared.heads.get(channel)) else {
        return Ok(InMemory::NeedsFiles);
    };
    if let Some(answer) = without_records(&state, after) {
        return Ok(InMemory::Answer(answer));
    }
    match reach.covered {
        Some(covered) if covered.reaches(need) => {
            let answer = answer(&covered, &reach.parts, need, limit);
            answer.map(InMemory::Answer)
        }
        _ => Ok(InMemory::NeedsFiles),
    }
}

/// Answers from memory and segments. Reads files. `None` if the channel does not exist.
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
    let in_tables = reach.covered.is_some();
    reach.segments(&view, channel, need)?;
    let Some(covered) = reach.covered else {
        return Ok(None);
    };
    let state = covered.state();
    if !in_tables {
        shared.heads.loaded(version, *channel, *state);
    }
    if let Some(answer) = without_records(state, after) {
        return Ok(Some(answer));
    }
    answer(&covered, &reach.parts, need, limit).map(Some)
}

/// The answer, if it contains no records.
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
    /// Goes back through the tables in memory, as far as they reach or as `need` requires.
    fn tables(view: &View, channel: &ChannelId, need: Number, limit: ReadLimit) -> Self {
        let mut reach = Self::default();
        for table in view.tables() {
            let Some(run) = table.run(channel, need, limit.records.max(1)) else {
                continue;
            };
            let covered = reach.covered.get_or_insert_with(|| Covered::new(run.state));
            if covered.extend(&run.state, run.bounds) {
                reach.parts.push(Part::Table(run));
            }
            if covered.reaches(need) {
                break;
            }
        }
        reach
    }

    /// Goes further back through the segments.
    fn segments(&mut self, view: &View, channel: &ChannelId, need: Number) -> Result<(), Failure> {
        for segment in view.segments.iter().rev() {
            if self.covered.is_some_and(|covered| covered.reaches(need)) {
                return Ok(());
            }
            let Some(entry) = segment.find(channel)? else {
                continue;
            };
            let covered = self
                .covered
                .get_or_insert_with(|| Covered::new(entry.state));
            if covered.extend(&entry.state, entry.bounds()) {
                self.parts.push(Part::Segment(Arc::clone(segment), entry));
            }
        }
        if let Some(covered) = &mut self.covered {
            covered.complete();
        }
        Ok(())
    }
}

/// The answer for a number up to the newest, if the covered range reaches it.
fn answer(
    covered: &Covered,
    parts: &[Part],
    need: Number,
    limit: ReadLimit,
) -> Result<Read, Failure> {
    let newest = covered.state().head();
    let oldest = covered.oldest();
    if need < oldest {
        return Ok(Read::Trimmed { oldest, newest });
    }
    let mut records = Vec::new();
    let mut bytes = 0_usize;
    for part in parts.iter().rev() {
        let next = next_of(&records, need);
        let left = ReadLimit {
            records: limit.records.max(1).saturating_sub(records.len()),
            bytes: limit.bytes.saturating_sub(bytes),
        };
        if left.records == 0 || (!records.is_empty() && left.bytes == 0) {
            break;
        }
        let (entries, end) = match part {
            Part::Table(run) => (copied(&run.entries, left), run.state.number.next().get()),
            Part::Segment(segment, run) => (segment.run(run, next, left)?, run.end()),
        };
        for entry in entries {
            bytes = bytes.saturating_add(entry.len());
            records.push(record(&entry, next_of(&records, need))?);
        }
        if next_of(&records, need).get() < end {
            break;
        }
    }
    assert!(
        !records.is_empty(),
        "a read from {need} on finds nothing where {oldest} is the oldest and {} the newest",
        newest.position
    );
    Ok(Read::Records { records, newest })
}

/// The number after the records found.
fn next_of(records: &[Record], need: Number) -> Number {
    records.last().map_or(need, |record| record.number.next())
}

/// Copies a table's entries out of their groups, so that a slow reader does not keep whole groups in memory.
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
