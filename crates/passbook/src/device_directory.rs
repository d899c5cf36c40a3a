//! A terminal device's directory: its key file, its store, and its bank's URL.

use anyhow::Context as _;
use client::{Attester, Device, Home, Keys as _, Platform, SoftwareKeys};
use client_native::{
    Backoff, Database, DatabaseError, DeviceSecrets, HttpTransport, Native, NoNetwork, Offline,
    SqliteStore, http_client, ports, replace_file,
};
use rand::rngs::StdRng;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use types::{Clock, DeviceForm, PasskeyId};
use webauthn::RelyingParty;

/// The name of the only device in a directory's database.
const SPACE: &str = "device";

/// Maximum wait before another attempt to reach the bank.
const BACKOFF_MAX_MS: u64 = 10_000;

/// A device on the disk, not opened yet.
pub(crate) struct DeviceDirectory {
    path: PathBuf,
    secrets: DeviceSecrets,
    store: SqliteStore,
    clock: Clock,
}

impl DeviceDirectory {
    /// The directory at `path`, with new keys for a device of that form if it has none.
    pub(crate) fn create(path: &Path, form: DeviceForm, clock: Clock) -> anyhow::Result<Self> {
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .with_context(|| format!("{} cannot be created", path.display()))?;
        let keys = path.join("keys.json");
        let secrets =
            DeviceSecrets::open_or_create(&keys, form).with_context(|| unusable(&keys))?;
        anyhow::ensure!(
            secrets.keys.form() == form,
            "the keys in {} are those of a device of another form",
            path.display()
        );
        Self::with(path, secrets, Database::open(&store(path)), clock)
    }

    /// The directory at `path` with an enrolled device.
    pub(crate) fn open(path: &Path, clock: Clock) -> anyhow::Result<Self> {
        Self::with(path, secrets(path)?, Database::open(&store(path)), clock)
    }

    /// The same, read-only: nothing in it changes, and no lock is taken.
    pub(crate) fn open_to_read(path: &Path, clock: Clock) -> anyhow::Result<Self> {
        let database = Database::open_to_read(&store(path));
        Self::with(path, secrets(path)?, database, clock)
    }

    /// Has the device's keys attested when it enrols.
    pub(crate) fn attested_by(mut self, attester: Box<dyn Attester>) -> Self {
        self.secrets.keys = self.secrets.keys.with_attester(attester);
        self
    }

    /// The id of the passkey that is kept beside the device's keys.
    pub(crate) fn passkey(&self) -> Option<PasskeyId> {
        self.secrets.passkey()
    }

    /// Makes a passkey beside the device's keys.
    pub(crate) fn make_passkey(&mut self) -> anyhow::Result<()> {
        let keys = self.path.join("keys.json");
        self.secrets = DeviceSecrets::make_passkey(&keys).with_context(|| unusable(&keys))?;
        Ok(())
    }

    fn with(
        path: &Path,
        secrets: DeviceSecrets,
        database: Result<Database, DatabaseError>,
        clock: Clock,
    ) -> anyhow::Result<Self> {
        let database = database.with_context(|| format!("the device in {}", path.display()))?;
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

    /// The bank's URL, as it was given when the device was enrolled.
    fn bank_url(&self) -> std::io::Result<String> {
        let url = std::fs::read_to_string(self.bank_file())?;
        Ok(url.trim().to_owned())
    }

    fn transport(&self) -> anyhow::Result<HttpTransport> {
        let told = || {
            format!(
                "{} does not have the bank's URL: write it there, as it was given to `passbook enrol` with --bank; \
                 `passbook device --offline` needs none",
                self.bank_file().display()
            )
        };
        let url = self.bank_url().with_context(told)?;
        HttpTransport::new(http_client()?, &url).with_context(told)
    }

    /// The last committed home page, which is shown first.
    pub(crate) async fn home(&self) -> anyhow::Result<Option<Home>> {
        Ok(Home::read(&self.store, &self.secrets.storage_key).await?)
    }

    /// Enrols the device at the bank with that URL. After a failure it may be repeated.
    pub(crate) async fn enrol(
        self,
        bank: &str,
        customer: &types::CustomerId,
        code: &client::ActivationCode,
    ) -> anyhow::Result<Device<Native>> {
        let transport = self.to_enrol_at(bank).await?;
        let (ports, inbox_key, storage_key) = self.ports(transport)?;
        Ok(Device::enrol(ports, (inbox_key, storage_key), customer, code).await?)
    }

    /// The same for the customer who logs in at the bank's login provider.
    pub(crate) async fn enrol_at_provider(
        self,
        bank: &str,
        root: &client::RootFingerprint,
        redirect_uri: &str,
        visit: impl AsyncFnOnce(&client::ProviderVisit) -> anyhow::Result<String>,
    ) -> anyhow::Result<Device<Native>> {
        let transport = self.to_enrol_at(bank).await?;
        let (ports, inbox_key, storage_key) = self.ports(transport)?;
        let keys = (inbox_key, storage_key);
        Device::enrol_at_provider(ports, keys, root, redirect_uri, visit).await
    }

    /// The way to the bank with that URL, which is stored. Refused if a device is enrolled here.
    async fn to_enrol_at(&self, bank: &str) -> anyhow::Result<HttpTransport> {
        let path = self.path.display();
        anyhow::ensure!(
            self.home().await?.is_none(),
            "a device is enrolled in {path} already; give another directory with --dir, or remove {path} first"
        );
        let transport = HttpTransport::new(http_client()?, bank)?;
        let file = self.bank_file();
        replace_file(&file, format!("{bank}\n").as_bytes())
            .with_context(|| format!("{} cannot be written", file.display()))?;
        Ok(transport)
    }

    /// Opens the enrolled device. No network is needed.
    pub(crate) async fn device(self) -> anyhow::Result<Device<Native>> {
        let transport = self.transport()?;
        let (ports, inbox_key, storage_key) = self.ports(transport)?;
        Ok(Device::open(ports, inbox_key, storage_key).await?)
    }

    /// Opens the enrolled device without a network.
    pub(crate) async fn offline(self) -> anyhow::Result<Device<Offline>> {
        let (ports, inbox_key, storage_key) = self.ports(NoNetwork)?;
        Ok(Device::open(ports, inbox_key, storage_key).await?)
    }

    fn ports<P>(
        self,
        transport: P::Transport,
    ) -> anyhow::Result<(
        client::Ports<P, StdRng>,
        client::InboxKey,
        client::StorageKey,
    )>
    where
        P: Platform<Store = SqliteStore, Keys = SoftwareKeys, Timer = Backoff>,
    {
        let timer = Backoff::up_to_ms(BACKOFF_MAX_MS);
        // The origin of the passkey. Without the bank's URL it signs for none.
        let party = RelyingParty::at(&self.bank_url().unwrap_or_default());
        let (keys, inbox_key, storage_key) = self.secrets.keys_at(party);
        let ports = ports(self.store, keys, transport, timer, self.clock)?;
        Ok((ports, inbox_key, storage_key))
    }
}

fn store(path: &Path) -> PathBuf {
    path.join("store.sqlite")
}

/// The keys of the device that was enrolled in `path`.
fn secrets(path: &Path) -> anyhow::Result<DeviceSecrets> {
    let keys = path.join("keys.json");
    anyhow::ensure!(
        keys.exists(),
        "there is no device in {}; enrol one first with `passbook enrol`, or use --dir",
        path.display()
    );
    DeviceSecrets::open(&keys).with_context(|| unusable(&keys))
}

fn unusable(keys: &Path) -> String {
    format!(
        "{}: nothing of the device opens without its keys; restore the file, or enrol again in a new --dir",
        keys.display()
    )
}
