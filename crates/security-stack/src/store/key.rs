//! The server keys.

use database::{DatabaseError, Row, Transaction, params};
use types::Time;

/// A key.
#[derive(Debug, Clone)]
pub(crate) struct KeyRow {
    /// SHA-256 of the key.
    pub(crate) hash: Vec<u8>,
    /// Sealed.
    pub(crate) sessions: Vec<u8>,
    pub(crate) added: Time,
    pub(crate) retired: Option<Time>,
}

impl KeyRow {
    fn read(row: &Row) -> Result<Self, DatabaseError> {
        Ok(Self {
            hash: row.get("hash")?,
            sessions: row.get("sessions")?,
            added: row.get("added_ms")?,
            retired: row.get("retired_ms")?,
        })
    }
}

/// All keys, the oldest first.
pub(crate) async fn all(tx: &mut Transaction<'_>) -> Result<Vec<KeyRow>, DatabaseError> {
    let select = "SELECT * FROM server_key ORDER BY added_ms, hash";
    let rows = tx.query(select, params![]).await?;
    rows.iter().map(KeyRow::read).collect()
}

/// Stores a key, which is valid from now on, also if it was retired.
pub(crate) async fn insert(tx: &mut Transaction<'_>, row: &KeyRow) -> Result<(), DatabaseError> {
    let insert = "INSERT INTO server_key (hash, sessions, added_ms) VALUES ($1, $2, $3)
        ON CONFLICT (hash) DO UPDATE SET added_ms = excluded.added_ms, retired_ms = NULL";
    tx.execute(insert, params![&row.hash, &row.sessions, row.added])
        .await?;
    Ok(())
}

/// Retires a key.
pub(crate) async fn retire(
    tx: &mut Transaction<'_>,
    hash: &[u8],
    now: Time,
) -> Result<(), DatabaseError> {
    let update = "UPDATE server_key SET retired_ms = $1 WHERE hash = $2";
    tx.execute(update, params![now, hash]).await?;
    Ok(())
}

/// Deletes the keys that were retired before `time`.
pub(crate) async fn forget(tx: &mut Transaction<'_>, time: Time) -> Result<(), DatabaseError> {
    tx.execute(
        "DELETE FROM server_key WHERE retired_ms < $1",
        params![time],
    )
    .await?;
    Ok(())
}
