//! A copy of a log while it is written: a backup.
//!
//! Everything that is durable when the copy begins is made segments of; those never change. The copy has them, a manifest
//! that names them, and an empty log file, as the directory of an engine that just flushed.

use crate::codec::memory_length;
use crate::disk::DiskFile;
use crate::error::{Failure, OpenError};
use crate::locks;
use crate::log_file::{GROUPS_START, LogFiles};
use crate::opening::SEGMENT_BYTES_MIN;
use crate::queue::Request;
use crate::segment::{Segment, segment_path};
use crate::shared::Shared;
use crate::{Checked, EmbeddedLog, check_on};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// So much is read and written at once.
const PIECE_BYTES: u64 = 1 << 20;

impl EmbeddedLog {
    /// Copies the log into a new or empty directory, and verifies the copy: it holds everything that was durable when
    /// this was called, and perhaps more. Appends go on meanwhile. What goes wrong with the copy does not stop the log.
    pub async fn copy_to(&self, directory: PathBuf) -> Result<Checked, OpenError> {
        let shared = Arc::clone(&self.shared);
        let copied = tokio::task::spawn_blocking(move || {
            flush(&shared);
            copy(&shared, &directory)?;
            check_on(&*shared.disk, &directory)
        });
        copied
            .await
            .unwrap_or_else(|_| Err(Failure::Closing.into()))
    }
}

/// Has all tables in memory become segments.
fn flush(shared: &Shared) {
    let view = shared.view();
    let active = &view.active;
    if active.channels() > 0 {
        if shared.queue.push(Request::Seal(active.log)) {
            shared.pipeline.wait_flushed(active.log);
        }
    } else if let Some(newest) = view.sealed.last() {
        shared.pipeline.wait_flushed(newest.log);
    }
}

fn copy(shared: &Shared, directory: &Path) -> Result<(), Failure> {
    // Then nobody made segments of the tables.
    if shared.pipeline.is_closed() {
        return Err(Failure::Closing);
    }
    let disk = &shared.disk;
    disk.create_directory(directory)
        .map_err(Failure::io("creating", directory))?;
    // Their files stay open in the view's segments, also when a merge removes their names meanwhile.
    let (manifest, segments) = {
        let manifest = locks::lock(&shared.manifest);
        (manifest.clone(), shared.view().segments.clone())
    };
    for segment in segments {
        let path = segment_path(directory, segment.id);
        let file = disk.create(&path).map_err(Failure::io("creating", &path))?;
        copy_segment(&segment, &path, &*file)?;
    }
    let capacity = GROUPS_START + SEGMENT_BYTES_MIN;
    LogFiles::new(Arc::clone(disk), directory.to_owned(), capacity).prepare(manifest.first_log)?;
    manifest.write(&**disk, directory)
}

fn copy_segment(from: &Segment, path: &Path, to: &dyn DiskFile) -> Result<(), Failure> {
    let mut offset = 0;
    while offset < from.length {
        let length = PIECE_BYTES.min(from.length - offset);
        let piece = from.piece(offset, memory_length(length))?;
        to.write_at(&piece, offset)
            .map_err(Failure::io("writing", path))?;
        offset += length;
    }
    to.sync().map_err(Failure::io("syncing", path))
}
