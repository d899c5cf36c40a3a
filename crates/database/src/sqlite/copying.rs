//! A copy of a database while it is written: a backup.

use super::connection;
use super::identity::say_whole;
use crate::DatabaseError;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

/// Writes what is committed in the database at `from` into a new file at `to`, synced: one consistent state. Writers go on
/// meanwhile; the write-ahead log grows until the copy is made. Blocks.
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
    // The state that was copied may be from within a checkpoint. The copy needs no write-ahead log.
    say_whole(&copy).map_err(failed)?;
    copy.close().map_err(|(_, cause)| failed(cause))?;
    let synced = File::open(to).and_then(|file| file.sync_all());
    synced.map_err(|error| DatabaseError::DiskFailed {
        cause: Arc::new(error),
    })
}
