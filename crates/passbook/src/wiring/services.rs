//! All roles in one process, on the embedded engines.

use super::apart::Apart;
use super::clients::ClientsOverHttp;
use super::core_bank::Books;
use super::devices::Devices;
use super::edge;
use super::events::Events;
use super::login_provider::Provider;
use super::messages::Messages;
use super::messaging::{self, BankMessages};
use super::orders::Stopping;
use super::risks;
use super::sandbox::Sandbox;
use super::staff::Staff;
use super::statements::Stated;
use super::trust::ensure_trust;
use crate::config::{Config, Log};
use crate::deployment::Deployment;
use anyhow::Context as _;
use broker::Broker;
use ciam::Ciam;
use core_bank::CoreBank;
use envelope::RelayKeys;
use gateway::Gateway;
use http_edge::DeviceGuard;
use log_embedded::{EmbeddedLog, Retention};
use notification::Notification;
use operator::DataDirectory;
use pubsub::EmbeddedPubSub;
use risk::Risk;
use sandbox_bank::SandboxBank;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use types::{Clock, KeyEpoch, Time};
use vault::{MacKey, Vault};

/// Partitions of the pub/sub. notification has one worker for each. All events of a subject are in the same partition,
/// so the number must not change while events are queued.
const PARTITIONS: u16 = 4;

/// Time between two checks of the signing keys. A check creates the keys that the clock calls for, and has them listed.
const KEYS_LOOKED_AT: Duration = Duration::from_secs(1);

/// Time before the next check after a failure.
const KEYS_RETRIED: Duration = Duration::from_secs(30);

/// Time that the core bank is given to learn of stops before it executes orders.
const STOPS_AWAITED: Duration = Duration::from_secs(30);

const DAY: Duration = Duration::from_secs(86_400);
const HOUR_MS: u64 = 3_600_000;

/// Every service of the bank.
pub(crate) struct Services {
    /// The core bank, if it is in this process.
    pub(crate) sandbox: Option<Sandbox>,
    /// How the bank's side is reached, if it runs apart.
    pub(super) apart: Option<Apart>,
    pub(crate) ciam: Ciam,
    pub(super) broker: Broker,
    pub(crate) stated: Stated,
    pub(super) gateway: Gateway,
    pub(crate) messages: Option<BankMessages>,
    pub(super) risk: Risk,
    pub(crate) guard: DeviceGuard,
    pub(super) events: Events,
    devices: Devices,
    stopping: Stopping,
    /// The logs of the broker and of the pub/sub.
    pub(super) logs: [Arc<EmbeddedLog>; 2],
    pub(super) directory: DataDirectory,
    pub(super) clock: Clock,
    pub(super) opened: Time,
    /// Locked during a backup.
    pub(super) backing_up: tokio::sync::Mutex<()>,
}

impl Services {
    /// Opens everything in the data directory. Creates it for a new deployment.
    pub(crate) async fn open(
        config: &Config,
        parts: (&DataDirectory, &Deployment),
        clock: Clock,
    ) -> anyhow::Result<Self> {
        Self::open_with(config, parts, clock, |bank| Arc::new(bank)).await
    }

    /// Opens everything, with another core bank in place of the sandbox's books. It may call them.
    pub(super) async fn open_with(
        config: &Config,
        (directory, deployment): (&DataDirectory, &Deployment),
        clock: Clock,
        core_bank: impl FnOnce(SandboxBank) -> Arc<dyn CoreBank>,
    ) -> anyhow::Result<Self> {
        let vault = Arc::new(deployment.open_vault(directory).await?);
        let apart = Apart::configured(config, directory)?;
        let days = |days: u32| Some(DAY * days);
        let messages = open_log(
            directory.broker(),
            (&config.log, &clock),
            Retention {
                customer: days(config.log.customer_retention_days),
                global: days(config.log.global_retention_days),
                queue: None,
            },
        )?;
        let kept = Retention::default();
        let queue = open_log(directory.pubsub(), (&config.log, &clock), kept)?;
        let pubsub = EmbeddedPubSub::open(queue.clone(), PARTITIONS).await?;
        let events = Events::new(pubsub);
        let broker = Broker::new(messages.clone());
        let relay_key = match &apart {
            Some(apart) => apart.relay_key()?,
            None => vault.mac(MacKey::Relay, b"1").await?,
        };
        let relay_keys = || RelayKeys::derive(&relay_key, KeyEpoch::FIRST);
        let (sandbox, books, books_of_events) = match &apart {
            Some(apart) => {
                let banks = apart.core_banks(clock.clone())?;
                (None, books_of(config, banks.0), books_of(config, banks.1))
            }
            None => {
                let sink = Arc::new(events.clone());
                let publishing = (relay_keys(), sink);
                let sandbox = Sandbox::open(config, directory, publishing, clock.clone()).await?;
                let books = books_of(config, core_bank(sandbox.bank.clone()));
                (Some(sandbox), books.clone(), books)
            }
        };
        let devices = Devices::default();
        let settings = notification::Settings {
            comparison_interval_ms: config.notification.comparison_seconds * 1000,
            kept_ms: (u64::from(config.notification.backup_interval_hours) + 24) * HOUR_MS,
            retention_ms: (u64::from(config.log.customer_retention_days) + 1) * 24 * HOUR_MS,
            restart_contradicted: config.notification.restart_contradicted,
            ..notification::Settings::default()
        };
        let neighbours = notification::Neighbours {
            vault: vault.clone(),
            core_bank: Arc::new(books_of_events),
            broker: Arc::new(Messages::new(broker.clone())),
            devices: Arc::new(devices.clone()),
            relay_keys: vec![relay_keys()],
            clock: clock.clone(),
        };
        let notification =
            Notification::open(directory.notification_database(), settings, neighbours).await?;
        let stated = Stated::new(notification.clone(), vault.clone());

        let settings = ciam::Settings {
            audience: config.tokens.audience.clone(),
            token_lifetime_ms: config.tokens.lifetime_seconds * 1000,
            code_lifetime_ms: u64::from(config.enrolment.code_lifetime_minutes) * 60_000,
            code_tries_max: config.enrolment.code_tries_max,
            login: config.login.settings().map_err(anyhow::Error::msg)?,
            provider: config.login.provider().map_err(anyhow::Error::msg)?,
            openid: config.openid.settings().map_err(anyhow::Error::msg)?,
            attestation: config.verifiers()?,
            staff: config.staff.settings(),
            ..ciam::Settings::new(config.public_url())
        };
        let sends = BankMessages::open(config, (directory, &*vault), clock.clone()).await?;
        let stopping = Stopping::default();
        let neighbours = ciam::Neighbours {
            vault: vault.clone(),
            channels: Arc::new(Messages::new(broker.clone())),
            grants: Arc::new(stated.clone()),
            orders: Arc::new(stopping.clone()),
            customers: Arc::new(books.clone()),
            clients: Arc::new(ClientsOverHttp::default()),
            login_provider: Arc::new(Provider::default()),
            messages: messaging::of_ciam(sends.as_ref(), directory, &clock),
            staff_policy: Arc::new(Staff(config.staff.policies().map_err(anyhow::Error::msg)?)),
            clock: clock.clone(),
        };
        let ciam = Ciam::open(directory.ciam_database(), settings, neighbours).await?;
        devices.ciam.set(Some(ciam.clone()));
        let risk = risks::open(config, directory, (vault.clone(), clock.clone())).await?;
        let apps: Arc<dyn gateway::ports::Apps> = Arc::new(devices.clone());
        let neighbours = gateway::Neighbours {
            apps: ciam.has_webhooks().then_some(apps),
            vault: vault.clone(),
            statements: Arc::new(stated.clone()),
            devices: Arc::new(devices.clone()),
            core_bank: Arc::new(books),
            risk: risks::judge(config, &risk),
            clock: clock.clone(),
        };
        let settings = config.orders.settings(&config.public_url());
        let gateway = Gateway::open(directory.gateway_database(), settings, neighbours).await?;
        stopping.gateway.set(Some(gateway.clone()));
        ensure_trust(&*vault, &notification, &ciam, clock()).await?;
        let guard = edge::guard(config, &*vault, &ciam, clock.clone()).await?;
        deployment.name_parts(directory, &vault).await?;
        Ok(Self {
            sandbox,
            apart,
            ciam,
            broker,
            stated,
            gateway,
            messages: sends,
            risk,
            guard,
            events,
            devices,
            stopping,
            logs: [messages, queue],
            directory: directory.clone(),
            opened: clock(),
            backing_up: tokio::sync::Mutex::default(),
            clock,
        })
    }

    /// The core bank of this process.
    #[cfg(test)]
    pub(crate) fn sandbox(&self) -> &SandboxBank {
        let sandbox = self.sandbox.as_ref();
        &sandbox.expect("the core bank is in this process").bank
    }

    /// Runs until `stop` becomes true, then finishes the work in progress. Returns an error if a disk or a database failed.
    /// The process then has to end, so that the next start reads the disk again.
    pub(crate) async fn run(&self, mut stop: watch::Receiver<bool>) -> anyhow::Result<()> {
        let stopping = {
            let mut stop = stop.clone();
            async move {
                let _told = stop.wait_for(|stop| *stop).await.is_ok();
            }
        };
        let guarding = stop.clone();
        let events = Arc::new(self.events.clone());
        let notification = self.stated.notification.clone();
        let mut numbering = tokio::spawn(async move { notification.run(events, stopping).await });
        let mut numbered = false;
        let [messages, queue] = &self.logs;
        let failed = tokio::select! {
            _ = stop.wait_for(|stop| *stop) => None,
            error = self.run_sandbox() => Some(error),
            () = self.stated.notification.stopped() => Some(anyhow::anyhow!("notification's database stopped")),
            () = self.ciam.stopped() => Some(anyhow::anyhow!("ciam's database stopped")),
            () = self.risk.stopped() => Some(anyhow::anyhow!("risk's database stopped")),
            () = self.gateway.stopped() => Some(anyhow::anyhow!("gateway's database stopped")),
            stopped = messages.stopped() => Some(anyhow::Error::from(stopped).context("the broker's log")),
            stopped = queue.stopped() => Some(anyhow::Error::from(stopped).context("the pub/sub's log")),
            ended = &mut numbering => {
                numbered = true;
                let by_itself = || anyhow::anyhow!("notification ended unexpectedly");
                Some(ended.err().map_or_else(by_itself, anyhow::Error::from))
            }
            () = self.ciam.run() => Some(anyhow::anyhow!("ciam ended by itself")),
            () = BankMessages::stopped(self.messages.as_ref()) => Some(anyhow::anyhow!("the database of messages stopped")),
            () = BankMessages::run(self.messages.as_ref()) => Some(anyhow::anyhow!("messages are sent no more")),
            () = self.gateway.run() => Some(anyhow::anyhow!("gateway ended by itself")),
            () = self.guard.run(guarding) => Some(anyhow::anyhow!("the edge's guard ended by itself")),
            () = edge::signal_revocations(&self.ciam, &self.guard) => Some(anyhow::anyhow!("ciam signals no more")),
            () = self.look_at_keys() => Some(anyhow::anyhow!("nobody looks at the keys any more")),
        };
        // Some services stop by the same signal and may end first.
        if let Some(error) = failed.filter(|_| !*stop.borrow()) {
            return Err(error);
        }
        if !numbered {
            numbering.await.context("notification did not finish")?;
        }
        self.gateway.close().await;
        self.risk.close().await;
        self.ciam.close().await;
        BankMessages::close(self.messages.as_ref()).await;
        self.stated.notification.close().await;
        if let Some(sandbox) = &self.sandbox {
            sandbox.bank.close().await;
        }
        for log in &self.logs {
            log.close().await;
        }
        Ok(())
    }

    /// Runs the core bank of this process. It executes orders that are due, but none that was stopped: its books may be an
    /// older copy that does not know it yet.
    async fn run_sandbox(&self) -> anyhow::Error {
        let Some(sandbox) = &self.sandbox else {
            return std::future::pending().await;
        };
        let stops_known = async {
            let stops = tokio::time::timeout(STOPS_AWAITED, self.gateway.stops_done());
            if stops.await.is_err() {
                tracing::warn!(
                    "the core bank executes orders, although some customers' orders are not stopped yet"
                );
            }
        };
        sandbox.run(stops_known).await
    }

    /// Creates successors of the services' signing keys in time, and has the root list all keys.
    async fn look_at_keys(&self) {
        let mut pause = KEYS_LOOKED_AT;
        loop {
            tokio::time::sleep(pause).await;
            let Stated {
                notification,
                vault,
                ..
            } = &self.stated;
            let made = async {
                notification.ensure_keys().await?;
                self.ciam.ensure_keys().await?;
                ensure_trust(&**vault, notification, &self.ciam, (self.clock)()).await
            };
            pause = KEYS_LOOKED_AT;
            if let Err(error) = made.await {
                tracing::error!(
                    "signing keys were not renewed; trying again in half a minute: {error:#}"
                );
                pause = KEYS_RETRIED;
            }
        }
    }
}

impl Drop for Services {
    fn drop(&mut self) {
        self.devices.ciam.set(None);
        self.stopping.gateway.set(None);
    }
}

fn books_of(config: &Config, bank: Arc<dyn CoreBank>) -> Books {
    let deadline = Duration::from_secs(config.bank.call_seconds);
    Books::new(bank, config.bank.calls_max, deadline)
}

fn open_log(
    directory: std::path::PathBuf,
    (settings, clock): (&Log, &Clock),
    retention: Retention,
) -> anyhow::Result<Arc<EmbeddedLog>> {
    let config = log_embedded::Config {
        retention,
        segment_bytes: u64::from(settings.segment_kib) * 1024,
        ..log_embedded::Config::new(directory, clock.clone())
    };
    Ok(Arc::new(EmbeddedLog::open(config)?))
}
