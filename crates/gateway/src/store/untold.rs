//! Changes of brakes of which the customers' devices were not told yet.

use database::{DatabaseError, Row, Transaction, params};

/// A change to be told.
#[derive(Debug, Clone)]
pub(crate) struct ChangeRow {
    /// Names the change. A later change has a later cause.
    pub(crate) cause: String,
    /// The change, and the customer's channel, sealed.
    pub(crate) sealed: Vec<u8>,
}

impl ChangeRow {
    fn read(row: &Row) -> Result<Self, DatabaseError> {
        Ok(Self {
            cause: row.get("cause")?,
            sealed: row.get("sealed")?,
        })
    }
}

/// Stores a change to be told.
pub(crate) async fn insert(tx: &mut Transaction<'_>, row: &ChangeRow) -> Result<(), DatabaseError> {
    let insert = "INSERT INTO brake_change (cause, sealed) VALUES ($1, $2)";
    let values = params![row.cause.as_str(), &row.sealed];
    tx.execute(insert, values).await?;
    Ok(())
}

/// Forgets a change that was told.
pub(crate) async fn delete(tx: &mut Transaction<'_>, cause: &str) -> Result<(), DatabaseError> {
    let delete = "DELETE FROM brake_change WHERE cause = $1";
    tx.execute(delete, params![cause]).await?;
    Ok(())
}

/// The first `limit` changes after that cause.
pub(crate) async fn after(
    tx: &mut Transaction<'_>,
    cause: &str,
    limit: u32,
) -> Result<Vec<ChangeRow>, DatabaseError> {
    let select = "SELECT * FROM brake_change WHERE cause > $1 ORDER BY cause LIMIT $2";
    let rows = tx.query(select, params![cause, limit]).await?;
    rows.iter().map(ChangeRow::read).collect()
}
