//! A device that orders as planned, on a bad network, and is killed now and then.

use super::network::{BadNetwork, Shaken, Tally};
use super::plan::{Plan, Told};
use crate::crowd::{Life, Stage, Surroundings};
use crate::own_device::{OwnDevice, TRIES_MAX, is_passing, wait};
use client::{
    Account, Change, Changes, Ended, Funds, Handle, OrderState, Reception, Refusal, Shown,
    ShownOrder, SyncError,
};
use envelope::SoftwareKey;
use order::{Locale, OrderKind};
use protocol::http::OrderAnswer;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tokio::sync::Notify;
use types::{CustomerId, IntentId};

/// How long a device runs until it is killed, and how long it is off.
const ON_MS: std::ops::Range<u64> = 300..5_000;
const OFF_MS: std::ops::Range<u64> = 1..300;

/// The longest pause between two orders of a device.
const PAUSE_MS: u64 = 30;

/// What a device has in the end.
pub(super) struct Report {
    pub(super) customer: CustomerId,
    pub(super) complete: bool,
    pub(super) accounts: Vec<(Account, Option<Funds>)>,
    pub(super) orders: Vec<ShownOrder>,
    /// What gateway says of the orders that the core bank need not know.
    pub(super) answers: BTreeMap<IntentId, OrderAnswer>,
    /// The orders that the device said it stored.
    pub(super) submitted: BTreeSet<IntentId>,
    /// Ids of the standing orders, payees and pending orders that it shows.
    pub(super) arranged: [Vec<String>; 3],
    pub(super) discrepancies: usize,
    pub(super) restarts: u64,
    pub(super) tally: Tally,
}

/// An enrolled device.
pub(super) struct Phone {
    plan: Plan,
    own: OwnDevice,
    network: BadNetwork,
    random: RefCell<StdRng>,
    submitted: RefCell<BTreeSet<IntentId>>,
    told: Cell<Told>,
    restarts: Cell<u64>,
}

impl Life for Phone {
    type Plan = Plan;
    type Report = Report;

    fn name(index: usize, plan: &Plan) -> String {
        format!("device {index} of customer {}", plan.customer.customer)
    }

    async fn enrol(surroundings: &Surroundings, index: usize, plan: Plan) -> anyhow::Result<Self> {
        let own = OwnDevice::new(index, &plan.customer.customer)?;
        let [session, _, _] = own.secrets.keys.expose();
        let session = SoftwareKey::from_bytes(&session)?;
        let random = (
            surroundings.clock.clone(),
            StdRng::seed_from_u64(plan.seed ^ 1),
        );
        let network = BadNetwork::new(surroundings.transport.clone(), session, random);
        if plan.is_calm() {
            network.calm_down();
        }
        own.enrol::<Shaken>(surroundings, &network).await?;
        Ok(Self {
            random: RefCell::new(StdRng::seed_from_u64(plan.seed ^ 2)),
            plan,
            own,
            network,
            submitted: RefCell::default(),
            told: Cell::default(),
            restarts: Cell::default(),
        })
    }

    async fn live(self, surroundings: &Surroundings) -> anyhow::Result<Report> {
        surroundings.reached(Stage::Working).await?;
        loop {
            let until_killed = match self.plan.is_calm() {
                true => Duration::MAX,
                false => Duration::from_millis(self.draw(ON_MS)),
            };
            let ordering = self.sitting(surroundings, async |handle, woken| {
                self.order(handle, woken).await
            });
            // Dropped wherever it is, as when the system kills an app.
            if let Ok(ordered) = tokio::time::timeout(until_killed, ordering).await {
                ordered?;
                break;
            }
            self.restarts.set(self.restarts.get() + 1);
            tokio::time::sleep(Duration::from_millis(self.draw(OFF_MS))).await;
        }
        self.sitting(surroundings, async |handle, woken| {
            self.settle(handle, woken, surroundings).await
        })
        .await?;
        self.network.calm_down();
        self.report(surroundings).await
    }
}

impl Phone {
    fn draw(&self, range: std::ops::Range<u64>) -> u64 {
        self.random.borrow_mut().random_range(range)
    }

    /// Runs the device, live, until `work` is done. It starts again if its stream was displaced: requests of its killed
    /// predecessors may have waited in a bank that was busy, and have come to their turn after its own.
    async fn sitting(
        &self,
        surroundings: &Surroundings,
        work: impl AsyncFn(&Handle, &Notify) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        loop {
            match self.run(surroundings, &work).await {
                Err(error) if is_displaced(&error) => self.restarts.set(self.restarts.get() + 1),
                ended => return ended,
            }
        }
    }

    async fn run(
        &self,
        surroundings: &Surroundings,
        work: &impl AsyncFn(&Handle, &Notify) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let mut device = self.own.open::<Shaken>(surroundings, &self.network).await?;
        let (owner, handle, mut changes) = client::owner();
        let woken = Notify::new();
        tokio::select! {
            stopped = owner.run(&mut device, Reception::Live) => {
                stopped?;
                anyhow::bail!("the device stopped")
            }
            ended = watch(&mut changes, &woken) => ended,
            worked = work(&handle, &woken) => worked,
        }
    }

    /// Orders what is missing, and waits until every order was answered.
    async fn order(&self, handle: &Handle, woken: &Notify) -> anyhow::Result<()> {
        loop {
            let shown = handle.shown().await?;
            let orders = shown.orders()?;
            let open = self.tell(&orders);
            if orders.len() >= self.plan.orders() {
                match open {
                    0 => return Ok(()),
                    _ => woken.notified().await,
                }
                continue;
            }
            if !self.order_one(handle, &shown, orders.len()).await? {
                woken.notified().await;
            }
            let pause = Duration::from_millis(self.draw(0..PAUSE_MS));
            tokio::time::sleep(pause).await;
        }
    }

    /// Orders once. Returns false if the device has to wait for vouchers.
    async fn order_one(
        &self,
        handle: &Handle,
        shown: &Shown,
        index: usize,
    ) -> anyhow::Result<bool> {
        let locale = match index % 2 {
            0 => Locale::En,
            _ => Locale::Th,
        };
        let fields = self.plan.fields(index, shown)?;
        let mut review = handle.compose(fields, locale).await?;
        if !review.can_be_signed() && !self.plan.is_calm() {
            review = handle.compose(self.plan.simple()?, locale).await?;
        }
        match handle.submit(review).await {
            Ok(order) => {
                self.submitted.borrow_mut().insert(order.intent);
                Ok(true)
            }
            Err(SyncError::Objected(_)) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Tells how far the orders are. Returns how many it has not answered.
    fn tell(&self, orders: &[ShownOrder]) -> usize {
        let open = |order: &&ShownOrder| {
            let state = &order.state;
            matches!(
                state,
                OrderState::WaitingForNetwork | OrderState::Sent | OrderState::Asking
            )
        };
        let open = orders.iter().filter(open).count();
        let undecided = |order: &&ShownOrder| !order.state.is_final() || order.amount_is_pending;
        let before = self.told.get();
        let now = Told {
            answered: before.answered.max(orders.len() - open),
            decided: orders.len() - orders.iter().filter(undecided).count(),
        };
        if now != before {
            self.told.set(now);
            self.plan.told.send_modify(|all| {
                all.answered += now.answered - before.answered;
                all.decided = (all.decided + now.decided).saturating_sub(before.decided);
            });
        }
        open
    }

    /// Tells outcomes until everything was done at the bank.
    async fn settle(
        &self,
        handle: &Handle,
        woken: &Notify,
        surroundings: &Surroundings,
    ) -> anyhow::Result<()> {
        let telling = async {
            loop {
                self.tell(&handle.shown().await?.orders()?);
                woken.notified().await;
            }
        };
        tokio::select! {
            failed = telling => failed,
            done = surroundings.reached(Stage::Done) => done,
        }
    }

    /// Proves that nothing is missing, and reports what the store has.
    async fn report(self, surroundings: &Surroundings) -> anyhow::Result<Report> {
        let mut device = self.own.open::<Shaken>(surroundings, &self.network).await?;
        for tries in 1..TRIES_MAX {
            match device.catch_up().await {
                Ok(_) if device.is_complete() => break,
                Ok(_) => wait(tries).await,
                Err(error) if is_passing(&error) => wait(tries).await,
                Err(error) => return Err(error.into()),
            }
        }
        let shown = device.shown();
        let accounts = shown.accounts(None)?.into_iter().map(|account| {
            let funds = shown.funds(&account.account)?;
            anyhow::Ok((account, funds))
        });
        let standing = shown.standing_orders()?;
        let standing = standing.iter().map(|one| one.id.to_string());
        let payees = shown.payees()?;
        let payees = payees.iter().map(|one| one.id.to_string());
        let pending = shown.pending_orders()?;
        let pending = pending.iter().map(|one| one.id.to_string());
        let orders = shown.orders()?;
        let mut answers = BTreeMap::new();
        for order in orders.iter().filter(|order| may_end_at_gateway(order)) {
            if let Some(answer) = self.network.ask(order.intent).await? {
                answers.insert(order.intent, answer);
            }
        }
        Ok(Report {
            answers,
            customer: shown.customer().clone(),
            complete: shown.is_complete(),
            accounts: accounts.collect::<anyhow::Result<_>>()?,
            orders,
            submitted: self.submitted.into_inner(),
            arranged: [standing.collect(), payees.collect(), pending.collect()],
            discrepancies: shown.discrepancies().len(),
            restarts: self.restarts.get(),
            tally: self.network.tally(),
        })
    }
}

fn is_displaced(error: &anyhow::Error) -> bool {
    let error = error.downcast_ref::<SyncError>();
    error.is_some_and(|error| error.ended() == Some(Ended::Replaced))
}

/// Reads the changes and wakes whoever waits for one. If the bank refuses the device, the work fails.
async fn watch(changes: &mut Changes, woken: &Notify) -> anyhow::Result<()> {
    while let Some(update) = changes.next().await {
        if let Change::Ended(error) = update.change {
            return Err(anyhow::Error::from(error).context("the bank refuses the device"));
        }
        woken.notify_one();
    }
    anyhow::bail!("the device stopped")
}

/// Whether the order may never have reached the core bank: gateway refused it, or it was cancelled before it came.
fn may_end_at_gateway(order: &ShownOrder) -> bool {
    let is_cancel = order.order.kind() == OrderKind::Cancel;
    match &order.state {
        OrderState::Refused(refusal) => matches!(refusal, Refusal::Code(..)),
        OrderState::Cancelled => true,
        OrderState::Done { .. } => is_cancel,
        _ => false,
    }
}
