//! What customers let clients know.

use super::CustomerIndex;
use database::{DatabaseError, Row, Transaction, params};
use types::{ClientId, Time};

/// What a customer lets a client know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ConsentRow {
    pub(crate) customer: CustomerIndex,
    pub(crate) client: ClientId,
    /// Separated by spaces.
    pub(crate) scopes: String,
    pub(crate) given: Time,
}

impl ConsentRow {
    fn read(row: &Row) -> Result<Self, DatabaseError> {
        Ok(Self {
            customer: row.get("customer_index")?,
            client: row.get("client")?,
            scopes: row.get("scopes")?,
            given: row.get("given_ms")?,
        })
    }
}

/// Stores a consent in place of the one that the customer gave to the client before.
pub(crate) async fn put(tx: &mut Transaction<'_>, row: &ConsentRow) -> Result<(), DatabaseError> {
    tx.execute(
        "INSERT INTO consent (customer_index, client, scopes, given_ms) VALUES ($1, $2, $3, $4)
         ON CONFLICT (customer_index, client) DO UPDATE SET scopes = excluded.scopes, given_ms = excluded.given_ms",
        params![row.customer, &row.client, &row.scopes, row.given],
    )
    .await?;
    Ok(())
}

/// What a customer lets a client know.
pub(crate) async fn find(
    tx: &mut Transaction<'_>,
    (customer, client): (CustomerIndex, &ClientId),
) -> Result<Option<ConsentRow>, DatabaseError> {
    let row = tx
        .query_optional(
            "SELECT * FROM consent WHERE customer_index = $1 AND client = $2",
            params![customer, client],
        )
        .await?;
    row.as_ref().map(ConsentRow::read).transpose()
}

/// The consents of a customer, the oldest first.
pub(crate) async fn of_customer(
    tx: &mut Transaction<'_>,
    customer: CustomerIndex,
) -> Result<Vec<ConsentRow>, DatabaseError> {
    let rows = tx
        .query(
            "SELECT * FROM consent WHERE customer_index = $1 ORDER BY given_ms, client",
            params![customer],
        )
        .await?;
    rows.iter().map(ConsentRow::read).collect()
}

/// Deletes the consent that a customer gave to a client. Returns whether there was one.
pub(crate) async fn delete(
    tx: &mut Transaction<'_>,
    (customer, client): (CustomerIndex, &ClientId),
) -> Result<bool, DatabaseError> {
    let rows = tx
        .execute(
            "DELETE FROM consent WHERE customer_index = $1 AND client = $2",
            params![customer, client],
        )
        .await?;
    Ok(rows > 0)
}

/// Deletes all consents of a customer.
pub(crate) async fn delete_all(
    tx: &mut Transaction<'_>,
    customer: CustomerIndex,
) -> Result<(), DatabaseError> {
    tx.execute(
        "DELETE FROM consent WHERE customer_index = $1",
        params![customer],
    )
    .await?;
    Ok(())
}
