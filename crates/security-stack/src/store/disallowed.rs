//! Addresses that may not connect.

use database::{DatabaseError, Row, Transaction, params};
use types::Time;

/// An address that may not connect.
#[derive(Debug, Clone)]
pub(crate) struct DisallowedRow {
    pub(crate) address: String,
    pub(crate) since: Time,
    pub(crate) exception: u64,
}

impl DisallowedRow {
    fn read(row: &Row) -> Result<Self, DatabaseError> {
        Ok(Self {
            address: row.get("address")?,
            since: row.get("since_ms")?,
            exception: row.get("exception")?,
        })
    }
}

/// Disallows an address.
pub(crate) async fn put(
    tx: &mut Transaction<'_>,
    row: &DisallowedRow,
) -> Result<(), DatabaseError> {
    let put = "INSERT INTO disallowed (address, since_ms, exception) VALUES ($1, $2, $3)
        ON CONFLICT (address) DO UPDATE SET since_ms = excluded.since_ms, exception = excluded.exception,
            released_ms = NULL, released_by = NULL, reason = NULL";
    let number = i64::try_from(row.exception).unwrap_or(i64::MAX);
    tx.execute(put, params![&row.address, row.since, number])
        .await?;
    Ok(())
}

/// All addresses that may not connect, the newest first.
pub(crate) async fn all(tx: &mut Transaction<'_>) -> Result<Vec<DisallowedRow>, DatabaseError> {
    let select = "SELECT address, since_ms, exception FROM disallowed WHERE released_ms IS NULL ORDER BY since_ms DESC, address";
    let rows = tx.query(select, params![]).await?;
    rows.iter().map(DisallowedRow::read).collect()
}

/// Releases an address. Returns whether it was disallowed.
pub(crate) async fn release(
    tx: &mut Transaction<'_>,
    address: &str,
    (by, reason): (&str, &str),
    now: Time,
) -> Result<bool, DatabaseError> {
    let update = "UPDATE disallowed SET released_ms = $1, released_by = $2, reason = $3
        WHERE address = $4 AND released_ms IS NULL";
    let rows = tx
        .execute(update, params![now, by, reason, address])
        .await?;
    Ok(rows > 0)
}
