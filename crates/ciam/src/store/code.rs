//! Activation codes, as HMACs.

use super::CustomerIndex;
use crate::bank_actor::BankActor;
use database::{DatabaseError, Row, Transaction, params};
use subtle::ConstantTimeEq as _;
use types::{DeviceForm, DeviceId, Hash, Thumbprint, Time};

/// Who makes a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum MadeBy {
    /// Somebody of the bank.
    Bank(BankActor),
    /// A device of the customer, which approves the one that gives it.
    Device(DeviceId),
    /// A login at the outside provider, for the device with that session key.
    Provider { session: Thumbprint },
}

/// An issued activation code.
#[derive(Debug, Clone)]
pub(crate) struct CodeRow {
    code: i64,
    mac: [u8; 32],
    pub(crate) expires: Time,
    pub(crate) wrong_tries: u32,
    pub(crate) used_by: Option<DeviceId>,
    /// The customer's device that made it. `None` if the bank did.
    pub(crate) made_by: Option<DeviceId>,
    pub(crate) waiting: Option<Waiting>,
    /// The only session key that may use it. `None` if any may.
    pub(crate) session_key: Option<Thumbprint>,
}

/// A device that gave a code which another device made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Waiting {
    pub(crate) device: DeviceId,
    pub(crate) form: DeviceForm,
    pub(crate) asked: Time,
    pub(crate) comparison: Hash,
    pub(crate) approved: bool,
}

impl CodeRow {
    fn read(row: &Row) -> Result<Self, DatabaseError> {
        Ok(Self {
            code: row.get("code")?,
            mac: row.get("mac")?,
            expires: row.get("expires_ms")?,
            wrong_tries: row.get("wrong_tries")?,
            used_by: row.get("used_by")?,
            made_by: row.get("made_by")?,
            waiting: Waiting::read(row)?,
            session_key: row.get("session_key")?,
        })
    }
}

impl Waiting {
    fn read(row: &Row) -> Result<Option<Self>, DatabaseError> {
        let Some(device) = row.get("waiting")? else {
            return Ok(None);
        };
        Ok(Some(Self {
            device,
            form: row.get("waiting_form")?,
            asked: row.get("waiting_ms")?,
            comparison: row.get("comparison")?,
            approved: row.get("approved")?,
        }))
    }
}

/// Stores a new code.
pub(crate) async fn insert(
    tx: &mut Transaction<'_>,
    customer: CustomerIndex,
    (mac, by): ([u8; 32], &MadeBy),
    expires: Time,
) -> Result<(), DatabaseError> {
    let (made_by, session_key) = match by {
        MadeBy::Bank(_) => (None, None),
        MadeBy::Device(device) => (Some(*device), None),
        MadeBy::Provider { session } => (None, Some(*session)),
    };
    tx.execute(
        "INSERT INTO activation_code (customer_index, mac, expires_ms, wrong_tries, made_by, session_key)
         VALUES ($1, $2, $3, 0, $4, $5)",
        params![customer, mac, expires, made_by, session_key],
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
            "SELECT * FROM activation_code WHERE customer_index = $1",
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

/// The codes that a device made and that nobody has used.
pub(crate) async fn made_by(
    tx: &mut Transaction<'_>,
    device: DeviceId,
) -> Result<Vec<CodeRow>, DatabaseError> {
    let rows = tx
        .query(
            "SELECT * FROM activation_code WHERE made_by = $1 AND used_by IS NULL ORDER BY code",
            params![device],
        )
        .await?;
    rows.iter().map(CodeRow::read).collect()
}

/// Stores that a device gave the code and waits.
pub(crate) async fn wait(
    tx: &mut Transaction<'_>,
    code: &CodeRow,
    waiting: Waiting,
) -> Result<(), DatabaseError> {
    tx.execute(
        "UPDATE activation_code SET waiting = $1, waiting_form = $2, waiting_ms = $3, comparison = $4 WHERE code = $5",
        params![waiting.device, waiting.form, waiting.asked, waiting.comparison, code.code],
    )
    .await?;
    Ok(())
}

/// Stores that the waiting device may enrol, until `expires`.
pub(crate) async fn approve(
    tx: &mut Transaction<'_>,
    code: &CodeRow,
    expires: Time,
) -> Result<(), DatabaseError> {
    tx.execute(
        "UPDATE activation_code SET approved = 1, expires_ms = $1 WHERE code = $2",
        params![expires, code.code],
    )
    .await?;
    Ok(())
}

/// Deletes the codes that a device made and that nobody has used.
pub(crate) async fn delete_made_by(
    tx: &mut Transaction<'_>,
    device: DeviceId,
) -> Result<(), DatabaseError> {
    tx.execute(
        "DELETE FROM activation_code WHERE made_by = $1 AND used_by IS NULL",
        params![device],
    )
    .await?;
    Ok(())
}

/// Deletes a code.
pub(crate) async fn delete_one(
    tx: &mut Transaction<'_>,
    code: &CodeRow,
) -> Result<(), DatabaseError> {
    tx.execute(
        "DELETE FROM activation_code WHERE code = $1",
        params![code.code],
    )
    .await?;
    Ok(())
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
