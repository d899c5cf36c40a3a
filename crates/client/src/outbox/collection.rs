//! All orders of the outbox. Copying costs nothing that grows with their number.

use crate::outbox::outgoing::Outgoing;
use crate::outbox::progress::Progress;
use order::OrderKind;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use types::{AccountId, IntentId, Money, VoucherId};

/// Maximum orders kept. Beyond it the oldest with an outcome are dropped.
const ORDERS_MAX: usize = 1_000;

/// The orders by id, so the oldest are first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outbox {
    orders: Arc<BTreeMap<IntentId, Arc<Outgoing>>>,
}

impl Outbox {
    pub(crate) fn get(&self, intent: &IntentId) -> Option<&Outgoing> {
        self.orders.get(intent).map(|outgoing| &**outgoing)
    }

    pub(crate) fn insert(&mut self, outgoing: Outgoing) {
        let orders = Arc::make_mut(&mut self.orders);
        orders.insert(outgoing.intent.intent, Arc::new(outgoing));
    }

    pub(crate) fn remove(&mut self, intent: &IntentId) {
        Arc::make_mut(&mut self.orders).remove(intent);
    }

    /// All orders, the oldest first.
    pub(crate) fn all(&self) -> impl DoubleEndedIterator<Item = &Outgoing> {
        self.orders.values().map(|outgoing| &**outgoing)
    }

    /// Whether an order of the outbox spent the voucher.
    pub(crate) fn spends(&self, voucher: VoucherId) -> bool {
        self.all()
            .any(|outgoing| outgoing.intent.voucher == Some(voucher))
    }

    /// The targets of cancellations that the bank may not have yet.
    pub(crate) fn being_cancelled(&self) -> BTreeSet<&str> {
        let undecided =
            |one: &&Outgoing| matches!(one.progress, Progress::Waiting | Progress::Sent);
        let undecided = self.all().filter(undecided);
        undecided
            .filter_map(|one| one.intent.order.target())
            .collect()
    }

    /// The targets of cancellations that the bank executed.
    pub(crate) fn cancelled(&self) -> BTreeSet<&str> {
        let executed = |one: &&Outgoing| {
            let cancels = one.intent.order.kind() == OrderKind::Cancel;
            cancels && matches!(one.progress, Progress::Executed { .. })
        };
        let executed = self.all().filter(executed);
        executed
            .filter_map(|one| one.intent.order.target())
            .collect()
    }

    /// The orders whose amounts the balances of an account do not include yet.
    pub(crate) fn pending(&self, account: &AccountId) -> impl Iterator<Item = (IntentId, Money)> {
        let pending = self.all().filter(|outgoing| outgoing.is_pending_amount());
        pending.filter_map(move |outgoing| {
            let (debit, amount) = outgoing.leaves()?;
            (debit == *account).then_some((outgoing.intent.intent, amount))
        })
    }

    /// The oldest orders beyond the maximum that have an outcome and no pending amount.
    pub(crate) fn beyond_the_maximum(&self) -> Vec<IntentId> {
        let over = self.orders.len().saturating_sub(ORDERS_MAX);
        let done = self
            .all()
            .filter(|outgoing| outgoing.progress.is_final() && !outgoing.is_pending_amount());
        done.map(|outgoing| outgoing.intent.intent)
            .take(over)
            .collect()
    }
}
