//! What can go wrong with a database.

use rusqlite::ffi;
use std::error::Error as StdError;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use thiserror::Error;

/// What the engine under the database answered.
pub type Cause = Arc<dyn StdError + Send + Sync>;

/// Why a database did not open, or a unit of work was not done. Cloned to every unit of a group that failed together.
#[derive(Debug, Clone, Error)]
pub enum DatabaseError {
    /// The database does not open.
    #[error("cannot open the database {database}")]
    Open {
        /// Which one: a file's path.
        database: String,
        /// What the engine answered.
        #[source]
        cause: Cause,
    },
    /// The file holds what cannot be.
    #[error("the database {path} is damaged: {found}")]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What was found.
        found: String,
    },
    /// The file is not whole without its write-ahead log, which is missing or empty.
    #[error(
        "{path} is without its write-ahead log {log}, which holds what was committed last: put the log back, or restore the \
         data directory from a backup (a file that a backup tool wrote whole is taken after `UPDATE identity SET whole = 1` \
         in sqlite3)"
    )]
    LogMissing {
        /// Which file.
        path: PathBuf,
        /// Its log.
        log: PathBuf,
    },
    /// A migration failed; nothing of this start's migrations was applied.
    #[error("migration {version} ({name}) failed")]
    Migration {
        /// Which one.
        version: u32,
        /// Its name.
        name: &'static str,
        /// What the engine answered.
        #[source]
        cause: Cause,
    },
    /// The file holds a migration that this program does not have, or has otherwise.
    #[error(
        "the database was migrated by another version of this program: migration {version} differs"
    )]
    MigrationDiffers {
        /// Which one.
        version: u32,
    },
    /// The given migrations do not count 1, 2, 3 …
    #[error("migrations count from 1 without gaps; {version} is out of order")]
    MigrationOutOfOrder {
        /// Which one.
        version: u32,
    },
    /// A statement violated a constraint: a key that exists, a reference that does not.
    #[error("a constraint refused `{statement}`")]
    Constraint {
        /// Which statement.
        statement: &'static str,
        /// Whether the key exists already.
        repeated: bool,
        /// What the engine answered.
        #[source]
        cause: Cause,
    },
    /// Units of other processes changed the same rows at the same time, again and again. Nothing was kept: ask again.
    #[error("others changed the same rows of the database again and again")]
    Conflict {
        /// What the engine answered.
        #[source]
        cause: Cause,
    },
    /// The database does not answer. Nothing was kept: ask again.
    #[error("the database is not available")]
    Unavailable {
        /// What the engine answered.
        #[source]
        cause: Cause,
    },
    /// The database went away while it committed: whether the unit was done is not known. Who asks again finds it done, or
    /// does it.
    #[error("whether the database has committed is not known")]
    OutcomeUnknown {
        /// What the engine answered.
        #[source]
        cause: Cause,
    },
    /// The disk under the database failed, or holds what cannot be. The database stops.
    #[error("the disk under the database failed")]
    DiskFailed {
        /// What the engine answered.
        #[source]
        cause: Cause,
    },
    /// A statement failed.
    #[error("cannot execute `{statement}`")]
    Statement {
        /// Which statement.
        statement: &'static str,
        /// What the engine answered.
        #[source]
        cause: Cause,
    },
    /// As many values as placeholders are needed.
    #[error("`{statement}` has {want} placeholders, not {have}")]
    Parameters {
        /// Which statement.
        statement: &'static str,
        /// Placeholders.
        want: usize,
        /// Values given.
        have: usize,
    },
    /// Exactly one row was expected.
    #[error("`{statement}` gave {rows} rows where one is expected")]
    NotOneRow {
        /// Which statement.
        statement: &'static str,
        /// How many there were.
        rows: usize,
    },
    /// A column that is missing or holds something else.
    #[error("column {column} does not hold {wanted}")]
    Column {
        /// Its name or index.
        column: String,
        /// What was wanted.
        wanted: &'static str,
    },
    /// The unit of work waited for something other than its transaction. A fault of the program: it holds up the writer.
    #[error("a unit of work waited for something other than its transaction")]
    Waited,
    /// The group that this unit was in could not be committed; nothing of it was kept.
    #[error("the commit failed")]
    Commit {
        /// What the engine answered.
        #[source]
        cause: Cause,
    },
    /// The database stopped before, after a failure of the disk or a panic in a unit of work.
    #[error("the database has stopped")]
    Stopped,
}

impl DatabaseError {
    /// Whether it may be otherwise in a while: who asks again, with the same input, may be answered.
    #[must_use]
    pub const fn passes(&self) -> bool {
        matches!(
            self,
            Self::Conflict { .. } | Self::Unavailable { .. } | Self::OutcomeUnknown { .. }
        )
    }

    /// Whether the engine refused a statement, and with it the transaction.
    pub(crate) const fn is_of_engine(&self) -> bool {
        matches!(
            self,
            Self::Constraint { .. }
                | Self::Conflict { .. }
                | Self::Unavailable { .. }
                | Self::DiskFailed { .. }
                | Self::Statement { .. }
        )
    }

    pub(crate) fn open(path: &Path, cause: rusqlite::Error) -> Self {
        Self::Open {
            database: path.display().to_string(),
            cause: Arc::new(cause),
        }
    }

    pub(crate) fn statement(statement: &'static str, cause: rusqlite::Error) -> Self {
        let constraint =
            cause.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation);
        let repeated = matches!(
            cause.sqlite_error().map(|error| error.extended_code),
            Some(ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_UNIQUE)
        );
        let disk = disk_failed(&cause);
        let cause: Cause = Arc::new(cause);
        if constraint {
            Self::Constraint {
                statement,
                repeated,
                cause,
            }
        } else if disk {
            Self::DiskFailed { cause }
        } else {
            Self::Statement { statement, cause }
        }
    }
}

/// Whether the disk under the database can no longer be trusted, so that going on could acknowledge what is not there.
pub(crate) fn disk_failed(cause: &rusqlite::Error) -> bool {
    matches!(
        cause.sqlite_error_code(),
        Some(
            rusqlite::ErrorCode::SystemIoFailure
                | rusqlite::ErrorCode::DatabaseCorrupt
                | rusqlite::ErrorCode::NotADatabase
        )
    )
}
