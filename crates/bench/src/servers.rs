//! The bank under replay: a child process that may be killed at any time, and is started again.

use crate::running::Running;
use crate::scratch::Scratch;
use anyhow::{Context as _, bail};
use operator::{DataDirectory, Database, DatabaseUrl};
use rand::RngExt as _;
use rand::rngs::StdRng;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;
use std::time::Duration;
use tokio::process::Command;
use tokio::sync::watch;

/// Settings of a bank all of whose devices are on this machine: the limits per caller must not apply.
pub(crate) const LOOPBACK_UNBOUNDED: &str = "[admission]\nbounds_loopback = false\n";

/// Settings of a bank whose limits of orders must not apply.
pub(crate) const UNLIMITED_ORDERS: &str = "[orders]\nvoucher_units_max = 100000000\nday_units_max = 1000000000\n\
    new_device_units_max = 1000000000\nnew_payee_units_max = 1000000000\n";

/// The location of the servers' data, and the arguments for starting them.
pub(crate) struct Servers {
    configuration: PathBuf,
    log: PathBuf,
    /// What the servers delete if this process ends without stopping them.
    removed: Option<PathBuf>,
    database: Database,
    pub(crate) data: PathBuf,
    pub(crate) public_url: String,
    pub(crate) operator_url: String,
}

impl Servers {
    /// Writes a configuration with two free loopback ports, with the database's `url`, and with `settings`.
    pub(crate) fn prepare(
        scratch: &Scratch,
        url: Option<&DatabaseUrl>,
        settings: &str,
    ) -> anyhow::Result<Self> {
        let names = ("bank", "passbook.toml", "servers.log");
        Self::prepare_as(names, scratch, url, settings)
    }

    /// The same, with these names of the data directory, the configuration and the log.
    pub(crate) fn prepare_as(
        (name, configuration, log): (&str, &str, &str),
        scratch: &Scratch,
        url: Option<&DatabaseUrl>,
        settings: &str,
    ) -> anyhow::Result<Self> {
        let directory = scratch.path();
        let [public, operator] = free_ports()?;
        let data = directory.join(name);
        let configuration = directory.join(configuration);
        let path = toml::Value::String(data.display().to_string());
        let database = Database {
            url: url.cloned(),
            schemas: format!("replay_{:016x}", rand::rng().random::<u64>()),
        };
        // Nothing is measured of what becomes of a name.
        let public_url = format!("http://{public}");
        let mut text = format!(
            "data_directory = {path}\n[public]\naddress = \"{public}\"\nurl = \"{public_url}\"\n[operator]\naddress = \"{operator}\"\n{settings}"
        );
        if let Some(url) = &database.url {
            let url = toml::Value::String(url.expose().to_owned());
            let schemas = &database.schemas;
            text += &format!("[database]\nurl = {url}\nschemas = \"{schemas}\"\n");
        }
        // It may contain a password.
        let file = std::fs::File::options()
            .create(true)
            .truncate(true)
            .write(true)
            .mode(0o600)
            .open(&configuration);
        file.and_then(|mut file| file.write_all(text.as_bytes()))
            .with_context(|| format!("{} cannot be written", configuration.display()))?;
        Ok(Self {
            configuration,
            log: directory.join(log),
            removed: scratch.is_temporary().then(|| directory.to_owned()),
            database,
            data,
            public_url,
            operator_url: format!("http://{operator}"),
        })
    }

    /// Refuses a database that cannot be used, before anything is started.
    pub(crate) fn check_database(&self) -> anyhow::Result<()> {
        for (_, location) in self.directory()?.databases() {
            database::exists(&location)?;
        }
        Ok(())
    }

    /// Deletes the databases that are not in the directory.
    pub(crate) fn remove_databases(&self) -> anyhow::Result<()> {
        for (_, location) in self.directory()?.databases() {
            database::remove(&location)?;
        }
        Ok(())
    }

    /// The bytes that each database takes.
    pub(crate) fn database_bytes(&self) -> anyhow::Result<BTreeMap<&'static str, u64>> {
        let databases = self.directory()?.databases().into_iter();
        let sizes = databases.map(|(name, location)| Ok((name, database::size(location)?)));
        sizes.into_iter().collect()
    }

    /// The core bank's database, to be opened when the servers have stopped.
    pub(crate) fn bank_database(&self) -> anyhow::Result<database::Location> {
        Ok(self.directory()?.bank_database())
    }

    fn directory(&self) -> anyhow::Result<DataDirectory> {
        Ok(DataDirectory::at(&self.data).with_databases(&self.database)?)
    }

    /// Starts the servers and waits until they are ready.
    pub(crate) async fn start(&self) -> anyhow::Result<Running> {
        let mut command = Command::new(std::env::current_exe()?);
        command
            .args(["serve", "--json", "--end-with-stdin", "--config"])
            .arg(&self.configuration);
        if let Some(directory) = &self.removed {
            command.arg("--then-remove").arg(directory);
        }
        Ok(Running::start(command, &self.log).await?.0)
    }

    /// Keeps the servers running until `done`. With `kills`, kills them about that long after each start, but only after
    /// some progress: on a busy machine, too, the work comes to its end. Returns how often they were killed.
    pub(crate) async fn keep_running(
        &self,
        mut running: Running,
        mut kills: Option<(Duration, StdRng, watch::Receiver<u64>)>,
        mut done: watch::Receiver<bool>,
    ) -> anyhow::Result<u64> {
        let mut killed = 0;
        loop {
            let until_kill = async {
                let Some((mean, random, achieved)) = &mut kills else {
                    return std::future::pending().await;
                };
                achieved.mark_unchanged();
                tokio::time::sleep(mean.mul_f64(random.random_range(0.5..1.5))).await;
                // Nothing more is achieved when the work has ended; then `done` follows.
                if achieved.changed().await.is_err() {
                    std::future::pending().await
                }
            };
            tokio::select! {
                _ = done.wait_for(|done| *done) => {
                    running.stop().await?;
                    return Ok(killed);
                }
                status = running.child.wait() => {
                    bail!("the servers ended by themselves with {}; their log is {}", status?, self.log.display());
                }
                () = until_kill => {
                    running.child.kill().await?;
                    killed += 1;
                    running = self.start().await?;
                }
            }
        }
    }
}

/// Checks how often the servers are to be killed.
pub(crate) fn kill_every(seconds: f64) -> anyhow::Result<Duration> {
    let every = Duration::try_from_secs_f64(seconds).ok();
    every
        .filter(|every| !every.is_zero())
        .context("--kill-every is a number of seconds above 0")
}

/// Two free loopback ports below the range for clients: while the servers are down, no client's connection may take
/// them.
pub(crate) fn free_ports<const N: usize>() -> anyhow::Result<[SocketAddr; N]> {
    let mut random = rand::rng();
    let mut free = || {
        for _ in 0..100 {
            let port: u16 = random.random_range(10_000..30_000);
            if let Ok(listener) = TcpListener::bind(("127.0.0.1", port)) {
                return Ok((listener.local_addr()?, listener));
            }
        }
        bail!("no free port was found on 127.0.0.1")
    };
    // Each port is held until all are found.
    let held = (0..N).map(|_| free()).collect::<anyhow::Result<Vec<_>>>()?;
    let ports: Vec<_> = held.iter().map(|(address, _)| *address).collect();
    ports
        .try_into()
        .map_err(|_| anyhow::anyhow!("{N} ports were asked for"))
}
