//! One device of a replay: enrols, behaves as planned, and reports the content of its store.

use super::judge::{Held, HeldAccount, HeldEntry};
use super::plan::{Behaviour, Plan};
use crate::crowd::{Life, Stage, Surroundings};
use crate::own_device::{OwnDevice, TRIES_MAX, is_passing, wait};
use client::{Change, Changes, Device, EntryState, Reception};
use client_native::Native;
use protocol::Entry;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use std::cell::Cell;
use std::time::Duration;
use types::{AccountId, BalanceType};

/// How long a device waits for missing entries after everything was posted.
const PATIENCE: Duration = Duration::from_secs(120);

/// The time between connecting and dropping, and between dropping and connecting.
const ON_AND_OFF_MS: std::ops::Range<u64> = 20..1_500;

/// The final report of one device.
pub(crate) struct Report {
    pub(crate) held: Held,
    /// The failed checks of the discrepancies that the device found.
    pub(crate) failed_checks: Vec<String>,
    pub(crate) reconnections: u64,
}

/// An enrolled device that is not running: on the disk, with its keys in memory.
pub(crate) struct Phone {
    plan: Plan,
    own: OwnDevice,
    reconnections: Cell<u64>,
}

impl Life for Phone {
    type Plan = Plan;
    type Report = Report;

    fn name(index: usize, plan: &Plan) -> String {
        format!("device {index} of customer {}", plan.customer)
    }

    async fn enrol(surroundings: &Surroundings, index: usize, plan: Plan) -> anyhow::Result<Self> {
        let own = OwnDevice::new(index, &plan.customer)?;
        own.enrol::<Native>(surroundings, &surroundings.transport)
            .await?;
        Ok(Self {
            plan,
            own,
            reconnections: Cell::new(0),
        })
    }

    /// Behaves as planned until everything was posted and received, then reports the store's content.
    async fn live(self, surroundings: &Surroundings) -> anyhow::Result<Report> {
        surroundings.reached(Stage::Working).await?;
        let posted = surroundings.reached(Stage::Done);
        match self.plan.behaviour {
            Behaviour::Live => {}
            Behaviour::AtTheEnd => {
                posted.await?;
            }
            Behaviour::OnAndOff { seed } => {
                let on_and_off = self.on_and_off(surroundings, seed);
                tokio::select! {
                    failed = on_and_off => return Err(failed),
                    posted = posted => posted?,
                }
            }
        }
        self.receive_all(surroundings).await?;
        self.catch_up(surroundings).await?;
        self.report(surroundings).await
    }
}

impl Phone {
    /// Connects, is cut off at a random moment, and reconnects from its committed state.
    async fn on_and_off(&self, surroundings: &Surroundings, seed: u64) -> anyhow::Error {
        let mut random = StdRng::seed_from_u64(seed);
        let mut moment = || Duration::from_millis(random.random_range(ON_AND_OFF_MS));
        loop {
            tokio::time::sleep(moment()).await;
            let online = async {
                let mut device = self.open(surroundings).await?;
                let (owner, _handle, mut changes) = client::owner();
                let watched = async {
                    while let Some(change) = self.next(&mut changes).await? {
                        drop(change);
                    }
                    anyhow::Ok(())
                };
                tokio::select! {
                    stopped = owner.run(&mut device, Reception::Live) => Ok(stopped?),
                    watched = watched => watched,
                }
            };
            if let Ok(Err(error)) = tokio::time::timeout(moment(), online).await {
                return error;
            }
        }
    }

    /// Stays live until everything was posted and received, or the time limit is reached; the report then shows what is
    /// missing.
    async fn receive_all(&self, surroundings: &Surroundings) -> anyhow::Result<()> {
        while !self.receive(surroundings).await? {}
        Ok(())
    }

    /// The same, until the device mends its books: then its store has to be read again. Returns whether that is all.
    async fn receive(&self, surroundings: &Surroundings) -> anyhow::Result<bool> {
        let mut device = self.open(surroundings).await?;
        let held = held_accounts(&device).await?;
        let mut booked: usize = held.iter().map(|account| account.entries.len()).sum();
        let mut stage = surroundings.stage.clone();
        let mut posted = *stage.borrow() >= Stage::Done;
        let (owner, _handle, mut changes) = client::owner();
        let everything = async {
            let patience = tokio::time::sleep(PATIENCE);
            let mut patience = std::pin::pin!(patience);
            while !posted || booked < self.plan.entries {
                // Each of these futures may be dropped: a change or a stage counts as taken only when it is returned.
                tokio::select! {
                    change = self.next(&mut changes) => match change? {
                        Some(Change::Entries(entries)) => {
                            booked += entries.iter().filter(|entry| entry.booking.is_some()).count();
                        }
                        // Entries from the synchronous side are counted when the store is read again.
                        Some(Change::Mended) => return anyhow::Ok(false),
                        Some(_) => {}
                        None => return Ok(true),
                    },
                    () = &mut patience, if posted => return Ok(true),
                    stages = stage.wait_for(|stage| *stage >= Stage::Done), if !posted => {
                        stages?;
                        posted = true;
                        patience.as_mut().reset(tokio::time::Instant::now() + PATIENCE);
                    }
                }
            }
            Ok(true)
        };
        tokio::select! {
            stopped = owner.run(&mut device, Reception::Live) => {
                stopped?;
                Ok(true)
            }
            all = everything => all,
        }
    }

    /// Requests a checkpoint that proves completeness.
    async fn catch_up(&self, surroundings: &Surroundings) -> anyhow::Result<()> {
        let mut device = self.open(surroundings).await?;
        for tries in 1..TRIES_MAX {
            match device.catch_up().await {
                Ok(_) if device.is_complete() => return Ok(()),
                Ok(_) => wait(tries).await,
                Err(error) if is_passing(&error) => wait(tries).await,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// The content of the store, opened again.
    async fn report(&self, surroundings: &Surroundings) -> anyhow::Result<Report> {
        let device = self.open(surroundings).await?;
        Ok(Report {
            held: Held {
                customer: device.customer().clone(),
                device: device.id(),
                complete: device.is_complete(),
                accounts: held_accounts(&device).await?,
            },
            failed_checks: device
                .discrepancies()
                .iter()
                .map(|found| found.reason.clone())
                .collect(),
            reconnections: self.reconnections.get(),
        })
    }

    /// The next change. If the bank refuses the device, the replay fails.
    async fn next(&self, changes: &mut Changes) -> anyhow::Result<Option<Change>> {
        let change = changes.next().await.map(|update| update.change);
        match &change {
            Some(Change::Offline(_)) => self.reconnections.set(self.reconnections.get() + 1),
            Some(Change::Ended(error)) => anyhow::bail!("the bank refuses the device: {error}"),
            _ => {}
        }
        Ok(change)
    }

    async fn open(&self, surroundings: &Surroundings) -> anyhow::Result<Device<Native>> {
        self.own.open(surroundings, &surroundings.transport).await
    }
}

/// All accounts with their booked entries, oldest first.
async fn held_accounts(device: &Device<Native>) -> anyhow::Result<Vec<HeldAccount>> {
    let mut accounts: Vec<HeldAccount> = Vec::new();
    loop {
        let after = accounts.last().map(|last| last.account.clone());
        let more = device.accounts(after.as_ref())?;
        if more.is_empty() {
            return Ok(accounts);
        }
        for account in more {
            accounts.push(HeldAccount {
                entries: held_entries(device, &account.account).await?,
                account: account.account,
            });
        }
    }
}

/// An account's counting booked entries, oldest first.
async fn held_entries(
    device: &Device<Native>,
    account: &AccountId,
) -> anyhow::Result<Vec<HeldEntry>> {
    let mut entries = Vec::new();
    let mut after = None;
    loop {
        let listing = device.entries(Some(account), after.as_ref()).await?;
        let current = listing.entries.iter();
        let current = current.filter(|listed| listed.state == EntryState::Current);
        entries.extend(current.filter_map(|listed| held_entry(&listed.entry)));
        match listing.next {
            Some(next) => after = Some(next),
            None => return Ok(entries),
        }
    }
}

fn held_entry(entry: &Entry) -> Option<HeldEntry> {
    let booking = entry.booking.as_ref()?;
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    Some(HeldEntry {
        number: booking.number,
        transaction: booking.transaction.to_string(),
        date: booking.date.to_string(),
        amount: booking.amount.minor_units(),
        balance: entry
            .balances
            .get(&BalanceType::Booked)
            .map(|balance| balance.minor_units()),
        operation: booking.operation.clone(),
        purpose: text(&booking.purpose),
        counterparty_bank: text(&booking.counterparty_bank),
        counterparty_account: text(&booking.counterparty_account),
    })
}
