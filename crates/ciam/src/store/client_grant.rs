//! The grants that clients hold: the tokens that came of one code.

use super::CustomerIndex;
use database::{DatabaseError, Row, Transaction, params};
use types::{ClientId, GrantId, Hash, PasskeyId, Time};

/// A grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GrantRow {
    pub(crate) grant: GrantId,
    pub(crate) customer: CustomerIndex,
    pub(crate) client: ClientId,
    /// Separated by spaces.
    pub(crate) scopes: String,
    /// The passkey of its login.
    pub(crate) passkey: PasskeyId,
    pub(crate) authenticated: Time,
    /// The hash of the code that was redeemed.
    pub(crate) code: Hash,
    /// The hash of its refresh token.
    pub(crate) refresh: Option<Hash>,
    pub(crate) expires: Time,
}

impl GrantRow {
    fn read(row: &Row) -> Result<Self, DatabaseError> {
        Ok(Self {
            grant: row.get("grant_id")?,
            customer: row.get("customer_index")?,
            client: row.get("client")?,
            scopes: row.get("scopes")?,
            passkey: row.get("passkey")?,
            authenticated: row.get("authenticated_ms")?,
            code: row.get("code")?,
            refresh: row.get("refresh_hash")?,
            expires: row.get("expires_ms")?,
        })
    }
}

/// Stores a new grant, and forgets those that ended before `now`.
pub(crate) async fn insert(
    tx: &mut Transaction<'_>,
    row: &GrantRow,
    now: Time,
) -> Result<(), DatabaseError> {
    tx.execute(
        "DELETE FROM client_grant WHERE expires_ms < $1",
        params![now],
    )
    .await?;
    tx.execute(
        "INSERT INTO client_grant (grant_id, customer_index, client, scopes, passkey, authenticated_ms, code, refresh_hash,
            expires_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        params![
            row.grant,
            row.customer,
            &row.client,
            &row.scopes,
            row.passkey,
            row.authenticated,
            row.code,
            row.refresh,
            row.expires,
        ],
    )
    .await?;
    Ok(())
}

/// The grant with that id.
pub(crate) async fn find(
    tx: &mut Transaction<'_>,
    grant: GrantId,
) -> Result<Option<GrantRow>, DatabaseError> {
    let row = tx
        .query_optional(
            "SELECT * FROM client_grant WHERE grant_id = $1",
            params![grant],
        )
        .await?;
    row.as_ref().map(GrantRow::read).transpose()
}

/// The grant that came of the code with that hash.
pub(crate) async fn find_by_code(
    tx: &mut Transaction<'_>,
    code: Hash,
) -> Result<Option<GrantRow>, DatabaseError> {
    let row = tx
        .query_optional("SELECT * FROM client_grant WHERE code = $1", params![code])
        .await?;
    row.as_ref().map(GrantRow::read).transpose()
}

/// The grant whose refresh token has that hash.
pub(crate) async fn find_by_refresh(
    tx: &mut Transaction<'_>,
    refresh: Hash,
) -> Result<Option<GrantRow>, DatabaseError> {
    let row = tx
        .query_optional(
            "SELECT * FROM client_grant WHERE refresh_hash = $1",
            params![refresh],
        )
        .await?;
    row.as_ref().map(GrantRow::read).transpose()
}

/// Ends a grant.
pub(crate) async fn delete(tx: &mut Transaction<'_>, grant: GrantId) -> Result<(), DatabaseError> {
    tx.execute(
        "DELETE FROM client_grant WHERE grant_id = $1",
        params![grant],
    )
    .await?;
    Ok(())
}
