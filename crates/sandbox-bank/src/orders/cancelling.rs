//! Cancels pending orders.

use super::payment;
use super::row::{OrderRow, State};
use crate::BankError;
use core_bank::Target;
use database::Transaction;
use order::{Order, Reason};
use types::{CustomerId, Time};

/// Whether an order's copies of its target's fields are as the target has them.
pub(crate) fn copies(order: &Order, target: &Order) -> bool {
    order.debit_account() == target.debit_account()
        && order.amount() == target.amount()
        && order.creditor() == target.creditor()
}

/// The order that `cancel` names by its intent.
pub(crate) async fn target(
    tx: &mut Transaction<'_>,
    customer: &CustomerId,
    target: &str,
) -> Result<Target, BankError> {
    let row = find(tx, customer, target).await?;
    Ok(match row {
        None => Target::Unknown,
        Some(row) if row.state == State::Pending => Target::Active(row.order),
        Some(row) => Target::Done(row.outcome()),
    })
}

async fn find(
    tx: &mut Transaction<'_>,
    customer: &CustomerId,
    target: &str,
) -> Result<Option<OrderRow>, BankError> {
    match target.parse() {
        Ok(intent) => OrderRow::find(tx, customer, intent).await,
        Err(_) => Ok(None),
    }
}

/// Cancels the order's target, and releases what is held for it.
pub(crate) async fn cancel(
    tx: &mut Transaction<'_>,
    order: &OrderRow,
    now: Time,
) -> Result<Result<(), Reason>, BankError> {
    let target = order.order.target().unwrap_or_default();
    let mut row = match find(tx, &order.customer, target).await? {
        Some(row) if copies(&order.order, &row.order) => row,
        _ => return Ok(Err(Reason::TargetUnknown)),
    };
    if row.state != State::Pending {
        return Ok(Err(Reason::TooLate));
    }
    payment::release(tx, &mut row, now).await?;
    row.state = State::Cancelled;
    row.next = None;
    row.report(tx, now).await?;
    Ok(Ok(()))
}
