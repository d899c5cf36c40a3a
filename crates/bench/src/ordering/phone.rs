//! A device that orders at a steady rate or as fast as outcomes come, and measures how long each outcome took.

use crate::crowd::{Life, Stage, Surroundings};
use crate::figures::micros;
use crate::own_device::OwnDevice;
use client::{Change, Changes, Handle, Reception, SyncError};
use client_native::Native;
use order::{Creditor, Locale, OrderFields, OrderKind, Outcome, OutcomeKind, Scheme};
use std::cell::RefCell;
use std::collections::HashMap;
use std::time::{Duration, Instant};
use tokio::sync::{Notify, watch};
use types::{AccountId, Currency, CustomerId, IntentId, Money};

/// When the orders of a device are given.
#[derive(Debug, Clone, Copy)]
pub(super) enum Pace {
    /// The first one so long after the beginning, and the others at this interval.
    Steady { first: Duration, interval: Duration },
    /// So many of the device are without an outcome at any time.
    Full { in_flight: usize },
}

/// What one device does.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) customer: CustomerId,
    pub(super) from: AccountId,
    pub(super) to: AccountId,
    pub(super) orders: usize,
    pub(super) pace: Pace,
    /// Counts the devices that have vouchers and a live stream.
    pub(super) ready: watch::Sender<usize>,
    /// When ordering begins.
    pub(super) begin: watch::Receiver<Option<Instant>>,
    /// Counts the outcomes on all devices.
    pub(super) outcomes: watch::Sender<usize>,
}

/// How long the outcome of each order took, in microseconds.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub(super) took_us: Vec<u64>,
    pub(super) not_executed: usize,
}

/// An enrolled device.
pub(super) struct Phone {
    plan: Plan,
    own: OwnDevice,
    open: RefCell<HashMap<IntentId, Instant>>,
    report: RefCell<Report>,
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
            open: RefCell::default(),
            report: RefCell::default(),
        })
    }

    async fn live(self, surroundings: &Surroundings) -> anyhow::Result<Report> {
        surroundings.reached(Stage::Working).await?;
        let transport = &surroundings.transport;
        let mut device = self.own.open::<Native>(surroundings, transport).await?;
        let (owner, handle, mut changes) = client::owner();
        let woken = Notify::new();
        let work = async {
            self.order_all(&handle, &woken).await?;
            // It stays live, as devices do, until all have their outcomes.
            surroundings.reached(Stage::Done).await
        };
        tokio::select! {
            stopped = owner.run(&mut device, Reception::Live) => {
                stopped?;
                anyhow::bail!("the device stopped");
            }
            ended = self.watch(&mut changes, &woken) => ended?,
            worked = work => worked?,
        }
        Ok(self.report.into_inner())
    }
}

impl Phone {
    async fn order_all(&self, handle: &Handle, woken: &Notify) -> anyhow::Result<()> {
        while handle.shown().await?.allowance()?.orders == 0 {
            woken.notified().await;
        }
        self.plan.ready.send_modify(|ready| *ready += 1);
        let mut begin = self.plan.begin.clone();
        let began = *begin.wait_for(Option::is_some).await?;
        let began = began.unwrap_or_else(Instant::now);
        let mut due = began;
        for index in 0..self.plan.orders {
            match self.plan.pace {
                Pace::Steady { first, interval } => {
                    due = if index == 0 {
                        began + first
                    } else {
                        due + interval
                    };
                    tokio::time::sleep_until(due.into()).await;
                }
                Pace::Full { in_flight } => {
                    while self.open.borrow().len() >= in_flight {
                        woken.notified().await;
                    }
                    due = Instant::now();
                }
            }
            self.order(handle, woken, due).await?;
        }
        while !self.open.borrow().is_empty() {
            woken.notified().await;
        }
        Ok(())
    }

    /// Orders once, as soon as the device has a voucher.
    async fn order(&self, handle: &Handle, woken: &Notify, due: Instant) -> anyhow::Result<()> {
        loop {
            let review = handle.compose(self.fields(), Locale::En).await?;
            let intent = review.intent();
            self.open.borrow_mut().insert(intent, due);
            match handle.submit(review).await {
                Ok(_) => return Ok(()),
                Err(SyncError::Objected(_)) => {
                    self.open.borrow_mut().remove(&intent);
                    woken.notified().await;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn fields(&self) -> OrderFields {
        OrderFields {
            debit_account: Some(self.plan.from.to_string()),
            amount: Some(Money::new(1, Currency::CZK)),
            creditor: Some(Creditor::new(Scheme::Account, self.plan.to.as_str())),
            ..OrderFields::new(OrderKind::Transfer)
        }
    }

    /// Reads the changes, and takes the time of each outcome.
    async fn watch(&self, changes: &mut Changes, woken: &Notify) -> anyhow::Result<()> {
        while let Some(update) = changes.next().await {
            match update.change {
                Change::Ended(error) => anyhow::bail!("the bank refuses the device: {error}"),
                Change::Entries(entries) => {
                    let outcomes = entries.iter().filter_map(|entry| {
                        Outcome::from_entry(&entry.kind, &entry.arguments)?.ok()
                    });
                    for outcome in outcomes.filter(|one| one.kind != OutcomeKind::Pending) {
                        self.take(&outcome);
                    }
                }
                _ => {}
            }
            woken.notify_one();
        }
        anyhow::bail!("the device stopped")
    }

    fn take(&self, outcome: &Outcome) {
        let Some(due) = self.open.borrow_mut().remove(&outcome.intent) else {
            return;
        };
        let mut report = self.report.borrow_mut();
        report.took_us.push(micros(due.elapsed()));
        report.not_executed += usize::from(outcome.kind != OutcomeKind::Executed);
        self.plan.outcomes.send_modify(|all| *all += 1);
    }
}
