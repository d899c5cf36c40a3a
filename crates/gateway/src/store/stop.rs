//! Customers who stopped everything.

use super::CustomerIndex;
use database::{DatabaseError, Row, Transaction, params};

/// ciam's newest call about a customer.
#[derive(Debug, Clone)]
pub(crate) struct StopRow {
    pub(crate) customer: CustomerIndex,
    pub(crate) number: i64,
    /// The customer, sealed.
    pub(crate) sealed: Vec<u8>,
    /// Whether the call began a stop. Otherwise it ended one.
    pub(crate) stopped: bool,
    /// Whether the core bank has done it.
    pub(crate) done: bool,
    /// How many orders gateway ended itself.
    pub(crate) ended: u64,
    /// How many orders ended altogether.
    pub(crate) orders: u64,
}

impl StopRow {
    fn read(row: &Row) -> Result<Self, DatabaseError> {
        Ok(Self {
            customer: row.get("customer")?,
            number: row.get("number")?,
            sealed: row.get("sealed")?,
            stopped: row.get("stopped")?,
            done: row.get("done")?,
            ended: row.get("ended")?,
            orders: row.get("orders")?,
        })
    }
}

/// The newest call about a customer.
pub(crate) async fn find(
    tx: &mut Transaction<'_>,
    customer: CustomerIndex,
) -> Result<Option<StopRow>, DatabaseError> {
    let select = "SELECT * FROM stop WHERE customer = $1";
    let row = tx.query_optional(select, params![customer]).await?;
    row.as_ref().map(StopRow::read).transpose()
}

/// Whether no order of the customer is accepted: from the beginning of a stop until the core bank has ended it.
pub(crate) async fn bars(
    tx: &mut Transaction<'_>,
    customer: CustomerIndex,
) -> Result<bool, DatabaseError> {
    let stop = find(tx, customer).await?;
    Ok(stop.is_some_and(|stop| stop.stopped || !stop.done))
}

/// Stores a newer call, which is not done yet.
pub(crate) async fn put(tx: &mut Transaction<'_>, row: &StopRow) -> Result<(), DatabaseError> {
    let put = "INSERT INTO stop (customer, number, sealed, stopped, done, ended, orders) VALUES ($1, $2, $3, $4, 0, $5, 0)
        ON CONFLICT (customer) DO UPDATE SET number = excluded.number, sealed = excluded.sealed,
            stopped = excluded.stopped, done = 0, ended = excluded.ended, orders = 0";
    let ended = i64::try_from(row.ended).unwrap_or(i64::MAX);
    let values = params![row.customer, row.number, &row.sealed, row.stopped, ended];
    tx.execute(put, values).await?;
    Ok(())
}

/// Stores that the core bank has done the call, and how many orders ended, unless a newer call came meanwhile.
pub(crate) async fn mark_done(
    tx: &mut Transaction<'_>,
    row: &StopRow,
    orders: u64,
) -> Result<(), DatabaseError> {
    let update = "UPDATE stop SET done = 1, orders = $1 WHERE customer = $2 AND number = $3";
    let orders = i64::try_from(orders).unwrap_or(i64::MAX);
    tx.execute(update, params![orders, row.customer, row.number])
        .await?;
    Ok(())
}

/// Has all stops done again: the core bank may be an older copy that does not know them.
pub(crate) async fn do_again(tx: &mut Transaction<'_>) -> Result<(), DatabaseError> {
    let update = "UPDATE stop SET done = 0 WHERE stopped = 1";
    tx.execute(update, params![]).await?;
    Ok(())
}

/// The first `limit` calls after that number that the core bank has not done.
pub(crate) async fn not_done(
    tx: &mut Transaction<'_>,
    number: i64,
    limit: u32,
) -> Result<Vec<StopRow>, DatabaseError> {
    let select = "SELECT * FROM stop WHERE done = 0 AND number > $1 ORDER BY number LIMIT $2";
    let rows = tx.query(select, params![number, limit]).await?;
    rows.iter().map(StopRow::read).collect()
}
