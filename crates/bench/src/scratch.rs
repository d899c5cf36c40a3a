//! A working directory, and its removal when the work ends, by itself or by a signal.

use anyhow::{Context as _, ensure};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;
use terminal::quoted;

/// How often the removal of a directory is tried: processes ended by a signal may still create files in it.
const REMOVALS_MAX: u32 = 100;
const BETWEEN_REMOVALS: Duration = Duration::from_millis(20);

/// A working directory: named by the user, and kept; or temporary, and removed.
pub(crate) enum Scratch {
    Given(PathBuf),
    Temporary(TempDir),
}

impl Scratch {
    /// The directory at `path`, which is created. Refuses a directory that is not empty.
    pub(crate) fn given(path: &Path) -> anyhow::Result<Self> {
        let cannot = || format!("--dir {} cannot be used", quoted(path));
        std::fs::create_dir_all(path).with_context(cannot)?;
        let mut entries = std::fs::read_dir(path).with_context(cannot)?;
        ensure!(
            entries.next().is_none(),
            "--dir {} is not empty; use a new directory, because nothing is overwritten",
            quoted(path)
        );
        Ok(Self::Given(path.to_owned()))
    }

    /// A new directory in the system's temporary directory.
    pub(crate) fn temporary(prefix: &str) -> anyhow::Result<Self> {
        let made = tempfile::Builder::new().prefix(prefix).tempdir();
        Ok(Self::Temporary(made.context("a temporary directory")?))
    }

    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::Given(path) => path,
            Self::Temporary(directory) => directory.path(),
        }
    }

    /// Whether it is removed with the work.
    pub(crate) fn is_temporary(&self) -> bool {
        matches!(self, Self::Temporary(_))
    }

    /// Removes a temporary directory.
    pub(crate) async fn remove(self) {
        let Self::Temporary(directory) = self else {
            return;
        };
        let path = directory.keep();
        for _ in 0..REMOVALS_MAX {
            if std::fs::remove_dir_all(&path).is_ok() || !path.exists() {
                return;
            }
            tokio::time::sleep(BETWEEN_REMOVALS).await;
        }
        tracing::warn!("{} could not be removed", path.display());
    }

    /// Keeps the directory after a failure, and names it.
    pub(crate) fn kept_after(self, error: anyhow::Error) -> anyhow::Error {
        match self {
            Self::Given(_) => error,
            Self::Temporary(directory) => {
                let kept = directory.keep();
                error.context(format!("what it left is kept in {}", kept.display()))
            }
        }
    }
}
