//! One-time codes that the bank sent, each for a login on one device.

use database::{DatabaseError, Transaction, params};
use types::{DeviceId, Time};

/// A code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SentCodeRow {
    pub(crate) device: DeviceId,
    /// Sealed.
    pub(crate) code: Vec<u8>,
    /// When the password was set with which it was asked for. `None` if the password was wrong: then it was not sent.
    pub(crate) password: Option<Time>,
    pub(crate) expires: Time,
}

/// Stores a code in place of the device's earlier one, and forgets those that expired before `now`.
pub(crate) async fn put(
    tx: &mut Transaction<'_>,
    row: &SentCodeRow,
    now: Time,
) -> Result<(), DatabaseError> {
    let delete = "DELETE FROM sent_code WHERE expires_ms < $1";
    tx.execute(delete, params![now]).await?;
    let put =
        "INSERT INTO sent_code (device, code, password_ms, expires_ms) VALUES ($1, $2, $3, $4)
        ON CONFLICT (device) DO UPDATE SET code = excluded.code, password_ms = excluded.password_ms,
            expires_ms = excluded.expires_ms";
    let values = params![row.device, &row.code, row.password, row.expires];
    tx.execute(put, values).await?;
    Ok(())
}

/// The newest code of a device.
pub(crate) async fn find(
    tx: &mut Transaction<'_>,
    device: DeviceId,
) -> Result<Option<SentCodeRow>, DatabaseError> {
    let select = "SELECT * FROM sent_code WHERE device = $1";
    let row = tx.query_optional(select, params![device]).await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(SentCodeRow {
        device: row.get("device")?,
        code: row.get("code")?,
        password: row.get("password_ms")?,
        expires: row.get("expires_ms")?,
    }))
}

/// Uses up a code, as it is stored. Returns false if it was used before, or another one took its place.
pub(crate) async fn use_up(
    tx: &mut Transaction<'_>,
    device: DeviceId,
    code: &[u8],
) -> Result<bool, DatabaseError> {
    let delete = "DELETE FROM sent_code WHERE device = $1 AND code = $2";
    Ok(tx.execute(delete, params![device, code.to_vec()]).await? > 0)
}
