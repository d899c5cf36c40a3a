//! Why a directory cannot be opened, and where a file is damaged.

use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Bytes on the disk differ from what was written.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{} is damaged at byte {offset}: {what}", file.display())]
pub struct Damage {
    /// The file.
    pub file: PathBuf,
    /// The offset in the file, in bytes.
    pub offset: u64,
    /// What is wrong at that offset.
    pub what: &'static str,
}

impl Damage {
    pub(crate) fn new(file: &Path, offset: u64, what: &'static str) -> Self {
        Self {
            file: file.to_owned(),
            offset,
            what,
        }
    }
}

/// Why a log directory was not opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// An engine of this process or of another has it open.
    #[error("{} is in use", directory.display())]
    InUse {
        /// The directory.
        directory: PathBuf,
    },
    /// Bytes on the disk differ from what was written. Nothing was changed.
    #[error(transparent)]
    Damaged(#[from] Damage),
    /// A file operation failed.
    #[error("{what} {}", path.display())]
    Io {
        /// The operation.
        what: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// The system's error.
        #[source]
        source: io::Error,
    },
}

/// A failure while running. Each kind stops the engine.
#[derive(Debug, Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    Damaged(#[from] Damage),
    #[error("{what} {}", path.display())]
    Io {
        what: &'static str,
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// The engine is closing. The work was given up; nothing is wrong.
    #[error("closing")]
    Closing,
}

impl Failure {
    /// For `map_err`: adds the operation and the path.
    pub(crate) fn io(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io {
            what,
            path: path.to_owned(),
            source,
        }
    }

    /// The failure and its cause as text: the reason why the engine stopped.
    pub(crate) fn reason(&self) -> String {
        match self {
            Self::Io { source, .. } => format!("{self}: {source}"),
            _ => self.to_string(),
        }
    }
}

impl From<Failure> for OpenError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Damaged(damage) => Self::Damaged(damage),
            Failure::Io { what, path, source } => Self::Io { what, path, source },
            Failure::Closing => Self::Io {
                what: "closing",
                path: PathBuf::new(),
                source: io::ErrorKind::Interrupted.into(),
            },
        }
    }
}
