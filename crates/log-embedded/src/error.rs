//! Why a directory cannot be opened, and where it is damaged.

use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Bytes on the disk that are not what was written there.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{} is damaged at byte {place}: {what}", file.display())]
pub struct Damage {
    /// The file.
    pub file: PathBuf,
    /// Where in it, in bytes from its beginning.
    pub place: u64,
    /// What is wrong there.
    pub what: &'static str,
}

impl Damage {
    pub(crate) fn new(file: &Path, place: u64, what: &'static str) -> Self {
        Self {
            file: file.to_owned(),
            place,
            what,
        }
    }
}

/// Why a log directory was not opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// Another process, or another engine of this one, has it open.
    #[error("{} is in use", directory.display())]
    InUse {
        /// The directory.
        directory: PathBuf,
    },
    /// Something on the disk is not what was written there. Nothing was changed.
    #[error(transparent)]
    Damaged(#[from] Damage),
    /// The file system refused.
    #[error("{what} {}", path.display())]
    Io {
        /// What was attempted.
        what: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// The system's answer.
        #[source]
        source: io::Error,
    },
}

/// A failure while running: either kind stops the engine.
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
    /// The engine is closing: the work was given up, nothing is wrong.
    #[error("closing")]
    Closing,
}

impl Failure {
    /// For `map_err`: names what was attempted, and on which path.
    pub(crate) fn io(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io {
            what,
            path: path.to_owned(),
            source,
        }
    }

    /// As text with its cause, for the reason why the engine stopped.
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
