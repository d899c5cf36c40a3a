//! All orders of the outbox. Copying costs nothing that grows with their number.

use crate::outbox::outgoing::Outgoing;
use crate::outbox::progress::Progress;
use std::collections::BTreeMap;
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

    /// Whether an order waits for a cancellation that would keep it from being executed.
    pub(crate) fn waits_for_cancel(&self, intent: &IntentId) -> bool {
        let target = intent.to_string();
        self.all().any(|other| {
            let undecided = matches!(other.progress, Progress::Waiting | Progress::Sent);
            undecided && other.intent.order.target() == Some(target.as_str())
        })
    }

    /// The amounts of an account that its balances do not include yet.
    pub(crate) fn pending(&self, account: &AccountId) -> impl Iterator<Item = Money> {
        let pending = self.all().filter(|outgoing| outgoing.is_pending_amount());
        pending
            .filter_map(Outgoing::debit)
            .filter_map(move |(debit, amount)| (debit == *account).then_some(amount))
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
