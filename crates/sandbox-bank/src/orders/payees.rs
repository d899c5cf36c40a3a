//! The customers' lists of payees.

use super::cancelling::copies;
use super::route::{self, Route};
use super::row::OrderRow;
use crate::account::{Account, AccountState};
use crate::{BankError, outbox};
use core_bank::{Arrangement, Target};
use database::{Transaction, params};
use order::{Order, OutcomeKind, Reason};
use protocol::EntryKind;
use protocol::cbor::Map;
use types::{CustomerId, Time};

fn arguments(id: &str, order: Option<&Order>) -> Map {
    let order = order.map(|order| ("order".into(), order.to_value()));
    [("payee".into(), id.into())]
        .into_iter()
        .chain(order)
        .collect()
}

/// Checks that the order's creditor exists, as far as the bank knows.
pub(crate) async fn check(
    tx: &mut Transaction<'_>,
    order: &Order,
) -> Result<Result<(), Reason>, BankError> {
    let creditor = order.creditor();
    let creditor = creditor.ok_or(BankError::Broken("a payee has a creditor"))?;
    match route::find(tx, creditor).await? {
        Err(reason) => return Ok(Err(reason)),
        Ok(Route::Away(_)) => {}
        Ok(Route::Here(account)) => {
            let account = Account::find(tx, &account).await?;
            if account.is_none_or(|account| account.state == AccountState::Closed) {
                return Ok(Err(Reason::CreditorUnknown));
            }
        }
    }
    Ok(Ok(()))
}

/// Adds the order's creditor to the list.
pub(crate) async fn add(
    tx: &mut Transaction<'_>,
    row: &OrderRow,
    now: Time,
) -> Result<Result<(), Reason>, BankError> {
    if let Err(reason) = check(tx, &row.order).await? {
        return Ok(Err(reason));
    }
    let insert = "INSERT INTO payee (customer, id, bytes, removed) VALUES ($1, $2, $3, 0)";
    let params = params![&row.customer, &row.reference, row.order.encode()];
    tx.execute(insert, params).await?;
    let fact = (
        EntryKind::PayeeAdded,
        arguments(&row.reference, Some(&row.order)),
    );
    outbox::record_of_customer(tx, &row.customer, now, fact).await?;
    Ok(Ok(()))
}

/// The payee that `payee.remove` names.
pub(crate) async fn target(
    tx: &mut Transaction<'_>,
    customer: &CustomerId,
    target: &str,
) -> Result<Target, BankError> {
    let select = "SELECT bytes, removed FROM payee WHERE customer = $1 AND id = $2";
    let row = tx.query_optional(select, params![customer, target]).await?;
    Ok(match row {
        None => Target::Unknown,
        Some(row) if row.get(1)? => Target::Done(OutcomeKind::Cancelled),
        Some(row) => Target::Active(Order::parse(&row.get::<Vec<u8>>(0)?)?),
    })
}

/// Removes the order's target from the list.
pub(crate) async fn remove(
    tx: &mut Transaction<'_>,
    row: &OrderRow,
    now: Time,
) -> Result<Result<(), Reason>, BankError> {
    let id = row.order.target().unwrap_or_default();
    match target(tx, &row.customer, id).await? {
        Target::Active(payee) if copies(&row.order, &payee) => {}
        Target::Done(_) => return Ok(Err(Reason::TooLate)),
        Target::Active(_) | Target::Unknown => return Ok(Err(Reason::TargetUnknown)),
    }
    let update = "UPDATE payee SET removed = 1 WHERE customer = $1 AND id = $2";
    tx.execute(update, params![&row.customer, id]).await?;
    let fact = (EntryKind::PayeeRemoved, arguments(id, None));
    outbox::record_of_customer(tx, &row.customer, now, fact).await?;
    Ok(Ok(()))
}

/// The customer's payees, ordered by id.
pub(crate) async fn of_customer(
    tx: &mut Transaction<'_>,
    customer: &CustomerId,
) -> Result<Vec<Arrangement>, BankError> {
    let select = "SELECT id, bytes FROM payee WHERE customer = $1 AND removed = 0 ORDER BY id";
    let rows = tx.query(select, params![customer]).await?;
    rows.iter()
        .map(|row| {
            let id: String = row.get(0)?;
            let order = Order::parse(&row.get::<Vec<u8>>(1)?)?;
            Ok(Arrangement {
                arguments: arguments(&id, Some(&order)),
                id,
            })
        })
        .collect()
}
