//! A terminal device's directory: its key file, its store, and where its bank is.

use anyhow::Context as _;
use client::{Device, Home};
use client_native::{
    Backoff, Database, DeviceSecrets, HttpTransport, Native, SqliteStore, http_client, ports,
};
use rand::rngs::StdRng;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use types::Clock;

/// The one device of a directory's database.
const SPACE: &str = "device";

/// How long a device waits at most before it tries again to reach the bank.
const BACKOFF_MAX_MS: u64 = 10_000;

/// A device on the disk, not opened yet.
pub(crate) struct DeviceDirectory {
    path: PathBuf,
    secrets: DeviceSecrets,
    store: SqliteStore,
    clock: Clock,
}

impl DeviceDirectory {
    /// The directory at `path`, with new keys where it has none.
    pub(crate) fn create(path: &Path, clock: Clock) -> anyhow::Result<Self> {
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .with_context(|| format!("{} cannot be created", path.display()))?;
        let secrets = DeviceSecrets::open_or_create(&path.join("keys.json"))?;
        Self::with(path, secrets, clock)
    }

    /// The directory at `path`, where a device was enrolled.
    pub(crate) fn open(path: &Path, clock: Clock) -> anyhow::Result<Self> {
        let keys = path.join("keys.json");
        anyhow::ensure!(
            keys.exists(),
            "there is no device in {}; enrol one first with `passbook enrol`, or give --dir",
            path.display()
        );
        Self::with(path, DeviceSecrets::open(&keys)?, clock)
    }

    fn with(path: &Path, secrets: DeviceSecrets, clock: Clock) -> anyhow::Result<Self> {
        let database = Database::open(&path.join("store.sqlite"))
            .with_context(|| format!("the device in {}", path.display()))?;
        Ok(Self {
            path: path.to_owned(),
            secrets,
            store: SqliteStore::new(&database, SPACE),
            clock,
        })
    }

    fn bank_file(&self) -> PathBuf {
        self.path.join("bank-url")
    }

    fn bank(&self) -> anyhow::Result<String> {
        let path = self.bank_file();
        let url = std::fs::read_to_string(&path)
            .with_context(|| format!("{} cannot be read", path.display()))?;
        Ok(url.trim().to_owned())
    }

    /// The home page as it was last committed: the first thing to show.
    pub(crate) async fn home(&self) -> anyhow::Result<Option<Home>> {
        Ok(Home::read(&self.store, &self.secrets.storage_key).await?)
    }

    /// Enrols the device at the bank of that URL; after a failure it may be tried again.
    pub(crate) async fn enrol(
        self,
        bank: &str,
        customer: &types::CustomerId,
        code: &client::ActivationCode,
    ) -> anyhow::Result<Device<Native>> {
        let path = self.path.display();
        anyhow::ensure!(
            self.home().await?.is_none(),
            "a device is enrolled in {path} already; give another directory with --dir, or remove {path} first"
        );
        std::fs::write(self.bank_file(), format!("{bank}\n"))?;
        let (ports, inbox_key, storage_key) = self.ports(bank)?;
        Ok(Device::enrol(ports, (inbox_key, storage_key), customer, code).await?)
    }

    /// Opens the enrolled device. No network is needed.
    pub(crate) async fn device(self) -> anyhow::Result<Device<Native>> {
        let bank = self.bank()?;
        let (ports, inbox_key, storage_key) = self.ports(&bank)?;
        Ok(Device::open(ports, inbox_key, storage_key).await?)
    }

    fn ports(
        self,
        bank: &str,
    ) -> anyhow::Result<(
        client::Ports<Native, StdRng>,
        client::InboxKey,
        client::StorageKey,
    )> {
        let transport = HttpTransport::new(http_client()?, bank)?;
        let timer = Backoff::up_to_ms(BACKOFF_MAX_MS);
        let ports = ports(self.store, self.secrets.keys, transport, timer, self.clock)?;
        Ok((ports, self.secrets.inbox_key, self.secrets.storage_key))
    }
}
