//! Ids of orders that were cancelled before they arrived.

use super::CustomerIndex;
use database::{DatabaseError, Transaction, params};
use types::{IntentId, Time};

/// Keeps the id from ever being accepted. A repeated call does nothing.
pub(crate) async fn insert(
    tx: &mut Transaction<'_>,
    (customer, intent): (CustomerIndex, IntentId),
    now: Time,
) -> Result<(), DatabaseError> {
    let insert =
        "INSERT INTO burnt (customer, intent, burnt_ms) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    tx.execute(insert, params![customer, intent, now]).await?;
    Ok(())
}

/// Whether the id was cancelled before its order arrived.
pub(crate) async fn contains(
    tx: &mut Transaction<'_>,
    (customer, intent): (CustomerIndex, IntentId),
) -> Result<bool, DatabaseError> {
    let select = "SELECT 1 FROM burnt WHERE customer = $1 AND intent = $2";
    let row = tx.query_optional(select, params![customer, intent]).await?;
    Ok(row.is_some())
}

/// Deletes the ids from before `time`.
pub(crate) async fn forget(tx: &mut Transaction<'_>, time: Time) -> Result<(), DatabaseError> {
    tx.execute("DELETE FROM burnt WHERE burnt_ms < $1", params![time])
        .await?;
    Ok(())
}
