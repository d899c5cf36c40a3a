//! Customers who stopped everything.

use super::{CustomerIndex, signed};
use database::{DatabaseError, Row, Transaction, params};
use types::Time;

/// The newest beginning or end of a customer's stop.
#[derive(Debug, Clone)]
pub(crate) struct StopRow {
    pub(crate) customer: CustomerIndex,
    /// Sealed.
    pub(crate) sealed: Vec<u8>,
    pub(crate) number: u64,
    /// Whether the stop began. Otherwise it ended.
    pub(crate) stopped: bool,
    pub(crate) changed: Time,
    /// How many devices it revoked.
    pub(crate) devices: u64,
    /// Whether gateway has done it.
    pub(crate) told: bool,
}

impl StopRow {
    fn read(row: &Row) -> Result<Self, DatabaseError> {
        Ok(Self {
            customer: row.get("customer_index")?,
            sealed: row.get("customer")?,
            number: row.get("number")?,
            stopped: row.get("stopped")?,
            changed: row.get("changed_ms")?,
            devices: row.get("devices")?,
            told: row.get("told")?,
        })
    }
}

/// Stores a beginning or an end, in place of the customer's former one.
pub(crate) async fn put(tx: &mut Transaction<'_>, row: &StopRow) -> Result<(), DatabaseError> {
    tx.execute(
        "INSERT INTO customer_stop (customer_index, customer, number, stopped, changed_ms, devices, told)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (customer_index) DO UPDATE SET customer = excluded.customer, number = excluded.number,
            stopped = excluded.stopped, changed_ms = excluded.changed_ms, devices = excluded.devices,
            told = excluded.told",
        params![
            row.customer,
            &row.sealed,
            signed(row.number),
            row.stopped,
            row.changed,
            signed(row.devices),
            row.told,
        ],
    )
    .await?;
    Ok(())
}

/// The newest beginning or end of a customer's stop. `None` if gateway has done an end, or there was no stop.
pub(crate) async fn find(
    tx: &mut Transaction<'_>,
    customer: CustomerIndex,
) -> Result<Option<StopRow>, DatabaseError> {
    let row = tx
        .query_optional(
            "SELECT * FROM customer_stop WHERE customer_index = $1",
            params![customer],
        )
        .await?;
    row.as_ref().map(StopRow::read).transpose()
}

/// Whether the customer has stopped everything.
pub(crate) async fn is_active(
    tx: &mut Transaction<'_>,
    customer: CustomerIndex,
) -> Result<bool, DatabaseError> {
    Ok(find(tx, customer).await?.is_some_and(|row| row.stopped))
}

/// The first `limit` rows after that number that gateway has not done.
pub(crate) async fn untold(
    tx: &mut Transaction<'_>,
    number: u64,
    limit: u32,
) -> Result<Vec<StopRow>, DatabaseError> {
    let rows = tx
        .query(
            "SELECT * FROM customer_stop WHERE told = 0 AND number > $1 ORDER BY number LIMIT $2",
            params![signed(number), limit],
        )
        .await?;
    rows.iter().map(StopRow::read).collect()
}

/// Stores that gateway has done it, unless it is not the newest any more. Nothing remains of an end.
pub(crate) async fn mark_told(
    tx: &mut Transaction<'_>,
    row: &StopRow,
) -> Result<(), DatabaseError> {
    let statement = if row.stopped {
        "UPDATE customer_stop SET told = 1 WHERE customer_index = $1 AND number = $2"
    } else {
        "DELETE FROM customer_stop WHERE customer_index = $1 AND number = $2"
    };
    tx.execute(statement, params![row.customer, signed(row.number)])
        .await?;
    Ok(())
}

/// Has gateway told of all stops again. Its tables may have been restored from an older copy.
pub(crate) async fn tell_again(tx: &mut Transaction<'_>) -> Result<(), DatabaseError> {
    tx.execute(
        "UPDATE customer_stop SET told = 0 WHERE stopped = 1",
        params![],
    )
    .await?;
    Ok(())
}

/// Forgets the stop of an erased customer.
pub(crate) async fn forget(
    tx: &mut Transaction<'_>,
    customer: CustomerIndex,
) -> Result<(), DatabaseError> {
    tx.execute(
        "DELETE FROM customer_stop WHERE customer_index = $1",
        params![customer],
    )
    .await?;
    Ok(())
}
