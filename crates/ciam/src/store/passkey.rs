//! Passkeys of customers.

use super::CustomerIndex;
use database::{DatabaseError, Row, Transaction, params};
use types::{DeviceId, PasskeyId, Time};

/// A registered passkey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PasskeyRow {
    pub(crate) passkey: PasskeyId,
    pub(crate) customer: CustomerIndex,
    /// The credential's id, sealed.
    pub(crate) credential: Vec<u8>,
    /// Sealed.
    pub(crate) name: Vec<u8>,
    pub(crate) cose_key: Vec<u8>,
    pub(crate) backup_eligible: bool,
    pub(crate) backed_up: bool,
    pub(crate) aaguid: [u8; 16],
    pub(crate) verdict: String,
    /// Joined by commas.
    pub(crate) transports: String,
    pub(crate) device: DeviceId,
    pub(crate) registered: Time,
    pub(crate) used: Option<Time>,
}

impl PasskeyRow {
    fn read(row: &Row) -> Result<Self, DatabaseError> {
        Ok(Self {
            passkey: row.get("passkey")?,
            customer: row.get("customer_index")?,
            credential: row.get("credential")?,
            name: row.get("name")?,
            cose_key: row.get("cose_key")?,
            backup_eligible: row.get("backup_eligible")?,
            backed_up: row.get("backed_up")?,
            aaguid: row.get("aaguid")?,
            verdict: row.get("verdict")?,
            transports: row.get("transports")?,
            device: row.get("device")?,
            registered: row.get("registered_ms")?,
            used: row.get("used_ms")?,
        })
    }
}

/// Stores a new passkey.
pub(crate) async fn insert(
    tx: &mut Transaction<'_>,
    row: &PasskeyRow,
) -> Result<(), DatabaseError> {
    tx.execute(
        "INSERT INTO passkey (passkey, customer_index, credential, name, cose_key, backup_eligible, backed_up, aaguid,
            verdict, transports, device, registered_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        params![
            row.passkey,
            row.customer,
            &row.credential,
            &row.name,
            &row.cose_key,
            row.backup_eligible,
            row.backed_up,
            row.aaguid,
            &row.verdict,
            &row.transports,
            row.device,
            row.registered,
        ],
    )
    .await?;
    Ok(())
}

/// The passkey with that id, of whichever customer.
pub(crate) async fn find(
    tx: &mut Transaction<'_>,
    passkey: PasskeyId,
) -> Result<Option<PasskeyRow>, DatabaseError> {
    let row = tx
        .query_optional("SELECT * FROM passkey WHERE passkey = $1", params![passkey])
        .await?;
    row.as_ref().map(PasskeyRow::read).transpose()
}

/// The passkeys of a customer, the oldest first.
pub(crate) async fn of_customer(
    tx: &mut Transaction<'_>,
    customer: CustomerIndex,
) -> Result<Vec<PasskeyRow>, DatabaseError> {
    let rows = tx
        .query(
            "SELECT * FROM passkey WHERE customer_index = $1 ORDER BY registered_ms, passkey",
            params![customer],
        )
        .await?;
    rows.iter().map(PasskeyRow::read).collect()
}

/// Gives the passkey another name, sealed.
pub(crate) async fn rename(
    tx: &mut Transaction<'_>,
    passkey: PasskeyId,
    name: &[u8],
) -> Result<(), DatabaseError> {
    tx.execute(
        "UPDATE passkey SET name = $1 WHERE passkey = $2",
        params![name, passkey],
    )
    .await?;
    Ok(())
}

/// Stores that the passkey logged in, and whether it was backed up then.
pub(crate) async fn mark_used(
    tx: &mut Transaction<'_>,
    passkey: PasskeyId,
    (backed_up, now): (bool, Time),
) -> Result<(), DatabaseError> {
    tx.execute(
        "UPDATE passkey SET backed_up = $1, used_ms = $2 WHERE passkey = $3",
        params![backed_up, now, passkey],
    )
    .await?;
    Ok(())
}

/// Removes a passkey.
pub(crate) async fn delete(
    tx: &mut Transaction<'_>,
    passkey: PasskeyId,
) -> Result<(), DatabaseError> {
    tx.execute("DELETE FROM passkey WHERE passkey = $1", params![passkey])
        .await?;
    Ok(())
}

/// Removes all passkeys of a customer.
pub(crate) async fn delete_all(
    tx: &mut Transaction<'_>,
    customer: CustomerIndex,
) -> Result<(), DatabaseError> {
    tx.execute(
        "DELETE FROM passkey WHERE customer_index = $1",
        params![customer],
    )
    .await?;
    Ok(())
}
