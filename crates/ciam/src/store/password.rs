//! Customers' passwords, and the secrets of their authenticator apps.

use super::CustomerIndex;
use database::{DatabaseError, Transaction, params};
use types::{DeviceId, Time};

/// A customer's password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PasswordRow {
    pub(crate) customer: CustomerIndex,
    /// Its Argon2id hash as a PHC string, sealed.
    pub(crate) hash: Vec<u8>,
    /// The secret of the authenticator app, sealed.
    pub(crate) secret: Vec<u8>,
    /// The last step of 30 seconds whose code was used.
    pub(crate) step: u64,
    /// The device by which it was set.
    pub(crate) device: DeviceId,
    pub(crate) set: Time,
}

/// Stores a password in place of the customer's earlier one.
pub(crate) async fn put(tx: &mut Transaction<'_>, row: &PasswordRow) -> Result<(), DatabaseError> {
    tx.execute(
        "INSERT INTO password (customer_index, hash, secret, step, device, set_ms) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (customer_index) DO UPDATE SET hash = excluded.hash, secret = excluded.secret,
            step = excluded.step, device = excluded.device, set_ms = excluded.set_ms",
        params![
            row.customer,
            row.hash.clone(),
            row.secret.clone(),
            super::signed(row.step),
            row.device,
            row.set
        ],
    )
    .await?;
    Ok(())
}

/// The password of a customer.
pub(crate) async fn find(
    tx: &mut Transaction<'_>,
    customer: CustomerIndex,
) -> Result<Option<PasswordRow>, DatabaseError> {
    let row = tx
        .query_optional(
            "SELECT * FROM password WHERE customer_index = $1",
            params![customer],
        )
        .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(PasswordRow {
        customer: row.get("customer_index")?,
        hash: row.get("hash")?,
        secret: row.get("secret")?,
        step: row.get("step")?,
        device: row.get("device")?,
        set: row.get("set_ms")?,
    }))
}

/// Uses up a step's code. Returns false if it, or a later one, was used before, or if the password was set anew.
pub(crate) async fn use_step(
    tx: &mut Transaction<'_>,
    (customer, set): (CustomerIndex, Time),
    step: u64,
) -> Result<bool, DatabaseError> {
    let step = super::signed(step);
    let rows = tx
        .execute(
            "UPDATE password SET step = $1 WHERE customer_index = $2 AND set_ms = $3 AND step < $4",
            params![step, customer, set, step],
        )
        .await?;
    Ok(rows > 0)
}

/// Deletes the password of a customer. Returns whether there was one.
pub(crate) async fn delete(
    tx: &mut Transaction<'_>,
    customer: CustomerIndex,
) -> Result<bool, DatabaseError> {
    let rows = tx
        .execute(
            "DELETE FROM password WHERE customer_index = $1",
            params![customer],
        )
        .await?;
    Ok(rows > 0)
}
