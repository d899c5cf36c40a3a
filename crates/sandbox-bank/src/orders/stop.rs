//! The row of a customer who stopped everything, and all SQL over it.

use crate::BankError;
use database::{Transaction, params};
use types::CustomerId;

/// Begins or ends the stop. Returns whether the call is newer than all before.
pub(super) async fn begin(
    tx: &mut Transaction<'_>,
    customer: &CustomerId,
    (number, stopped): (u64, bool),
) -> Result<bool, BankError> {
    let known = "SELECT id FROM customer WHERE id = $1";
    if tx.query_optional(known, params![customer]).await?.is_none() {
        return Err(BankError::CustomerUnknown(customer.clone()));
    }
    let begin = "INSERT INTO stop (customer, number, stopped, orders) VALUES ($1, $2, $3, 0)
        ON CONFLICT (customer) DO UPDATE SET number = excluded.number, stopped = excluded.stopped, orders = 0
        WHERE stop.number < excluded.number";
    let number = i64::try_from(number).map_err(|_| BankError::Invalid("the number of a stop"))?;
    let values = params![customer, number, stopped];
    Ok(tx.execute(begin, values).await? > 0)
}

/// Whether the customer's orders are stopped.
pub(super) async fn is_active(
    tx: &mut Transaction<'_>,
    customer: &CustomerId,
) -> Result<bool, BankError> {
    let select = "SELECT customer FROM stop WHERE customer = $1 AND stopped = 1";
    let row = tx.query_optional(select, params![customer]).await?;
    Ok(row.is_some())
}

/// Counts an order that is cancelled.
pub(super) async fn count(
    tx: &mut Transaction<'_>,
    customer: &CustomerId,
) -> Result<(), BankError> {
    let count = "UPDATE stop SET orders = orders + 1 WHERE customer = $1";
    tx.execute(count, params![customer]).await?;
    Ok(())
}

/// How many orders were cancelled since the stop began.
pub(super) async fn cancelled(
    tx: &mut Transaction<'_>,
    customer: &CustomerId,
) -> Result<u64, BankError> {
    let select = "SELECT orders FROM stop WHERE customer = $1";
    Ok(tx.query_one(select, params![customer]).await?.get(0)?)
}
