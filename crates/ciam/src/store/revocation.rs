//! Revocations, and whether their rekey was numbered.

use super::{CustomerIndex, signed};
use database::{DatabaseError, Row, Transaction, params};
use types::{ChannelId, DeviceId, Time};

/// A revoked device.
#[derive(Debug, Clone)]
pub(crate) struct RevocationRow {
    pub(crate) number: u64,
    pub(crate) device: DeviceId,
    pub(crate) channel: ChannelId,
    pub(crate) rekeyed: Option<Time>,
    /// Whether the customer stopped everything, and the device was revoked with all the others.
    pub(crate) by_stop: bool,
}

impl RevocationRow {
    fn read(row: &Row) -> Result<Self, DatabaseError> {
        Ok(Self {
            number: row.get("number")?,
            device: row.get("device")?,
            channel: row.get("channel")?,
            rekeyed: row.get("rekeyed_ms")?,
            by_stop: row.get("by_stop")?,
        })
    }
}

/// Stores a new revocation, and marks the device if these tables know it.
pub(crate) async fn insert(
    tx: &mut Transaction<'_>,
    number: u64,
    (device, channel): (DeviceId, ChannelId),
    (now, by_stop): (Time, bool),
) -> Result<(), DatabaseError> {
    tx.execute(
        "INSERT INTO revocation (number, device, channel, revoked_ms, by_stop) VALUES ($1, $2, $3, $4, $5)",
        params![signed(number), device, channel, now, by_stop],
    )
    .await?;
    tx.execute(
        "UPDATE device SET revocation = $1 WHERE device = $2",
        params![signed(number), device],
    )
    .await?;
    Ok(())
}

/// The revocation of a device.
pub(crate) async fn find(
    tx: &mut Transaction<'_>,
    device: DeviceId,
) -> Result<Option<RevocationRow>, DatabaseError> {
    let row = tx
        .query_optional(
            "SELECT * FROM revocation WHERE device = $1",
            params![device],
        )
        .await?;
    row.as_ref().map(RevocationRow::read).transpose()
}

/// The number of the newest revocation; 0 before the first.
pub(crate) async fn newest(tx: &mut Transaction<'_>) -> Result<u64, DatabaseError> {
    tx.query_one(
        "SELECT COALESCE(MAX(number), 0) AS newest FROM revocation",
        params![],
    )
    .await?
    .get("newest")
}

/// The revocations of a customer's devices by a stop, the oldest first.
pub(crate) async fn of_stop(
    tx: &mut Transaction<'_>,
    customer: CustomerIndex,
) -> Result<Vec<RevocationRow>, DatabaseError> {
    let rows = tx
        .query(
            "SELECT revocation.* FROM revocation JOIN device ON device.revocation = revocation.number
             WHERE device.customer_index = $1 AND revocation.by_stop = 1 ORDER BY revocation.number",
            params![customer],
        )
        .await?;
    rows.iter().map(RevocationRow::read).collect()
}

/// The first `limit` revocations after that number.
pub(crate) async fn after(
    tx: &mut Transaction<'_>,
    number: u64,
    limit: u32,
) -> Result<Vec<RevocationRow>, DatabaseError> {
    let statement = "SELECT * FROM revocation WHERE number > $1 ORDER BY number LIMIT $2";
    page(tx, statement, number, limit).await
}

/// The first `limit` revocations after that number whose rekey is not numbered yet.
pub(crate) async fn without_rekey(
    tx: &mut Transaction<'_>,
    number: u64,
    limit: u32,
) -> Result<Vec<RevocationRow>, DatabaseError> {
    let statement = "SELECT * FROM revocation WHERE rekeyed_ms IS NULL AND number > $1 ORDER BY number LIMIT $2";
    page(tx, statement, number, limit).await
}

async fn page(
    tx: &mut Transaction<'_>,
    statement: &'static str,
    number: u64,
    limit: u32,
) -> Result<Vec<RevocationRow>, DatabaseError> {
    let rows = tx.query(statement, params![signed(number), limit]).await?;
    rows.iter().map(RevocationRow::read).collect()
}

/// Stores that notification numbered the rekey. Returns whether that is new.
pub(crate) async fn mark_rekeyed(
    tx: &mut Transaction<'_>,
    number: u64,
    now: Time,
) -> Result<bool, DatabaseError> {
    let rows = tx
        .execute(
            "UPDATE revocation SET rekeyed_ms = $1 WHERE number = $2 AND rekeyed_ms IS NULL",
            params![now, signed(number)],
        )
        .await?;
    Ok(rows > 0)
}
