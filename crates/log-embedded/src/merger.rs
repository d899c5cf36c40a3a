//! The thread that merges segments, one merge at a time and no faster than necessary, and removes records beyond their
//! retention.
//!
//! A channel's state is never removed, even when all its records are.

use crate::covered::Covered;
use crate::entry::ChannelState;
use crate::error::Failure;
use crate::flusher::next_segment;
use crate::locks;
use crate::manifest::SegmentName;
use crate::queue::Request;
use crate::segment::{Cursor, DirectoryEntry, Segment, SegmentWriter};
use crate::shared::{Shared, StopOnPanic};
use crate::tiers;
use channel_log::LogChannelKind;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use types::{ChannelId, Time};

/// With more small segments than this, a merge does not pause any more.
const BACKLOG_MAX: usize = 16;
const PAUSE_MAX: Duration = Duration::from_millis(200);

/// Runs until the engine closes, or until a failure.
pub(crate) fn run(shared: &Arc<Shared>) {
    let _stop_on_panic = StopOnPanic(Arc::clone(shared));
    while let Some(wanted) = shared.pipeline.merger_work() {
        flush_due(shared);
        let mut again = true;
        while again {
            match merge_once(shared) {
                Ok(merged) => again = merged,
                Err(Failure::Closing) => return,
                Err(failure) => return shared.fail(&failure),
            }
        }
        shared.pipeline.merged(wanted);
    }
}

/// Makes segments of tables with records beyond their retention, because only merging segments removes records.
fn flush_due(shared: &Shared) {
    let now = (shared.config.clock)();
    let view = shared.view();
    let mut due = view
        .tables()
        .filter(|table| is_due(shared, now, |kind| table.oldest(kind)));
    let Some(newest) = due.next() else {
        return;
    };
    // Full tables are flushed anyway, in their order.
    let is_written = newest.log == view.active.log;
    if !is_written || shared.queue.push(Request::Seal(newest.log)) {
        shared.pipeline.wait_flushed(newest.log);
    }
}

/// Does the most urgent merge. Returns `false` if there was none to do.
fn merge_once(shared: &Shared) -> Result<bool, Failure> {
    let segments = shared.view().segments.clone();
    let sizes: Vec<u64> = segments.iter().map(|segment| segment.length).collect();
    let now = (shared.config.clock)();
    let range = tiers::choose(&sizes, shared.config.segment_bytes).or_else(|| {
        let due = segments
            .iter()
            .position(|segment| is_due(shared, now, |kind| segment.oldest(kind)))?;
        Some(due..due + 1)
    });
    let Some(inputs) = range.and_then(|range| segments.get(range)) else {
        return Ok(false);
    };
    let merged = Arc::new(merge(shared, inputs, now)?);
    replace(shared, inputs, merged)?;
    shared.counters.merges.fetch_add(1, Ordering::Relaxed);
    Ok(true)
}

/// Whether a table or segment has records that are older than the retention of their kind plus an eighth. The eighth
/// limits how often a record is copied because of older records in its segment.
fn is_due(shared: &Shared, now: Time, oldest: impl Fn(LogChannelKind) -> Option<Time>) -> bool {
    LogChannelKind::ALL.into_iter().any(|kind| {
        let kept = shared.config.retention.of(kind).map(milliseconds);
        match (kept, oldest(kind)) {
            (Some(kept), Some(oldest)) => now.ms_since(oldest) > kept.saturating_add(kept / 8),
            _ => false,
        }
    })
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Merges segments, oldest first, into a new one. Leaves out records that are trimmed, too old, or of an earlier
/// generation.
fn merge(shared: &Shared, inputs: &[Arc<Segment>], now: Time) -> Result<Segment, Failure> {
    let channels_max = inputs.iter().map(|segment| segment.channels).sum();
    let mut step = Instant::now();
    let mut pace = || {
        let worked = step.elapsed().min(PAUSE_MAX);
        let sizes = shared.view().segments.clone();
        let sizes = sizes.iter().map(|segment| segment.length);
        let behind = tiers::backlog(sizes, shared.config.segment_bytes) > BACKLOG_MAX;
        let pause = if behind { Duration::ZERO } else { worked };
        let goes_on = shared.pipeline.pause(pause);
        step = Instant::now();
        if goes_on {
            Ok(())
        } else {
            Err(Failure::Closing)
        }
    };
    let mut writer = SegmentWriter::create(
        &*shared.disk,
        &shared.config.directory,
        next_segment(&shared.manifest),
        channels_max,
        &mut pace,
    )?;
    let cursors = inputs
        .iter()
        .map(|segment| Cursor::new(Arc::clone(segment)));
    let mut cursors = cursors.collect::<Result<Vec<_>, _>>()?;
    while let Some(channel) = next_channel(&cursors) {
        merge_channel(shared, &mut cursors, channel, now, &mut writer)?;
    }
    writer.finish()
}

fn next_channel(cursors: &[Cursor]) -> Option<ChannelId> {
    let channels = cursors.iter().filter_map(Cursor::channel);
    channels.map(|entry| entry.channel).min()
}

fn merge_channel(
    shared: &Shared,
    cursors: &mut [Cursor],
    channel: ChannelId,
    now: Time,
    writer: &mut SegmentWriter<'_>,
) -> Result<(), Failure> {
    let mut runs: Vec<&mut Cursor> = cursors
        .iter_mut()
        .filter(|cursor| {
            cursor
                .channel()
                .is_some_and(|entry| entry.channel == channel)
        })
        .collect();
    let entries: Vec<DirectoryEntry> = runs
        .iter()
        .filter_map(|run| run.channel().copied())
        .collect();
    let Some(state) = entries.last().map(|entry| entry.state) else {
        return Ok(());
    };
    let covered = covered(shared, channel, state, &entries);
    let kept = shared.config.retention.of(state.kind).map(milliseconds);
    for (run, entry) in runs.iter_mut().zip(&entries) {
        let oldest = covered.map(|covered| covered.oldest());
        // Entries at or after the oldest covered number belong to the run; entries before it do not.
        if let Some(oldest) = oldest.filter(|oldest| entry.end() > oldest.get())
            && entry.state.generation == state.generation
        {
            run.records(|record, bytes| {
                let too_old = kept.is_some_and(|kept| now.ms_since(record.time) > kept);
                if too_old || record.state.number < oldest {
                    return Ok(());
                }
                writer.record(record, bytes)
            })?;
        }
        run.advance()?;
    }
    writer.channel(channel, state)
}

/// The channel's covered range in the merged segments, which have these entries. `None` if the channel has a later
/// generation.
fn covered(
    shared: &Shared,
    channel: ChannelId,
    mut state: ChannelState,
    entries: &[DirectoryEntry],
) -> Option<Covered> {
    // The channel may have been trimmed since. Only the state in memory is considered; the disk is not read for this.
    if let Some(current) = shared.state_in_memory(&channel) {
        if current.generation != state.generation {
            return None;
        }
        state.trimmed = state.trimmed.max(current.trimmed);
    }
    let mut covered = Covered::new(state);
    for entry in entries.iter().rev() {
        covered.extend(&entry.state, entry.bounds());
    }
    Some(covered)
}

/// Replaces the inputs by the merged segment.
fn replace(shared: &Shared, inputs: &[Arc<Segment>], merged: Arc<Segment>) -> Result<(), Failure> {
    let is_input = |id: u64| inputs.iter().any(|segment| segment.id == id);
    let mut manifest = locks::lock(&shared.manifest);
    // Only this thread removes segments, and the flusher only appends, so the inputs' position in the list has not
    // changed.
    let place = manifest.segments.iter().position(|name| is_input(name.id));
    let place = place.unwrap_or(manifest.segments.len());
    manifest.segments.retain(|name| !is_input(name.id));
    manifest.segments.insert(place, SegmentName::of(&merged));
    manifest.write(&*shared.disk, &shared.config.directory)?;
    shared.change_view(|view| {
        view.segments.retain(|segment| !is_input(segment.id));
        view.segments.insert(place, merged);
    });
    drop(manifest);
    for segment in inputs {
        shared
            .disk
            .remove(&segment.path)
            .map_err(Failure::io("removing", &segment.path))?;
    }
    tracing::debug!(
        inputs = inputs.len(),
        bytes = inputs.iter().map(|s| s.length).sum::<u64>(),
        "merged segments"
    );
    Ok(())
}
