//! The data directory: which file is whose.

use anyhow::Context as _;
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// The file that holds the operator's token.
const TOKEN: &str = "operator-token";

/// Where a bank keeps everything.
#[derive(Debug, Clone)]
pub(crate) struct DataDirectory(PathBuf);

impl DataDirectory {
    /// The directory at `path`, whether it is there or not.
    pub(crate) fn at(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// Creates it, for this user alone, where it is not there; refuses one that others may enter, since the core bank's
    /// tables lie in it in the clear.
    pub(crate) fn create(path: &Path) -> anyhow::Result<Self> {
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .with_context(|| format!("the data directory {} cannot be created", path.display()))?;
        let mode = std::fs::metadata(path)?.permissions().mode();
        anyhow::ensure!(
            mode & 0o077 == 0,
            "others than you may enter the data directory {path}; keep them out with `chmod 700 {path}`",
            path = path.display()
        );
        Ok(Self::at(path))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn vault(&self) -> PathBuf {
        self.0.join("vault.json")
    }

    pub(crate) fn broker(&self) -> PathBuf {
        self.0.join("broker")
    }

    pub(crate) fn pubsub(&self) -> PathBuf {
        self.0.join("pubsub")
    }

    pub(crate) fn bank(&self) -> PathBuf {
        self.0.join("bank.sqlite")
    }

    pub(crate) fn notification(&self) -> PathBuf {
        self.0.join("notification.sqlite")
    }

    pub(crate) fn ciam(&self) -> PathBuf {
        self.0.join("ciam.sqlite")
    }

    /// Whether a bank was started here once.
    pub(crate) fn is_used(&self) -> bool {
        self.databases().iter().any(|(_, path)| path.exists())
    }

    /// The logs, by what they are for.
    pub(crate) fn logs(&self) -> [(&'static str, PathBuf); 2] {
        [("broker", self.broker()), ("pub/sub", self.pubsub())]
    }

    /// The databases, by whose they are.
    pub(crate) fn databases(&self) -> [(&'static str, PathBuf); 3] {
        let [notification, ciam] = self.audited();
        [("bank", self.bank()), notification, ciam]
    }

    /// The databases with audit records, by whose they are.
    pub(crate) fn audited(&self) -> [(&'static str, PathBuf); 2] {
        [("notification", self.notification()), ("ciam", self.ciam())]
    }

    /// The operator's token.
    pub(crate) fn operator_token(&self) -> anyhow::Result<String> {
        let path = self.0.join(TOKEN);
        let token = std::fs::read_to_string(&path).with_context(|| {
            format!(
                "{} cannot be read; give --data, the data directory of a bank that was started once",
                path.display()
            )
        })?;
        Ok(token.trim().to_owned())
    }

    /// The operator's token, drawn where there is none yet; only this user can read it.
    pub(crate) fn ensure_operator_token(&self) -> anyhow::Result<String> {
        let path = self.0.join(TOKEN);
        if path.exists() {
            return self.operator_token();
        }
        let mut random = [0; 32];
        getrandom::fill(&mut random).context("the system gives no randomness")?;
        let token = types::base64url::encode(&random);
        // Written beside and renamed, so that there is never half a token.
        let beside = path.with_extension("new");
        let mut file = std::fs::File::options()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&beside)?;
        writeln!(file, "{token}")?;
        file.sync_all()?;
        std::fs::rename(&beside, &path)?;
        Ok(token)
    }
}
