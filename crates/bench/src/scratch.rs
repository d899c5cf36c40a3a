//! A directory to work in, and what becomes of it when the work ends.

use anyhow::{Context as _, ensure};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;
use terminal::quoted;

/// How often the removal of a directory is tried: what was ended by a signal may still make files in it.
const REMOVALS_MAX: u32 = 100;
const BETWEEN_REMOVALS: Duration = Duration::from_millis(20);

/// A directory of one's own: given by a person, and kept; or temporary, and removed.
pub(crate) enum Scratch {
    Given(PathBuf),
    Temporary(TempDir),
}

impl Scratch {
    /// The directory at `path`, which is created; one that has anything in it is refused.
    pub(crate) fn given(path: &Path) -> anyhow::Result<Self> {
        let cannot = || format!("--dir {} cannot be used", quoted(path));
        std::fs::create_dir_all(path).with_context(cannot)?;
        let mut entries = std::fs::read_dir(path).with_context(cannot)?;
        ensure!(
            entries.next().is_none(),
            "--dir {} is not empty; give a new directory, since nothing is written over",
            quoted(path)
        );
        Ok(Self::Given(path.to_owned()))
    }

    /// A new directory among the system's temporary ones.
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

    /// Whether it goes with the work.
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

    /// Keeps the directory after a failure, and says where it is.
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
