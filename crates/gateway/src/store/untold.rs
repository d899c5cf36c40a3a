//! Facts of gateway's own of which the customers' devices were not told yet.

use database::{DatabaseError, Row, Transaction, params};

/// A fact to be told.
#[derive(Debug, Clone)]
pub(crate) struct UntoldRow {
    /// Names the fact. A later fact has a later cause.
    pub(crate) cause: String,
    /// The fact, and whose devices are told, sealed.
    pub(crate) sealed: Vec<u8>,
}

impl UntoldRow {
    fn read(row: &Row) -> Result<Self, DatabaseError> {
        Ok(Self {
            cause: row.get("cause")?,
            sealed: row.get("sealed")?,
        })
    }
}

/// Stores a fact to be told.
pub(crate) async fn insert(tx: &mut Transaction<'_>, row: &UntoldRow) -> Result<(), DatabaseError> {
    let insert = "INSERT INTO untold (cause, sealed) VALUES ($1, $2)";
    let values = params![row.cause.as_str(), &row.sealed];
    tx.execute(insert, values).await?;
    Ok(())
}

/// Forgets a fact that was told.
pub(crate) async fn delete(tx: &mut Transaction<'_>, cause: &str) -> Result<(), DatabaseError> {
    let delete = "DELETE FROM untold WHERE cause = $1";
    tx.execute(delete, params![cause]).await?;
    Ok(())
}

/// The first `limit` facts after that cause.
pub(crate) async fn after(
    tx: &mut Transaction<'_>,
    cause: &str,
    limit: u32,
) -> Result<Vec<UntoldRow>, DatabaseError> {
    let select = "SELECT * FROM untold WHERE cause > $1 ORDER BY cause LIMIT $2";
    let rows = tx.query(select, params![cause, limit]).await?;
    rows.iter().map(UntoldRow::read).collect()
}
