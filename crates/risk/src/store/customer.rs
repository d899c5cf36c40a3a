//! The last place of each customer.

use super::Index;
use database::{DatabaseError, Transaction, params};
use types::Time;

/// A place, sealed, and when the customer was there.
pub(crate) type Visit = (Vec<u8>, Time);

/// The customer's places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CustomerRow {
    /// The order or login that came from the last place.
    pub(crate) id: String,
    pub(crate) last: Visit,
    pub(crate) before: Option<Visit>,
}

pub(crate) async fn find(
    tx: &mut Transaction<'_>,
    customer: Index,
) -> Result<Option<CustomerRow>, DatabaseError> {
    let select = "SELECT id, place, place_ms, place_before, place_before_ms FROM customer WHERE customer = $1";
    let row = tx.query_optional(select, params![customer]).await?;
    row.map(|row| {
        let before: Option<Vec<u8>> = row.get("place_before")?;
        let before_ms: Option<Time> = row.get("place_before_ms")?;
        Ok(CustomerRow {
            id: row.get("id")?,
            last: (row.get("place")?, row.get("place_ms")?),
            before: before.zip(before_ms),
        })
    })
    .transpose()
}

pub(crate) async fn put(
    tx: &mut Transaction<'_>,
    customer: Index,
    row: CustomerRow,
) -> Result<(), DatabaseError> {
    let put = "INSERT INTO customer (customer, id, place, place_ms, place_before, place_before_ms)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (customer) DO UPDATE SET id = excluded.id, place = excluded.place, place_ms = excluded.place_ms,
            place_before = excluded.place_before, place_before_ms = excluded.place_before_ms";
    let (place, at) = row.last;
    let (before, before_at) = row.before.unzip();
    let values = params![customer, row.id, place, at, before, before_at];
    tx.execute(put, values).await?;
    Ok(())
}
