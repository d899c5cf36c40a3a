//! Customers whom notification has not erased yet.

use super::CustomerIndex;
use database::{DatabaseError, Transaction, params};

/// Stores that notification has to erase a customer, whose number is sealed.
pub(crate) async fn put(
    tx: &mut Transaction<'_>,
    customer: CustomerIndex,
    sealed: &[u8],
) -> Result<(), DatabaseError> {
    tx.execute(
        "INSERT INTO erasure (customer_index, customer) VALUES ($1, $2) ON CONFLICT (customer_index) DO NOTHING",
        params![customer, sealed],
    )
    .await?;
    Ok(())
}

/// Those whom notification has to erase, their numbers sealed.
pub(crate) async fn all(tx: &mut Transaction<'_>) -> Result<Vec<Vec<u8>>, DatabaseError> {
    let rows = tx.query("SELECT customer FROM erasure", params![]).await?;
    rows.iter().map(|row| row.get("customer")).collect()
}

/// Whether notification has to erase the customer.
pub(crate) async fn is_waiting(
    tx: &mut Transaction<'_>,
    customer: CustomerIndex,
) -> Result<bool, DatabaseError> {
    let row = tx
        .query_optional(
            "SELECT customer FROM erasure WHERE customer_index = $1",
            params![customer],
        )
        .await?;
    Ok(row.is_some())
}

/// Forgets a customer whom notification has erased.
pub(crate) async fn done(
    tx: &mut Transaction<'_>,
    customer: CustomerIndex,
) -> Result<(), DatabaseError> {
    tx.execute(
        "DELETE FROM erasure WHERE customer_index = $1",
        params![customer],
    )
    .await?;
    Ok(())
}
