//! Packages that did not pass.

use database::{DatabaseError, Row, Transaction, params};
use types::Time;

/// A package that did not pass.
#[derive(Debug, Clone)]
pub(crate) struct ExceptionRow {
    pub(crate) number: u64,
    pub(crate) time: Time,
    /// 1 to 4; 0 is the firewall.
    pub(crate) layer: u64,
    pub(crate) reason: String,
    pub(crate) address: String,
    /// Sealed.
    pub(crate) seen: Vec<u8>,
}

impl ExceptionRow {
    fn read(row: &Row) -> Result<Self, DatabaseError> {
        Ok(Self {
            number: row.get("number")?,
            time: row.get("time_ms")?,
            layer: row.get("layer")?,
            reason: row.get("reason")?,
            address: row.get("address")?,
            seen: row.get("seen")?,
        })
    }
}

/// The next record's number. The table keeps its newest record, so that no number comes twice.
pub(crate) async fn next(tx: &mut Transaction<'_>) -> Result<u64, DatabaseError> {
    let select = "SELECT COALESCE(MAX(number), 0) + 1 AS next FROM exception";
    tx.query_one(select, params![]).await?.get("next")
}

/// Stores a record.
pub(crate) async fn insert(
    tx: &mut Transaction<'_>,
    row: &ExceptionRow,
) -> Result<(), DatabaseError> {
    let insert = "INSERT INTO exception (number, time_ms, layer, reason, address, seen) VALUES ($1, $2, $3, $4, $5, $6)";
    let signed = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let (number, layer) = (signed(row.number), signed(row.layer));
    let values = params![
        number,
        row.time,
        layer,
        &row.reason,
        &row.address,
        &row.seen
    ];
    tx.execute(insert, values).await?;
    Ok(())
}

/// The newest records, the newest first.
pub(crate) async fn newest(
    tx: &mut Transaction<'_>,
    limit: u32,
) -> Result<Vec<ExceptionRow>, DatabaseError> {
    let select = "SELECT * FROM exception ORDER BY number DESC LIMIT $1";
    let rows = tx.query(select, params![i64::from(limit)]).await?;
    rows.iter().map(ExceptionRow::read).collect()
}

/// Deletes records from before `time`, but the newest one.
pub(crate) async fn forget(tx: &mut Transaction<'_>, time: Time) -> Result<(), DatabaseError> {
    let delete =
        "DELETE FROM exception WHERE time_ms < $1 AND number < (SELECT MAX(number) FROM exception)";
    tx.execute(delete, params![time]).await?;
    Ok(())
}
