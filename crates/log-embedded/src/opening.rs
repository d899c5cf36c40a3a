//! Opens a directory for work: makes verified data durable, removes leftovers, and assigns each log file its role: full
//! tables for the flusher, the file to write, and the next file.

use crate::config::Config;
use crate::disk::Disk;
use crate::error::{Failure, OpenError};
use crate::group::ALIGNMENT;
use crate::log_file::{GROUPS_START, LogFile, LogFiles};
use crate::manifest::Manifest;
use crate::memtable::Memtable;
use crate::pipeline::{Pipeline, Sealed};
use crate::recovery::{Replayed, inspect};
use crate::shared::Shared;
use crate::view::View;
use std::io;
use std::path::Path;
use std::sync::Arc;
use types::Time;

/// Minimum size of a log file. A smaller one could not contain a group of several records.
pub(crate) const SEGMENT_BYTES_MIN: u64 = 16 * ALIGNMENT;

/// An engine that is ready to run.
pub(crate) struct Opened {
    pub(crate) shared: Arc<Shared>,
    /// The log file to write.
    pub(crate) log: LogFile,
    pub(crate) next_sequence: u64,
    pub(crate) newest_time: Time,
    pub(crate) logs: LogFiles,
    /// The number of the next log file to prepare.
    pub(crate) next_log: u64,
}

/// Locks a directory. Creates it if it does not exist.
pub(crate) fn lock(disk: &dyn Disk, directory: &Path) -> Result<Box<dyn Send + Sync>, OpenError> {
    disk.create_directory(directory)
        .map_err(Failure::io("creating", directory))?;
    // The directory's own name must be durable in its parent; otherwise nothing in it is. This is also done for an
    // existing directory, because the run that created it may have ended before this step.
    let above = match directory.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) => parent,
        None => directory,
    };
    disk.sync_directory(above)
        .map_err(Failure::io("syncing", above))?;
    match disk.lock(directory) {
        Ok(lock) => Ok(lock),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Err(OpenError::InUse {
            directory: directory.to_owned(),
        }),
        Err(error) => Err(Failure::io("locking", directory)(error).into()),
    }
}

pub(crate) fn open(disk: Arc<dyn Disk>, config: Config) -> Result<Opened, OpenError> {
    let directory = config.directory.clone();
    let lock = lock(&*disk, &directory)?;
    let mut found = inspect(&*disk, &directory)?;
    // An earlier run may have ended between a rename and its sync. Sync now, so that no older manifest can come back
    // that names files removed below.
    disk.sync_directory(&directory)
        .map_err(Failure::io("syncing", &directory))?;
    for path in &found.leftovers {
        disk.remove(path).map_err(Failure::io("removing", path))?;
    }
    let capacity = GROUPS_START
        + config
            .segment_bytes
            .max(SEGMENT_BYTES_MIN)
            .next_multiple_of(ALIGNMENT);
    let mut logs = LogFiles::new(Arc::clone(&disk), directory.clone(), capacity);
    logs.take_spares(std::mem::take(&mut found.unused_logs))?;

    let mut later = std::mem::take(&mut found.logs);
    let written = later.iter().rposition(|log| log.groups > 0).unwrap_or(0);
    let mut empty = later.split_off((written + 1).min(later.len())).into_iter();
    let active = later.pop();
    if let Some(log) = &active {
        rewrite_last_group(log)?;
    }
    let (log, table) = match active {
        Some(log) => (continued(&log)?, Arc::clone(&log.table)),
        None => (logs.prepare(1)?, Arc::new(Memtable::new(1))),
    };
    let manifest = match found.manifest.take() {
        Some(manifest) => manifest,
        None => {
            let manifest = Manifest::empty();
            manifest.write(&*disk, &directory)?;
            manifest
        }
    };
    let next = empty.next().map(|log| continued(&log)).transpose()?;
    for surplus in empty {
        logs.recycle(&surplus.path, surplus.number)?;
    }
    let next_log = next.as_ref().map_or(log.number, |next| next.number) + 1;
    let view = View {
        active: table,
        sealed: later.iter().map(|log| Arc::clone(&log.table)).collect(),
        segments: found.segments,
    };
    let sealed = later.into_iter().map(|log| Sealed {
        table: log.table,
        log_path: log.path,
        next_sequence: log.next_sequence,
    });
    let pipeline = Pipeline::new(next, sealed.collect());
    Ok(Opened {
        shared: Arc::new(Shared::new(disk, config, pipeline, manifest, view, lock)),
        log,
        next_sequence: found.next_sequence,
        newest_time: found.newest_time,
        logs,
        next_log,
    })
}

/// Continues a log file after its last group. A torn tail stays until it is overwritten. It can never verify as the
/// next group, because it has the sequence of the group that is written over it.
fn continued(log: &Replayed) -> Result<LogFile, Failure> {
    let length = log.file.length();
    Ok(LogFile {
        number: log.number,
        salt: log.salt,
        path: log.path.clone(),
        file: Arc::clone(&log.file),
        end: log.end,
        capacity: length.map_err(Failure::io("measuring", &log.path))?,
    })
}

/// The last group was read, but may not be on the disk: the run that wrote it may have ended before its sync, or
/// because the sync failed, and then the system counts the pages as clean. So the group is written and synced again
/// before readers may see it.
fn rewrite_last_group(log: &Replayed) -> Result<(), Failure> {
    let Some((offset, group)) = &log.last_group else {
        return Ok(());
    };
    log.file
        .write_at(group, *offset)
        .and_then(|()| log.file.sync())
        .map_err(Failure::io("writing again", &log.path))
}
