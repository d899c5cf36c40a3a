//! One-time codes that the bank sent, each for a login on one device, or in one browser.

use database::{DatabaseError, Transaction, params};
use types::Time;

/// A code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SentCodeRow {
    /// The device, or the visit of a browser, that asked for it.
    pub(crate) asked_by: String,
    /// Sealed.
    pub(crate) code: Vec<u8>,
    /// When the password was set with which it was asked for. `None` if the password was wrong: then it was not sent.
    pub(crate) password: Option<Time>,
    pub(crate) expires: Time,
}

/// Stores a code in place of an earlier one, and forgets those that expired before `now`.
pub(crate) async fn put(
    tx: &mut Transaction<'_>,
    row: &SentCodeRow,
    now: Time,
) -> Result<(), DatabaseError> {
    let delete = "DELETE FROM sent_code WHERE expires_ms < $1";
    tx.execute(delete, params![now]).await?;
    let put =
        "INSERT INTO sent_code (asked_by, code, password_ms, expires_ms) VALUES ($1, $2, $3, $4)
        ON CONFLICT (asked_by) DO UPDATE SET code = excluded.code, password_ms = excluded.password_ms,
            expires_ms = excluded.expires_ms";
    let values = params![&row.asked_by, &row.code, row.password, row.expires];
    tx.execute(put, values).await?;
    Ok(())
}

/// The newest code that was asked for there.
pub(crate) async fn find(
    tx: &mut Transaction<'_>,
    asked_by: &str,
) -> Result<Option<SentCodeRow>, DatabaseError> {
    let select = "SELECT * FROM sent_code WHERE asked_by = $1";
    let row = tx.query_optional(select, params![asked_by]).await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(SentCodeRow {
        asked_by: row.get("asked_by")?,
        code: row.get("code")?,
        password: row.get("password_ms")?,
        expires: row.get("expires_ms")?,
    }))
}

/// Uses up a code. Returns false if it was used before, or another one took its place.
pub(crate) async fn use_up(
    tx: &mut Transaction<'_>,
    row: &SentCodeRow,
) -> Result<bool, DatabaseError> {
    let delete = "DELETE FROM sent_code WHERE asked_by = $1 AND code = $2";
    let values = params![&row.asked_by, row.code.clone()];
    Ok(tx.execute(delete, values).await? > 0)
}
