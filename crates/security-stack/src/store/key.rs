//! The server keys that are valid.

use database::{DatabaseError, Row, Transaction, params};
use types::Time;

/// A valid key.
#[derive(Debug, Clone)]
pub(crate) struct KeyRow {
    /// SHA-256 of the key.
    pub(crate) hash: Vec<u8>,
    /// Sealed.
    pub(crate) sessions: Vec<u8>,
    pub(crate) added: Time,
}

impl KeyRow {
    fn read(row: &Row) -> Result<Self, DatabaseError> {
        Ok(Self {
            hash: row.get("hash")?,
            sessions: row.get("sessions")?,
            added: row.get("added_ms")?,
        })
    }
}

/// All valid keys, the oldest first.
pub(crate) async fn all(tx: &mut Transaction<'_>) -> Result<Vec<KeyRow>, DatabaseError> {
    let select = "SELECT * FROM server_key ORDER BY added_ms, hash";
    let rows = tx.query(select, params![]).await?;
    rows.iter().map(KeyRow::read).collect()
}

/// Stores a key. The same key again changes nothing.
pub(crate) async fn insert(tx: &mut Transaction<'_>, row: &KeyRow) -> Result<(), DatabaseError> {
    let insert = "INSERT INTO server_key (hash, sessions, added_ms) VALUES ($1, $2, $3) ON CONFLICT (hash) DO NOTHING";
    tx.execute(insert, params![&row.hash, &row.sessions, row.added])
        .await?;
    Ok(())
}

/// Deletes a key.
pub(crate) async fn delete(tx: &mut Transaction<'_>, hash: &[u8]) -> Result<(), DatabaseError> {
    tx.execute("DELETE FROM server_key WHERE hash = $1", params![hash])
        .await?;
    Ok(())
}
