//! Logins that ended, of which their clients have to hear. [`held_by_clients`](super::held_by_clients) stores them.

use database::{DatabaseError, Row, Transaction, params};
use types::{ClientId, GrantId, Time};

/// A login that ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LogoutRow {
    pub(crate) grant: GrantId,
    pub(crate) ended: Time,
}

/// The clients that have to hear of logins.
pub(crate) async fn clients(tx: &mut Transaction<'_>) -> Result<Vec<ClientId>, DatabaseError> {
    let select = "SELECT DISTINCT client FROM client_logout ORDER BY client";
    let rows = tx.query(select, params![]).await?;
    rows.iter().map(|row| row.get("client")).collect()
}

/// The first `limit` logins at a client, those that ended first.
pub(crate) async fn of_client(
    tx: &mut Transaction<'_>,
    client: &ClientId,
    limit: u32,
) -> Result<Vec<LogoutRow>, DatabaseError> {
    let select = "SELECT grant_id, ended_ms FROM client_logout WHERE client = $1
        ORDER BY ended_ms, grant_id LIMIT $2";
    let rows = tx.query(select, params![client, limit]).await?;
    let read = |row: &Row| {
        Ok(LogoutRow {
            grant: row.get("grant_id")?,
            ended: row.get("ended_ms")?,
        })
    };
    rows.iter().map(read).collect()
}

/// Forgets a login of which its client need not hear any more.
pub(crate) async fn forget(tx: &mut Transaction<'_>, grant: GrantId) -> Result<(), DatabaseError> {
    let delete = "DELETE FROM client_logout WHERE grant_id = $1";
    tx.execute(delete, params![grant]).await?;
    Ok(())
}

/// Forgets all logins at a client.
pub(crate) async fn forget_all(
    tx: &mut Transaction<'_>,
    client: &ClientId,
) -> Result<(), DatabaseError> {
    let delete = "DELETE FROM client_logout WHERE client = $1";
    tx.execute(delete, params![client]).await?;
    Ok(())
}
