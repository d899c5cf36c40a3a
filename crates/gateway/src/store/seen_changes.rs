//! Up to where the core bank's changes were looked at.

use core_bank::HeadsCursor;
use database::{DatabaseError, Transaction, params};

/// The cursor after the last change that was looked at. `None` before the first look.
pub(crate) async fn find(tx: &mut Transaction<'_>) -> Result<Option<HeadsCursor>, DatabaseError> {
    let row = tx
        .query_optional("SELECT cursor FROM seen_changes", params![])
        .await?;
    let cursor = row.map(|row| row.get::<i64>("cursor")).transpose()?;
    Ok(cursor.map(|cursor| HeadsCursor::new(cursor.unsigned_abs())))
}

/// Stores the cursor.
pub(crate) async fn put(
    tx: &mut Transaction<'_>,
    cursor: HeadsCursor,
) -> Result<(), DatabaseError> {
    tx.execute("DELETE FROM seen_changes", params![]).await?;
    let cursor = i64::try_from(cursor.get()).unwrap_or(i64::MAX);
    let insert = "INSERT INTO seen_changes (cursor) VALUES ($1)";
    tx.execute(insert, params![cursor]).await?;
    Ok(())
}
