//! Marked devices.

use database::{DatabaseError, Transaction, params};
use types::{DeviceId, Time};

/// Marks a device until a time.
pub(crate) async fn mark(
    tx: &mut Transaction<'_>,
    (device, exception): (DeviceId, u64),
    until: Time,
) -> Result<(), DatabaseError> {
    let put = "INSERT INTO marked_device (device, until_ms, exception) VALUES ($1, $2, $3)
        ON CONFLICT (device) DO UPDATE SET until_ms = excluded.until_ms, exception = excluded.exception";
    let number = i64::try_from(exception).unwrap_or(i64::MAX);
    tx.execute(put, params![&device.to_string(), until, number])
        .await?;
    Ok(())
}

/// Whether a device is marked.
pub(crate) async fn is_marked(
    tx: &mut Transaction<'_>,
    device: DeviceId,
    now: Time,
) -> Result<bool, DatabaseError> {
    let select = "SELECT 1 FROM marked_device WHERE device = $1 AND until_ms > $2";
    let row = tx
        .query_optional(select, params![&device.to_string(), now])
        .await?;
    Ok(row.is_some())
}

/// Takes away the marks that packages from an address left.
pub(crate) async fn release(tx: &mut Transaction<'_>, address: &str) -> Result<(), DatabaseError> {
    let delete = "DELETE FROM marked_device WHERE exception IN (SELECT number FROM exception WHERE address = $1)";
    tx.execute(delete, params![address]).await?;
    Ok(())
}
