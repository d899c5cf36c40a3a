//! Copies a database while it is in use: a backup.

use super::connection;
use super::identity::say_whole;
use crate::DatabaseError;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

/// Writes the committed state of the database at `from` to a new file at `to`, synced: one consistent state. Writers
/// continue meanwhile; the write-ahead log grows until the copy is complete. Blocks.
pub fn copy(from: &Path, to: &Path) -> Result<(), DatabaseError> {
    const COPY: &str = "VACUUM INTO $1";
    let failed = |cause| DatabaseError::statement(COPY, cause);
    let reader = connection::reader(from).map_err(|cause| DatabaseError::open(from, cause))?;
    let name = to
        .to_str()
        .ok_or_else(|| failed(rusqlite::Error::InvalidPath(to.to_owned())))?;
    reader.execute(COPY, [name]).map_err(failed)?;
    let copy = connection::open(to, connection::Mode::Write);
    let copy = copy.map_err(|cause| DatabaseError::open(to, cause))?;
    // The copied state may be from within a checkpoint. The copy itself needs no write-ahead log.
    say_whole(&copy).map_err(failed)?;
    copy.close().map_err(|(_, cause)| failed(cause))?;
    let synced = File::open(to).and_then(|file| file.sync_all());
    synced.map_err(|error| DatabaseError::DiskFailed {
        cause: Arc::new(error),
    })
}
