//! The core bank for development: its books, the relay of its events, and the executor of its orders.

use crate::config::Config;
use anyhow::Context as _;
use database::Location;
use envelope::RelayKeys;
use operator::DataDirectory;
use sandbox_bank::ports::EventSink;
use sandbox_bank::{Executor, Relay, SandboxBank};
use std::sync::Arc;
use types::Clock;

/// The name of this core bank in its events.
const EVENT_SOURCE: &str = "urn:passbook:sandbox-bank";

/// The core bank for development.
pub(crate) struct Sandbox {
    pub(crate) bank: SandboxBank,
    relay: Relay,
}

impl Sandbox {
    /// Opens the books. The relay publishes their events to `sink`.
    pub(super) async fn open(
        config: &Config,
        directory: &DataDirectory,
        (keys, sink): (RelayKeys, Arc<impl EventSink + 'static>),
        clock: Clock,
    ) -> anyhow::Result<Self> {
        let books = directory.bank_database();
        let bank = SandboxBank::open(&books, clock)?
            .in_time_zone(config.bank.time_zone.clone())
            .with_holidays(config.bank.holidays.clone());
        bank.continue_clock().await?;
        // A database on a server does not show that it was restored. `passbook bank reopen` reports a restore.
        if let Location::File(file) = &books
            && bank.reopen_if_copied(file).await?
        {
            tracing::warn!(
                "the core bank's file was put back from a copy: all channels are compared with its books"
            );
        }
        let relay = Relay::new(bank.clone(), keys, EVENT_SOURCE.into(), sink);
        Ok(Self { bank, relay })
    }

    /// Relays events, and executes orders once `stops_known` is over. Returns why it ended: its database failed.
    pub(super) async fn run(&self, stops_known: impl Future<Output = ()>) -> anyhow::Error {
        let execute = async {
            stops_known.await;
            Executor::new(self.bank.clone()).run().await
        };
        tokio::select! {
            error = self.relay.run() => anyhow::Error::from(error).context("the core bank's relay stopped"),
            error = execute => anyhow::Error::from(error).context("the core bank executes no orders"),
            () = self.bank.stopped() => anyhow::anyhow!("the core bank's database stopped"),
        }
    }
}

/// The sandbox's first customers, if it has none.
pub(crate) async fn generate(
    bank: &SandboxBank,
    config: &Config,
    is_asked: bool,
) -> anyhow::Result<()> {
    let customers = match config.sandbox.customers {
        0 if is_asked => CUSTOMERS,
        customers => customers,
    };
    if customers > 0 {
        let generated = bank.generate(customers, config.sandbox.seed).await;
        generated.context("the sandbox's customers were not generated")?;
    }
    Ok(())
}

/// How many customers `--sandbox` generates where the configuration does not say.
const CUSTOMERS: u32 = 20;
