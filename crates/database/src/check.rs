//! Whether a database file is whole.

use crate::{DatabaseError, identity};
use std::path::Path;

/// Reads every page and index of the file at `path`, which a service may be writing to meanwhile. Blocks, and takes as
/// long as the file is large.
pub fn check(path: &Path) -> Result<(), DatabaseError> {
    let connection = identity::open_still(path)?;
    let statement = "PRAGMA integrity_check(1)";
    let found: String = connection
        .query_row(statement, [], |row| row.get(0))
        .map_err(|cause| DatabaseError::statement(statement, cause))?;
    if found == "ok" {
        Ok(())
    } else {
        Err(DatabaseError::Damaged {
            path: path.to_owned(),
            found,
        })
    }
}
