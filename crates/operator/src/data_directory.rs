//! The data directory and the owners of its files.

use crate::database_url::{Database, DatabaseUrl};
use anyhow::Context as _;
use client_native::replace_file;
use database::{Location, ServerUrl, UrlError};
use std::fs::{File, TryLockError};
use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use terminal::quoted;

/// The file with the operator's token.
const TOKEN: &str = "operator-token";

/// Number of random bytes in the operator's token.
const TOKEN_BYTES: usize = 32;

/// The file with the operator's address if the system chose the port.
const ADDRESS: &str = "operator-address";

/// Which services keep their data in a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Side {
    /// All of them, in one process.
    #[default]
    Whole,
    /// The core bank behind its security stack.
    Bank,
    /// All others.
    Passbook,
}

/// The directory with all data of a bank, or of one side of it.
#[derive(Debug, Clone)]
pub struct DataDirectory {
    path: PathBuf,
    side: Side,
    /// The location of the databases if they are not files here: a server, and the prefix of their schemas' names.
    server: Option<(ServerUrl, String)>,
}

impl DataDirectory {
    /// The file in a log's directory with the log's identity.
    pub const LOG_IDENTITY: &str = "identity";

    /// The directory at `path`, existing or not.
    pub fn at(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            side: Side::default(),
            server: None,
        }
    }

    /// The directory of one side.
    #[must_use]
    pub const fn of(mut self, side: Side) -> Self {
        self.side = side;
        self
    }

    /// Uses the location of the databases in the configuration.
    pub fn with_databases(self, database: &Database) -> Result<Self, UrlError> {
        let server = database.url.as_ref().map(DatabaseUrl::server).transpose()?;
        let server = server.map(|url| (url, database.schemas.clone()));
        Ok(Self { server, ..self })
    }

    /// Creates the directory for this user alone, if needed. Refuses a directory that others may enter, because the
    /// core bank's tables in it are not encrypted.
    pub fn create(path: &Path) -> anyhow::Result<Self> {
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .with_context(|| format!("the data directory {} cannot be created", path.display()))?;
        let mode = std::fs::metadata(path)?.permissions().mode();
        anyhow::ensure!(
            mode & 0o077 == 0,
            "others than you may enter the data directory {}; keep them out with `chmod 700 {}`",
            path.display(),
            quoted(path)
        );
        Ok(Self::at(path))
    }

    /// Locks out other processes until the returned value is dropped. `None` if another process has locked the
    /// directory.
    pub fn lock(&self) -> anyhow::Result<Option<File>> {
        let directory = File::open(&self.path).with_context(|| {
            format!("the data directory {} cannot be read", self.path.display())
        })?;
        match directory.try_lock() {
            Ok(()) => Ok(Some(directory)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error).with_context(|| {
                format!(
                    "the data directory {} cannot be locked",
                    self.path.display()
                )
            }),
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file with the deployment's identity.
    pub fn deployment(&self) -> PathBuf {
        self.path.join("deployment")
    }

    /// The vault's keys.
    pub fn vault(&self) -> PathBuf {
        self.path.join("vault.json")
    }

    /// The broker's log.
    pub fn broker(&self) -> PathBuf {
        self.path.join("broker")
    }

    /// pub/sub's log.
    pub fn pubsub(&self) -> PathBuf {
        self.path.join("pubsub")
    }

    /// The core bank's SQLite file.
    pub fn bank(&self) -> PathBuf {
        self.path.join("bank.sqlite")
    }

    /// The security stack's SQLite file.
    pub fn security_stack(&self) -> PathBuf {
        self.path.join("security-stack.sqlite")
    }

    /// notification's SQLite file.
    pub fn notification(&self) -> PathBuf {
        self.path.join("notification.sqlite")
    }

    /// The SQLite file of messages.
    pub fn messages(&self) -> PathBuf {
        self.path.join("messages.sqlite")
    }

    /// ciam's SQLite file.
    pub fn ciam(&self) -> PathBuf {
        self.path.join("ciam.sqlite")
    }

    /// gateway's SQLite file.
    pub fn gateway(&self) -> PathBuf {
        self.path.join("gateway.sqlite")
    }

    /// risk's SQLite file.
    pub fn risk(&self) -> PathBuf {
        self.path.join("risk.sqlite")
    }

    /// The logs, by purpose.
    pub fn logs(&self) -> Vec<(&'static str, PathBuf)> {
        match self.side {
            Side::Whole | Side::Passbook => {
                vec![("broker", self.broker()), ("pub/sub", self.pubsub())]
            }
            Side::Bank => Vec::new(),
        }
    }

    /// The databases, by owner.
    pub fn databases(&self) -> Vec<(&'static str, Location)> {
        let bank = (self.side != Side::Passbook).then(|| ("bank", self.bank_database()));
        bank.into_iter().chain(self.audited()).collect()
    }

    /// The core bank's database.
    pub fn bank_database(&self) -> Location {
        self.database("bank", self.bank())
    }

    /// The security stack's database.
    pub fn security_stack_database(&self) -> Location {
        self.database("security_stack", self.security_stack())
    }

    /// notification's database.
    pub fn notification_database(&self) -> Location {
        self.database("notification", self.notification())
    }

    /// ciam's database.
    pub fn ciam_database(&self) -> Location {
        self.database("ciam", self.ciam())
    }

    /// gateway's database.
    pub fn gateway_database(&self) -> Location {
        self.database("gateway", self.gateway())
    }

    /// The database of messages, which is there once the bank has set what sends them.
    pub fn messages_database(&self) -> Location {
        self.database("messages", self.messages())
    }

    /// risk's database.
    pub fn risk_database(&self) -> Location {
        self.database("risk", self.risk())
    }

    fn database(&self, service: &str, file: PathBuf) -> Location {
        match &self.server {
            Some((url, schemas)) => Location::schema(url, &format!("{schemas}_{service}")),
            None => file.into(),
        }
    }

    /// The databases with audit records, by owner.
    pub fn audited(&self) -> Vec<(&'static str, Location)> {
        match self.side {
            Side::Whole | Side::Passbook => vec![
                ("notification", self.notification_database()),
                ("ciam", self.ciam_database()),
                ("gateway", self.gateway_database()),
                ("risk", self.risk_database()),
            ],
            Side::Bank => vec![("security-stack", self.security_stack_database())],
        }
    }

    /// The operator's token.
    pub fn operator_token(&self) -> anyhow::Result<String> {
        let path = self.path.join(TOKEN);
        let token = std::fs::read_to_string(&path).with_context(|| {
            format!(
                "{} cannot be read; give --data, the data directory of a bank that was started once",
                path.display()
            )
        })?;
        let token = token.trim_end();
        let bytes = types::base64url::decode(token).unwrap_or_default();
        anyhow::ensure!(
            bytes.len() == TOKEN_BYTES,
            "{} is empty, truncated or malformed: remove it, and the next start of `passbook serve` makes a new token",
            path.display()
        );
        Ok(token.to_owned())
    }

    /// Refuses a malformed token. A missing one is made at the next start.
    pub fn check_operator_token(&self) -> anyhow::Result<()> {
        if self.path.join(TOKEN).exists() {
            self.operator_token()?;
        }
        Ok(())
    }

    /// Reads the operator's token, or makes it if there is none. Only this user can read the file.
    pub fn ensure_operator_token(&self) -> anyhow::Result<String> {
        let path = self.path.join(TOKEN);
        if !path.exists() {
            let mut random = [0; TOKEN_BYTES];
            getrandom::fill(&mut random).context("the system's random source failed")?;
            let token = types::base64url::encode(&random);
            replace_file(&path, format!("{token}\n").as_bytes())
                .with_context(|| format!("{} cannot be written", path.display()))?;
        }
        self.operator_token()
    }

    /// The operator's address, if the configuration leaves the port to the system: as stored by the last start.
    pub fn operator_address(&self, configured: SocketAddr) -> anyhow::Result<SocketAddr> {
        if configured.port() != 0 {
            return Ok(configured);
        }
        let path = self.path.join(ADDRESS);
        let text = std::fs::read_to_string(&path).with_context(|| {
            format!(
                "operator.address has port 0, and {} cannot be read; is `passbook serve` running?",
                path.display()
            )
        })?;
        text.trim_end().parse().with_context(|| {
            format!(
                "{} is not an address; start `passbook serve` again",
                path.display()
            )
        })
    }

    /// Stores the operator's address.
    pub fn keep_operator_address(&self, address: SocketAddr) -> anyhow::Result<()> {
        let path = self.path.join(ADDRESS);
        replace_file(&path, format!("{address}\n").as_bytes())
            .with_context(|| format!("{} cannot be written", path.display()))
    }
}
