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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::store::MIGRATIONS;
    use database::Database;

    /// Two requests may have judged one code at the same time, or the password may have been set anew meanwhile.
    #[tokio::test]
    async fn a_step_is_used_once_and_of_the_password_that_was_judged() {
        let directory = tempfile::tempdir().unwrap();
        let database = Database::open(directory.path().join("ciam.sqlite"), MIGRATIONS).unwrap();
        let (customer, set) = ([3; 32], Time::from_ms(5));
        let row = PasswordRow {
            customer,
            hash: vec![1],
            secret: vec![2],
            step: 10,
            device: DeviceId::at(set, [1; 10]),
            set,
        };
        let store = async move |tx: &mut Transaction<'_>| {
            let insert =
                "INSERT INTO customer (customer_index, customer, channel) VALUES ($1, $2, $3)";
            tx.execute(insert, params![customer, vec![5_u8], vec![6_u8; 16]])
                .await?;
            put(tx, &row).await
        };
        database.write(store).await.unwrap();
        for (set, step, expected) in [
            (set, 10, false),
            (set, 9, false),
            (set.plus_ms(1), 11, false),
            (set, 11, true),
            (set, 11, false),
            (set, 12, true),
        ] {
            let used =
                async move |tx: &mut Transaction<'_>| use_step(tx, (customer, set), step).await;
            assert_eq!(database.write(used).await.unwrap(), expected, "{step}");
        }
        database.close().await;
    }
}
