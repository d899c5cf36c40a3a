//! Sessions: one a device at most.

use super::CustomerIndex;
use database::{DatabaseError, Row, Transaction, params};
use types::{DeviceId, Hash, PasskeyId, SessionId, Time};

/// A session that a login began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SessionRow {
    pub(crate) device: DeviceId,
    pub(crate) session: SessionId,
    pub(crate) customer: CustomerIndex,
    pub(crate) passkey: PasskeyId,
    /// SHA-256 of the refresh token.
    pub(crate) refresh: Hash,
    pub(crate) began: Time,
    pub(crate) used: Time,
    /// From where it was last used, sealed.
    pub(crate) place: Option<Vec<u8>>,
    pub(crate) expires: Time,
}

impl SessionRow {
    fn read(row: &Row) -> Result<Self, DatabaseError> {
        Ok(Self {
            device: row.get("device")?,
            session: row.get("session")?,
            customer: row.get("customer_index")?,
            passkey: row.get("passkey")?,
            refresh: row.get("refresh_hash")?,
            began: row.get("began_ms")?,
            used: row.get("used_ms")?,
            place: row.get("place")?,
            expires: row.get("expires_ms")?,
        })
    }
}

/// Stores a new session in place of the device's earlier one.
pub(crate) async fn begin(tx: &mut Transaction<'_>, row: &SessionRow) -> Result<(), DatabaseError> {
    end_of_device(tx, row.device).await?;
    tx.execute(
        "INSERT INTO session (device, session, customer_index, passkey, refresh_hash, began_ms, used_ms, place, expires_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        params![
            row.device,
            row.session,
            row.customer,
            row.passkey,
            row.refresh,
            row.began,
            row.used,
            row.place.clone(),
            row.expires,
        ],
    )
    .await?;
    Ok(())
}

/// The session of a device.
pub(crate) async fn of_device(
    tx: &mut Transaction<'_>,
    device: DeviceId,
) -> Result<Option<SessionRow>, DatabaseError> {
    let row = tx
        .query_optional("SELECT * FROM session WHERE device = $1", params![device])
        .await?;
    row.as_ref().map(SessionRow::read).transpose()
}

/// The sessions of a customer, the oldest first.
pub(crate) async fn of_customer(
    tx: &mut Transaction<'_>,
    customer: CustomerIndex,
) -> Result<Vec<SessionRow>, DatabaseError> {
    let rows = tx
        .query(
            "SELECT * FROM session WHERE customer_index = $1 ORDER BY began_ms, device",
            params![customer],
        )
        .await?;
    rows.iter().map(SessionRow::read).collect()
}

/// Stores when and from where the session was used.
pub(crate) async fn mark_used(
    tx: &mut Transaction<'_>,
    session: SessionId,
    (place, now): (Option<Vec<u8>>, Time),
) -> Result<(), DatabaseError> {
    tx.execute(
        "UPDATE session SET used_ms = $1, place = $2 WHERE session = $3",
        params![now, place, session],
    )
    .await?;
    Ok(())
}

/// Ends the session of a device, if it has one.
pub(crate) async fn end_of_device(
    tx: &mut Transaction<'_>,
    device: DeviceId,
) -> Result<(), DatabaseError> {
    tx.execute("DELETE FROM session WHERE device = $1", params![device])
        .await?;
    Ok(())
}

/// Ends the sessions that a passkey began.
pub(crate) async fn end_of_passkey(
    tx: &mut Transaction<'_>,
    passkey: PasskeyId,
) -> Result<(), DatabaseError> {
    tx.execute("DELETE FROM session WHERE passkey = $1", params![passkey])
        .await?;
    Ok(())
}

/// Ends all sessions of a customer.
pub(crate) async fn end_all(
    tx: &mut Transaction<'_>,
    customer: CustomerIndex,
) -> Result<(), DatabaseError> {
    tx.execute(
        "DELETE FROM session WHERE customer_index = $1",
        params![customer],
    )
    .await?;
    Ok(())
}
