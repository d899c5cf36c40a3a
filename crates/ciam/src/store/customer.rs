//! Customers and their channels.

use database::{DatabaseError, Transaction, params};
use types::ChannelId;

/// The blind index of a customer number.
pub(crate) type CustomerIndex = [u8; 32];

/// A customer who has, or had, a device.
#[derive(Debug, Clone)]
pub(crate) struct CustomerRow {
    pub(crate) index: CustomerIndex,
    pub(crate) sealed: Vec<u8>,
    pub(crate) channel: ChannelId,
}

/// The customer's channel: the stored one, otherwise that of `row`, which is then stored.
pub(crate) async fn channel_of(
    tx: &mut Transaction<'_>,
    row: &CustomerRow,
) -> Result<ChannelId, DatabaseError> {
    tx.execute(
        "INSERT INTO customer (customer_index, customer, channel) VALUES ($1, $2, $3)
         ON CONFLICT (customer_index) DO NOTHING",
        params![row.index, &row.sealed, row.channel],
    )
    .await?;
    self::channel(tx, row.index).await
}

/// The channel of a customer who has, or had, a device.
pub(crate) async fn channel(
    tx: &mut Transaction<'_>,
    customer: CustomerIndex,
) -> Result<ChannelId, DatabaseError> {
    tx.query_one(
        "SELECT channel FROM customer WHERE customer_index = $1",
        params![customer],
    )
    .await?
    .get("channel")
}

/// The number of a customer who has, or had, a device, sealed.
pub(crate) async fn sealed(
    tx: &mut Transaction<'_>,
    customer: CustomerIndex,
) -> Result<Vec<u8>, DatabaseError> {
    tx.query_one(
        "SELECT customer FROM customer WHERE customer_index = $1",
        params![customer],
    )
    .await?
    .get("customer")
}

/// Whether the customer has, or had, a device.
pub(crate) async fn is_known(
    tx: &mut Transaction<'_>,
    customer: CustomerIndex,
) -> Result<bool, DatabaseError> {
    let row = tx
        .query_optional(
            "SELECT channel FROM customer WHERE customer_index = $1",
            params![customer],
        )
        .await?;
    Ok(row.is_some())
}

/// Deletes a customer whose devices are deleted. Returns whether the customer existed.
pub(crate) async fn delete(
    tx: &mut Transaction<'_>,
    customer: CustomerIndex,
) -> Result<bool, DatabaseError> {
    let rows = tx
        .execute(
            "DELETE FROM customer WHERE customer_index = $1",
            params![customer],
        )
        .await?;
    Ok(rows > 0)
}
