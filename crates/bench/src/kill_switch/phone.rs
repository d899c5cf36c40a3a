//! A device beside a press, or the one that presses.

use crate::crowd::{Life, Stage, Surroundings};
use crate::orders::books::Customer;
use crate::own_device::OwnDevice;
use anyhow::Context as _;
use client::{Change, Changes, Device, Errand, Handle, Reception};
use client_native::Native;
use order::{Creditor, Locale, OrderFields, OrderKind, Outcome, OutcomeKind, Scheme};
use std::cell::Cell;
use std::time::Instant;
use tokio::sync::{Notify, watch};
use types::{BusinessDate, Currency, Money};

/// What a device is there for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Role {
    /// It belongs to another customer, and stays live.
    Stays,
    /// It belongs to the customer, and is live.
    Watches,
    /// The same, and so many orders of it wait at the core bank.
    Orders(usize),
    /// It belongs to the customer, and stops everything.
    Presses,
}

/// What happened to a device of the customer, and when.
#[derive(Debug, Clone, Copy)]
pub(super) enum Ended {
    /// Its stream was closed.
    Closed(Instant),
    /// Its press was answered: so many orders were stopped.
    Stopped(u64, Instant),
}

/// What one device does.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) customer: Customer,
    pub(super) role: Role,
    /// Counts the devices for which the press may come.
    pub(super) ready: watch::Sender<usize>,
    /// Whether it is time to press.
    pub(super) pressed: watch::Receiver<bool>,
    /// What happened to the customer's devices.
    pub(super) ended: watch::Sender<Vec<Ended>>,
    /// Counts the others' devices that got an entry of after the press.
    pub(super) heard: watch::Sender<usize>,
}

/// An enrolled device.
pub(super) struct Phone {
    plan: Plan,
    own: OwnDevice,
}

impl Life for Phone {
    type Plan = Plan;
    type Report = ();

    fn name(index: usize, plan: &Plan) -> String {
        format!("device {index} of customer {}", plan.customer.customer)
    }

    async fn enrol(surroundings: &Surroundings, index: usize, plan: Plan) -> anyhow::Result<Self> {
        let own = OwnDevice::new(index, &plan.customer.customer)?;
        own.enrol::<Native>(surroundings, &surroundings.transport)
            .await?;
        Ok(Self { plan, own })
    }

    async fn live(self, surroundings: &Surroundings) -> anyhow::Result<()> {
        surroundings.reached(Stage::Working).await?;
        let transport = &surroundings.transport;
        let mut device = self.own.open::<Native>(surroundings, transport).await?;
        if matches!(self.plan.role, Role::Presses) {
            self.press(&mut device).await?;
            return surroundings.reached(Stage::Done).await;
        }
        let (owner, handle, mut changes) = client::owner();
        let (live, waiting) = (Notify::new(), Cell::new(0));
        let work = async {
            live.notified().await;
            if let Role::Orders(orders) = self.plan.role {
                self.order_all(&handle, orders, &live).await?;
                while waiting.get() < orders {
                    live.notified().await;
                }
            }
            self.is_ready();
            surroundings.reached(Stage::Done).await
        };
        tokio::select! {
            stopped = owner.run(&mut device, Reception::Live) => {
                stopped?;
                anyhow::bail!("the device stopped");
            }
            closed = self.watch(&mut changes, &live, &waiting) => closed?,
            worked = work => worked?,
        }
        surroundings.reached(Stage::Done).await
    }
}

impl Phone {
    const fn stays(&self) -> bool {
        matches!(self.plan.role, Role::Stays)
    }

    fn is_ready(&self) {
        self.plan.ready.send_modify(|ready| *ready += 1);
    }

    fn has_ended(&self, what: Ended) {
        self.plan.ended.send_modify(|ended| ended.push(what));
    }

    async fn press(&self, device: &mut Device<Native>) -> anyhow::Result<()> {
        let mut pressed = self.plan.pressed.clone();
        self.is_ready();
        pressed.wait_for(|pressed| *pressed).await?;
        let stopped = device.run(Errand::stop_everything()).await?;
        let orders = stopped.orders.context("the core bank did not answer")?;
        self.has_ended(Ended::Stopped(orders, Instant::now()));
        Ok(())
    }

    /// Orders for a day that does not come, as soon as the device has vouchers.
    async fn order_all(&self, handle: &Handle, orders: usize, live: &Notify) -> anyhow::Result<()> {
        let [from, to, ..] = &self.plan.customer.accounts[..] else {
            anyhow::bail!("a customer has two accounts");
        };
        let date: BusinessDate = "2200-01-04".parse()?;
        for _ in 0..orders {
            while handle.shown().await?.allowance()?.orders == 0 {
                live.notified().await;
            }
            let fields = OrderFields {
                debit_account: Some(from.to_string()),
                amount: Some(Money::new(1, Currency::CZK)),
                creditor: Some(Creditor::new(Scheme::Account, to.as_str())),
                execution_date: Some(date),
                ..OrderFields::new(OrderKind::Transfer)
            };
            let review = handle.compose(fields, Locale::En).await?;
            handle.submit(review).await?;
        }
        Ok(())
    }

    /// Reads the changes until the bank closes the device.
    async fn watch(
        &self,
        changes: &mut Changes,
        live: &Notify,
        waiting: &Cell<usize>,
    ) -> anyhow::Result<()> {
        while let Some(update) = changes.next().await {
            match update.change {
                Change::Ended(error) => {
                    let ended = error.ended() == Some(client::Ended::CustomerStopped);
                    anyhow::ensure!(
                        ended && !self.stays(),
                        "the bank refuses the device: {error}"
                    );
                    self.has_ended(Ended::Closed(Instant::now()));
                    return Ok(());
                }
                Change::Offline(error) if self.stays() && *self.plan.pressed.borrow() => {
                    anyhow::bail!("the stream of another customer was closed: {error}");
                }
                Change::Entries(_) if self.stays() && *self.plan.pressed.borrow() => {
                    self.plan.heard.send_modify(|heard| *heard += 1);
                }
                Change::Entries(entries) => {
                    let outcomes = entries.iter().filter_map(|entry| {
                        Outcome::from_entry(&entry.kind, &entry.arguments)?.ok()
                    });
                    let pending = outcomes.filter(|one| one.kind == OutcomeKind::Pending);
                    waiting.set(waiting.get() + pending.count());
                    live.notify_one();
                }
                Change::Live | Change::Orders => live.notify_one(),
                _ => {}
            }
        }
        anyhow::bail!("the device stopped")
    }
}
