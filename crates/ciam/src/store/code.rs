//! Activation codes, as HMACs.

use super::CustomerIndex;
use database::{DatabaseError, Row, Transaction, params};
use subtle::ConstantTimeEq as _;
use types::{DeviceId, Time};

/// An issued activation code.
#[derive(Debug, Clone)]
pub(crate) struct CodeRow {
    code: i64,
    mac: [u8; 32],
    pub(crate) expires: Time,
    pub(crate) wrong_tries: u32,
    pub(crate) used_by: Option<DeviceId>,
}

impl CodeRow {
    fn read(row: &Row) -> Result<Self, DatabaseError> {
        Ok(Self {
            code: row.get("code")?,
            mac: row.get("mac")?,
            expires: row.get("expires_ms")?,
            wrong_tries: row.get("wrong_tries")?,
            used_by: row.get("used_by")?,
        })
    }
}

/// Stores a new code.
pub(crate) async fn insert(
    tx: &mut Transaction<'_>,
    customer: CustomerIndex,
    mac: [u8; 32],
    expires: Time,
) -> Result<(), DatabaseError> {
    tx.execute(
        "INSERT INTO activation_code (customer_index, mac, expires_ms, wrong_tries) VALUES ($1, $2, $3, 0)",
        params![customer, mac, expires],
    )
    .await?;
    Ok(())
}

/// Deletes the customer's codes that expired before `time`.
pub(crate) async fn forget(
    tx: &mut Transaction<'_>,
    customer: CustomerIndex,
    time: Time,
) -> Result<(), DatabaseError> {
    tx.execute(
        "DELETE FROM activation_code WHERE customer_index = $1 AND expires_ms < $2",
        params![customer, time],
    )
    .await?;
    Ok(())
}

/// The customer's code with that HMAC, in whatever state. All of the customer's codes are compared, each in constant
/// time.
pub(crate) async fn find(
    tx: &mut Transaction<'_>,
    customer: CustomerIndex,
    mac: &[u8; 32],
) -> Result<Option<CodeRow>, DatabaseError> {
    let rows = tx
        .query(
            "SELECT code, mac, expires_ms, wrong_tries, used_by FROM activation_code WHERE customer_index = $1",
            params![customer],
        )
        .await?;
    let mut found = None;
    for row in &rows {
        let code = CodeRow::read(row)?;
        if bool::from(code.mac.ct_eq(mac)) {
            found = Some(code);
        }
    }
    Ok(found)
}

/// Counts a wrong code against all of the customer's codes that are valid at `now`. Returns their number.
pub(crate) async fn count_wrong_try(
    tx: &mut Transaction<'_>,
    customer: CustomerIndex,
    now: Time,
    tries_max: u32,
) -> Result<usize, DatabaseError> {
    tx.execute(
        "UPDATE activation_code SET wrong_tries = wrong_tries + 1
         WHERE customer_index = $1 AND used_by IS NULL AND expires_ms >= $2 AND wrong_tries < $3",
        params![customer, now, tries_max],
    )
    .await
}

/// Marks the code as used.
pub(crate) async fn spend(
    tx: &mut Transaction<'_>,
    code: &CodeRow,
    device: DeviceId,
) -> Result<(), DatabaseError> {
    tx.execute(
        "UPDATE activation_code SET used_by = $1 WHERE code = $2",
        params![device, code.code],
    )
    .await?;
    Ok(())
}

/// Deletes the codes of a customer that nobody has used.
pub(crate) async fn delete_unused(
    tx: &mut Transaction<'_>,
    customer: CustomerIndex,
) -> Result<(), DatabaseError> {
    tx.execute(
        "DELETE FROM activation_code WHERE customer_index = $1 AND used_by IS NULL",
        params![customer],
    )
    .await?;
    Ok(())
}

/// Deletes all codes of a customer. Returns their number.
pub(crate) async fn delete(
    tx: &mut Transaction<'_>,
    customer: CustomerIndex,
) -> Result<usize, DatabaseError> {
    tx.execute(
        "DELETE FROM activation_code WHERE customer_index = $1",
        params![customer],
    )
    .await
}
