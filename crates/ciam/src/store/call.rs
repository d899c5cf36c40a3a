//! Calls of the bank to customers: one a customer at most.

use super::CustomerIndex;
use database::{DatabaseError, Transaction, params};
use protocol::http::BankCall;

/// Stores a call in place of an earlier one.
pub(crate) async fn put(
    tx: &mut Transaction<'_>,
    customer: CustomerIndex,
    call: &BankCall,
) -> Result<(), DatabaseError> {
    tx.execute(
        "INSERT INTO bank_call (customer_index, desk, began_ms, ends_ms) VALUES ($1, $2, $3, $4)
         ON CONFLICT (customer_index) DO UPDATE SET desk = excluded.desk, began_ms = excluded.began_ms,
            ends_ms = excluded.ends_ms",
        params![customer, &call.desk, call.began, call.ends],
    )
    .await?;
    Ok(())
}

/// The last call to a customer, which may have ended.
pub(crate) async fn find(
    tx: &mut Transaction<'_>,
    customer: CustomerIndex,
) -> Result<Option<BankCall>, DatabaseError> {
    let row = tx
        .query_optional(
            "SELECT * FROM bank_call WHERE customer_index = $1",
            params![customer],
        )
        .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(BankCall {
        desk: row.get("desk")?,
        began: row.get("began_ms")?,
        ends: row.get("ends_ms")?,
    }))
}

/// Deletes the call to a customer.
pub(crate) async fn delete(
    tx: &mut Transaction<'_>,
    customer: CustomerIndex,
) -> Result<(), DatabaseError> {
    tx.execute(
        "DELETE FROM bank_call WHERE customer_index = $1",
        params![customer],
    )
    .await?;
    Ok(())
}
