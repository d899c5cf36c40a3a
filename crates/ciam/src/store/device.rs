//! Devices and the statements about them.

use super::{CustomerIndex, signed};
use database::{DatabaseError, Row, Transaction, params};
use types::{ChannelId, DeviceForm, DeviceId, PublicKey, Time};

/// The version of new statements.
const STATEMENT_VERSION: u32 = 2;

/// A device and its proven keys.
#[derive(Debug, Clone)]
pub(crate) struct DeviceRow {
    pub(crate) device: DeviceId,
    pub(crate) customer: CustomerIndex,
    /// Sealed.
    pub(crate) sealed_customer: Vec<u8>,
    pub(crate) channel: ChannelId,
    pub(crate) form: DeviceForm,
    pub(crate) session: PublicKey,
    pub(crate) approval: PublicKey,
    pub(crate) agreement: PublicKey,
    pub(crate) verdict: String,
    pub(crate) enrolled: Time,
    pub(crate) statement_number: u64,
    /// Sealed, because it names the customer.
    pub(crate) statement: Vec<u8>,
    pub(crate) granted: bool,
    pub(crate) revocation: Option<u64>,
}

impl DeviceRow {
    fn read(row: &Row) -> Result<Self, DatabaseError> {
        Ok(Self {
            device: row.get("device")?,
            customer: row.get("customer_index")?,
            sealed_customer: row.get("customer")?,
            channel: row.get("channel")?,
            form: row.get("form")?,
            session: row.get("session_key")?,
            approval: row.get("approval_key")?,
            agreement: row.get("agreement_key")?,
            verdict: row.get("verdict")?,
            enrolled: row.get("enrolled_ms")?,
            statement_number: row.get("statement_number")?,
            statement: row.get("statement")?,
            granted: row.get("granted")?,
            revocation: row.get("revocation")?,
        })
    }
}

/// Stores a new device.
pub(crate) async fn insert(tx: &mut Transaction<'_>, row: &DeviceRow) -> Result<(), DatabaseError> {
    tx.execute(
        "INSERT INTO device (device, customer_index, form, session_key, approval_key, agreement_key, verdict, enrolled_ms,
            statement_number, statement_version, statement, granted)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        params![
            row.device,
            row.customer,
            row.form,
            row.session,
            row.approval,
            row.agreement,
            &row.verdict,
            row.enrolled,
            signed(row.statement_number),
            STATEMENT_VERSION,
            &row.statement,
            row.granted,
        ],
    )
    .await?;
    Ok(())
}

/// The device with that id.
pub(crate) async fn find(
    tx: &mut Transaction<'_>,
    device: DeviceId,
) -> Result<Option<DeviceRow>, DatabaseError> {
    let row = tx
        .query_optional(
            "SELECT * FROM device_of_channel WHERE device = $1",
            params![device],
        )
        .await?;
    row.as_ref().map(DeviceRow::read).transpose()
}

/// The device with that id, unless it is revoked.
pub(crate) async fn active(
    tx: &mut Transaction<'_>,
    device: DeviceId,
) -> Result<Option<DeviceRow>, DatabaseError> {
    let row = find(tx, device).await?;
    Ok(row.filter(|row| row.revocation.is_none()))
}

/// The first `limit` devices of a customer whose statement has a greater number, including revoked ones, in order.
pub(crate) async fn of_customer(
    tx: &mut Transaction<'_>,
    customer: CustomerIndex,
    number: u64,
    limit: u32,
) -> Result<Vec<DeviceRow>, DatabaseError> {
    let rows = tx
        .query(
            "SELECT * FROM device_of_channel WHERE customer_index = $1 AND statement_number > $2
             ORDER BY statement_number LIMIT $3",
            params![customer, signed(number), limit],
        )
        .await?;
    rows.iter().map(DeviceRow::read).collect()
}

/// The devices of a customer that are not revoked; at most as many as a rekey has grants.
pub(crate) async fn current(
    tx: &mut Transaction<'_>,
    customer: CustomerIndex,
) -> Result<Vec<DeviceRow>, DatabaseError> {
    let rows = tx
        .query(
            "SELECT * FROM device_of_channel WHERE customer_index = $1 AND revocation IS NULL ORDER BY statement_number",
            params![customer],
        )
        .await?;
    rows.iter().map(DeviceRow::read).collect()
}

/// The first `limit` devices whose statement has a greater number.
pub(crate) async fn after(
    tx: &mut Transaction<'_>,
    number: u64,
    limit: u32,
) -> Result<Vec<DeviceRow>, DatabaseError> {
    let rows = tx.query("SELECT * FROM device_of_channel WHERE statement_number > $1 ORDER BY statement_number LIMIT $2", params![signed(number), limit]).await?;
    rows.iter().map(DeviceRow::read).collect()
}

/// The first `limit` devices after that statement, enrolled up to `before`, that lack their channel or grant.
pub(crate) async fn without_grant(
    tx: &mut Transaction<'_>,
    number: u64,
    enrolled_until: Time,
    limit: u32,
) -> Result<Vec<DeviceRow>, DatabaseError> {
    let rows = tx
        .query(
            "SELECT * FROM device_of_channel WHERE granted = 0 AND revocation IS NULL AND statement_number > $1
             AND enrolled_ms <= $2 ORDER BY statement_number LIMIT $3",
            params![signed(number), enrolled_until, limit],
        )
        .await?;
    rows.iter().map(DeviceRow::read).collect()
}

/// Stores that notification made the grant.
pub(crate) async fn mark_granted(
    tx: &mut Transaction<'_>,
    device: DeviceId,
) -> Result<(), DatabaseError> {
    tx.execute(
        "UPDATE device SET granted = 1 WHERE device = $1",
        params![device],
    )
    .await?;
    Ok(())
}

/// The first `limit` devices whose statement has version 1.
pub(crate) async fn with_former_statement(
    tx: &mut Transaction<'_>,
    limit: u32,
) -> Result<Vec<DeviceRow>, DatabaseError> {
    let rows = tx
        .query(
            "SELECT * FROM device_of_channel WHERE statement_version = 1 ORDER BY statement_number LIMIT $1",
            params![limit],
        )
        .await?;
    rows.iter().map(DeviceRow::read).collect()
}

/// Replaces a former statement with one of the current version.
pub(crate) async fn replace_statement(
    tx: &mut Transaction<'_>,
    device: DeviceId,
    statement: &[u8],
) -> Result<(), DatabaseError> {
    tx.execute(
        "UPDATE device SET statement = $1, statement_version = $2 WHERE device = $3",
        params![statement, STATEMENT_VERSION, device],
    )
    .await?;
    Ok(())
}

/// Deletes the devices of a customer.
pub(crate) async fn delete(
    tx: &mut Transaction<'_>,
    customer: CustomerIndex,
) -> Result<(), DatabaseError> {
    tx.execute(
        "DELETE FROM device WHERE customer_index = $1",
        params![customer],
    )
    .await?;
    Ok(())
}
