//! Errors of a database.

use rusqlite::ffi;
use std::error::Error as StdError;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use thiserror::Error;

/// The engine's error.
pub type Cause = Arc<dyn StdError + Send + Sync>;

/// Why a database did not open, or a unit of work failed. Cloned for every unit of a group that failed together.
#[derive(Debug, Clone, Error)]
pub enum DatabaseError {
    /// The database does not open.
    #[error("cannot open the database {database}")]
    Open {
        /// The database: a file's path, or a server and schema.
        database: String,
        /// The engine's error.
        #[source]
        cause: Cause,
    },
    /// The file's content is inconsistent.
    #[error("the database {path} is damaged: {found}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The problem.
        found: String,
    },
    /// The file is incomplete without its write-ahead log, which is missing or empty.
    #[error(
        "{path} is without its write-ahead log {log}, which contains the last commits: put the log back, or restore the \
         data directory from a backup (a file that a backup tool wrote whole is taken after `UPDATE identity SET whole = 1` \
         in sqlite3)"
    )]
    LogMissing {
        /// The file.
        path: PathBuf,
        /// Its log.
        log: PathBuf,
    },
    /// A migration failed. None of this start's migrations was applied.
    #[error("migration {version} ({name}) failed")]
    Migration {
        /// Its version.
        version: u32,
        /// Its name.
        name: &'static str,
        /// The engine's error.
        #[source]
        cause: Cause,
    },
    /// The file has a migration that this program lacks or has in a different form.
    #[error(
        "the database was migrated by another version of this program: migration {version} differs"
    )]
    MigrationDiffers {
        /// The version.
        version: u32,
    },
    /// The given migrations are not numbered 1, 2, 3 …
    #[error("migrations must be numbered from 1 without gaps; {version} is out of order")]
    MigrationOutOfOrder {
        /// The version.
        version: u32,
    },
    /// A statement violated a constraint: the key exists, or a referenced row does not.
    #[error("a constraint refused `{statement}`")]
    Constraint {
        /// The statement.
        statement: &'static str,
        /// Whether the key exists already.
        repeated: bool,
        /// The engine's error.
        #[source]
        cause: Cause,
    },
    /// Units of other processes changed the same rows on every attempt. Nothing was committed: retry.
    #[error("other processes changed the same rows of the database on every attempt")]
    Conflict {
        /// The engine's error.
        #[source]
        cause: Cause,
    },
    /// The database does not answer. Nothing was committed: retry.
    #[error("the database is not available")]
    Unavailable {
        /// The engine's error.
        #[source]
        cause: Cause,
    },
    /// The database was lost during the commit, and it is unknown whether the unit was committed. A retry finds it
    /// committed, or commits it.
    #[error("it is unknown whether the database committed")]
    OutcomeUnknown {
        /// The engine's error.
        #[source]
        cause: Cause,
    },
    /// The disk under the database failed, or its content is inconsistent. The database stops.
    #[error("the disk under the database failed")]
    DiskFailed {
        /// The engine's error.
        #[source]
        cause: Cause,
    },
    /// A statement failed.
    #[error("cannot execute `{statement}`")]
    Statement {
        /// The statement.
        statement: &'static str,
        /// The engine's error.
        #[source]
        cause: Cause,
    },
    /// The number of values differs from the number of placeholders.
    #[error("`{statement}` has {want} placeholders, not {have}")]
    Parameters {
        /// The statement.
        statement: &'static str,
        /// The number of placeholders.
        want: usize,
        /// The number of values.
        have: usize,
    },
    /// The number of rows was not exactly one.
    #[error("`{statement}` returned {rows} rows instead of one")]
    NotOneRow {
        /// The statement.
        statement: &'static str,
        /// The number of rows.
        rows: usize,
    },
    /// A column is missing or has an unexpected value.
    #[error("column {column} is not {wanted}")]
    Column {
        /// Its name or index.
        column: String,
        /// The expected type.
        wanted: &'static str,
    },
    /// The unit of work awaited something other than its transaction, which would block the writer. A fault of the
    /// program.
    #[error("a unit of work awaited something other than its transaction")]
    Waited,
    /// The commit of the unit's group failed. Nothing of the group was committed.
    #[error("the commit failed")]
    Commit {
        /// The engine's error.
        #[source]
        cause: Cause,
    },
    /// The database has stopped after a disk failure or a panic in a unit of work.
    #[error("the database has stopped")]
    Stopped,
}

impl DatabaseError {
    /// Whether a later retry with the same input may succeed.
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

/// Whether the disk under the database can no longer be trusted, so that continuing could acknowledge lost commits.
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
