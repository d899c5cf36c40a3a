//! Packages whose session variables were used.

use database::{DatabaseError, Transaction, params};
use types::{PackageId, Time};

/// Uses up a package's variable. Returns whether that is new.
pub(crate) async fn use_up(
    tx: &mut Transaction<'_>,
    package: PackageId,
    expires: Time,
) -> Result<bool, DatabaseError> {
    let insert = "INSERT INTO used_package (package, expires_ms) VALUES ($1, $2) ON CONFLICT (package) DO NOTHING";
    let rows = tx
        .execute(insert, params![&package.to_string(), expires])
        .await?;
    Ok(rows > 0)
}

/// Forgets the packages whose variables have no time left.
pub(crate) async fn forget(tx: &mut Transaction<'_>, now: Time) -> Result<(), DatabaseError> {
    tx.execute(
        "DELETE FROM used_package WHERE expires_ms < $1",
        params![now],
    )
    .await?;
    Ok(())
}
