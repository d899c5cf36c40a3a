//! Orders about earlier ones: to cancel an order, to end a standing order, to remove a payee.

use crate::error::SyncError;
use crate::outbox::objection::Objection;
use crate::shown::{Page, Shown};
use envelope::Section;
use order::{Order, OrderFields, OrderKind};
use types::{IntentId, PayeeId, StandingOrderId};

impl Shown {
    /// The fields of the order that cancels an order of this customer, given on this device or pending. `None` if the
    /// device does not know it.
    pub fn to_cancel(&self, intent: &IntentId) -> Result<Option<OrderFields>, SyncError> {
        let target = intent.to_string();
        let order = order_of(self.page()?, OrderKind::Cancel, &target);
        Ok(order.map(|order| copied(OrderKind::Cancel, target, &order)))
    }

    /// The fields of the order that ends a standing order.
    pub fn to_end(&self, standing: &StandingOrderId) -> Result<Option<OrderFields>, SyncError> {
        let target = standing.to_string();
        let order = order_of(self.page()?, OrderKind::StandingEnd, &target);
        Ok(order.map(|order| copied(OrderKind::StandingEnd, target, &order)))
    }

    /// The fields of the order that removes a payee.
    pub fn to_remove(&self, payee: &PayeeId) -> Result<Option<OrderFields>, SyncError> {
        let target = payee.to_string();
        let order = order_of(self.page()?, OrderKind::PayeeRemove, &target);
        Ok(order.map(|order| copied(OrderKind::PayeeRemove, target, &order)))
    }
}

/// What is wrong with an order about an earlier one.
pub(crate) fn target_objection(page: &Page, order: &Order) -> Option<Objection> {
    let target = order.target()?;
    let Some(made_by) = order_of(page, order.kind(), target) else {
        return Some(Objection::TargetUnknown);
    };
    let own = target.parse().ok();
    let own = own.and_then(|intent: IntentId| page.outbox.get(&intent));
    if own.is_some_and(|own| own.progress.is_final()) {
        return Some(Objection::TargetDone);
    }
    let expected = copied(order.kind(), target.to_owned(), &made_by);
    (*order.fields() != expected).then_some(Objection::TargetUnknown)
}

/// The order that made the target.
fn order_of(page: &Page, kind: OrderKind, target: &str) -> Option<Order> {
    let section = match kind {
        OrderKind::Cancel => Section::Order,
        OrderKind::StandingEnd => Section::Standing,
        _ => Section::Payee,
    };
    let own: Option<IntentId> = target.parse().ok().filter(|_| kind == OrderKind::Cancel);
    let own = own.and_then(|intent| page.outbox.get(&intent));
    if let Some(own) = own {
        return Some(own.intent.order.clone());
    }
    let arranged = page.arrangements.get(section, target);
    let arranged = arranged.filter(|arranged| !arranged.ended && !arranged.executed);
    arranged.and_then(|arranged| arranged.order())
}

fn copied(kind: OrderKind, target: String, order: &Order) -> OrderFields {
    let fields = order.fields();
    let removes = kind == OrderKind::PayeeRemove;
    OrderFields {
        target: Some(target),
        debit_account: fields.debit_account.clone().filter(|_| !removes),
        amount: fields.amount.filter(|_| !removes),
        creditor: fields.creditor.clone(),
        ..OrderFields::new(kind)
    }
}
