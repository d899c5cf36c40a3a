//! The thread that prepares log files and writes full tables as segments.

use crate::codec::file_length;
use crate::entry::{ChannelState, read_entry};
use crate::error::{Damage, Failure};
use crate::locks;
use crate::log_file::LogFiles;
use crate::manifest::{Manifest, SegmentName};
use crate::memtable::Memtable;
use crate::pipeline::{FlusherWork, Sealed};
use crate::segment::{Segment, SegmentWriter};
use crate::shared::{Shared, StopOnPanic};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use types::{ChannelId, Number, Time};

pub(crate) struct Flusher {
    pub(crate) shared: Arc<Shared>,
    pub(crate) logs: LogFiles,
    /// The number of the next log file to prepare.
    pub(crate) next_log: u64,
}

impl Flusher {
    /// Runs until the engine closes, or until a failure.
    pub(crate) fn run(mut self) {
        let _stop_on_panic = StopOnPanic(Arc::clone(&self.shared));
        loop {
            let result = match self.shared.pipeline.flusher_work() {
                FlusherWork::Close => return,
                FlusherWork::PrepareLog => self.prepare(),
                FlusherWork::Flush(sealed) => self.flush(&sealed),
            };
            if let Err(failure) = result {
                self.shared.fail(&failure);
                return;
            }
        }
    }

    fn prepare(&mut self) -> Result<(), Failure> {
        let log = self.logs.prepare(self.next_log)?;
        self.next_log += 1;
        self.shared.pipeline.prepared(log);
        Ok(())
    }

    fn flush(&mut self, sealed: &Sealed) -> Result<(), Failure> {
        let shared = &self.shared;
        let id = next_segment(&shared.manifest);
        let (segment, newest_time) = self.write_segment(sealed, id)?;
        // The states go into the cache before the table leaves memory.
        let states = states(&sealed.table);
        shared.heads.leaving(states.into_iter());
        let mut manifest = locks::lock(&shared.manifest);
        manifest.segments.push(SegmentName::of(&segment));
        manifest.first_log = sealed.table.log + 1;
        manifest.first_sequence = sealed.next_sequence;
        manifest.newest_time = manifest.newest_time.max(newest_time);
        manifest.write(&*shared.disk, &shared.config.directory)?;
        shared.change_view(|view| {
            view.sealed.retain(|table| table.log != sealed.table.log);
            view.segments.push(segment);
        });
        drop(manifest);
        self.logs.recycle(&sealed.log_path, sealed.table.log)?;
        shared.counters.flushes.fetch_add(1, Ordering::Relaxed);
        shared.pipeline.flushed();
        Ok(())
    }

    fn write_segment(&self, sealed: &Sealed, id: u64) -> Result<(Arc<Segment>, Time), Failure> {
        let shared = &self.shared;
        let content = sealed.table.content();
        let mut channels: Vec<&ChannelId> = content.channels.keys().collect();
        channels.sort_unstable();
        let mut newest_time = Time::from_ms(0);
        let mut pace = || match shared.pipeline.is_closed() {
            true => Err(Failure::Closing),
            false => Ok(()),
        };
        let mut writer = SegmentWriter::create(
            &*shared.disk,
            &shared.config.directory,
            id,
            file_length(channels.len()),
            &mut pace,
        )?;
        for channel in channels {
            let Some(slot) = content.channels.get(channel) else {
                continue;
            };
            let from = slot.state.trimmed.next().max(Number::FIRST);
            for bytes in content.entries(slot, from) {
                let entry = read_entry(&bytes).ok_or_else(|| in_memory(&sealed.log_path))?;
                newest_time = newest_time.max(entry.time);
                writer.record(&entry, &bytes)?;
            }
            writer.channel(*channel, slot.state)?;
        }
        Ok((Arc::new(writer.finish()?), newest_time))
    }
}

/// The id of a new segment. It becomes durable with the manifest that names the segment. Until then the file may be
/// removed and the id reused.
pub(crate) fn next_segment(manifest: &std::sync::Mutex<Manifest>) -> u64 {
    let mut manifest = locks::lock(manifest);
    let id = manifest.next_segment;
    manifest.next_segment += 1;
    id
}

fn states(table: &Memtable) -> Vec<(ChannelId, ChannelState)> {
    let content = table.content();
    let channels = content.channels.iter();
    channels
        .map(|(channel, slot)| (*channel, slot.state))
        .collect()
}

/// Bytes in memory are verified like bytes on a disk before they are written again.
fn in_memory(log: &Path) -> Damage {
    Damage::new(log, 0, "a record in memory no longer verifies")
}
