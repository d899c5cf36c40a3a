//! Customers and their channels.

use database::{DatabaseError, Transaction, params};
use types::ChannelId;

/// By what a customer is found: the blind index of the customer number.
pub(crate) type CustomerIndex = [u8; 32];

/// A customer who has, or had, a device.
#[derive(Debug, Clone)]
pub(crate) struct CustomerRow {
    pub(crate) index: CustomerIndex,
    pub(crate) sealed: Vec<u8>,
    pub(crate) channel: ChannelId,
}

/// The customer's channel: the one that was there, or else that of `row`, which is kept then.
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
    tx.query_one(
        "SELECT channel FROM customer WHERE customer_index = $1",
        params![row.index],
    )
    .await?
    .get("channel")
}
