//! Authorizations that clients asked for, until their code is redeemed.

use super::CustomerIndex;
use database::{DatabaseError, Row, Transaction, params};
use types::{ClientId, Hash, PasskeyId, Thumbprint, Time};

/// What a client asked for, and how far that went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AuthorizationRow {
    /// The hash of what the request_uri names.
    pub(crate) request: Hash,
    pub(crate) client: ClientId,
    pub(crate) redirect_uri: String,
    /// Separated by spaces.
    pub(crate) scopes: String,
    pub(crate) state: Option<String>,
    pub(crate) nonce: Option<String>,
    /// PKCE's.
    pub(crate) challenge: Hash,
    /// The key that has to redeem the code, if the client named one.
    pub(crate) proof_key: Option<Thumbprint>,
    /// Whether nobody may be asked anything.
    pub(crate) without_asking: bool,
    pub(crate) pushed: Time,
    /// Until when the next step may be taken.
    pub(crate) expires: Time,
    /// The hash of the cookie of the browser that began it.
    pub(crate) browser: Option<Hash>,
    pub(crate) login: Option<LoginRow>,
    /// The hash of the code.
    pub(crate) code: Option<Hash>,
}

/// Who logged in for an authorization.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LoginRow {
    pub(crate) customer: CustomerIndex,
    pub(crate) passkey: PasskeyId,
    pub(crate) authenticated: Time,
}

impl AuthorizationRow {
    fn read(row: &Row) -> Result<Self, DatabaseError> {
        let customer: Option<CustomerIndex> = row.get("customer_index")?;
        let login = match customer {
            Some(customer) => Some(LoginRow {
                customer,
                passkey: row.get("passkey")?,
                authenticated: row.get("authenticated_ms")?,
            }),
            None => None,
        };
        Ok(Self {
            request: row.get("request")?,
            client: row.get("client")?,
            redirect_uri: row.get("redirect_uri")?,
            scopes: row.get("scopes")?,
            state: row.get("state")?,
            nonce: row.get("nonce")?,
            challenge: row.get("challenge")?,
            proof_key: row.get("proof_key")?,
            without_asking: row.get("without_asking")?,
            pushed: row.get("pushed_ms")?,
            expires: row.get("expires_ms")?,
            browser: row.get("browser")?,
            login,
            code: row.get("code")?,
        })
    }
}

/// Stores what a client asked for, and forgets what ended before `now`.
pub(crate) async fn insert(
    tx: &mut Transaction<'_>,
    row: &AuthorizationRow,
    now: Time,
) -> Result<(), DatabaseError> {
    tx.execute(
        "DELETE FROM authorization_request WHERE expires_ms < $1",
        params![now],
    )
    .await?;
    tx.execute(
        "INSERT INTO authorization_request (request, client, redirect_uri, scopes, state, nonce, challenge, proof_key,
            without_asking, pushed_ms, expires_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        params![
            row.request,
            &row.client,
            &row.redirect_uri,
            &row.scopes,
            row.state.clone(),
            row.nonce.clone(),
            row.challenge,
            row.proof_key,
            row.without_asking,
            row.pushed,
            row.expires,
        ],
    )
    .await?;
    Ok(())
}

/// The authorization whose request has that hash.
pub(crate) async fn find(
    tx: &mut Transaction<'_>,
    request: Hash,
) -> Result<Option<AuthorizationRow>, DatabaseError> {
    let row = tx
        .query_optional(
            "SELECT * FROM authorization_request WHERE request = $1",
            params![request],
        )
        .await?;
    row.as_ref().map(AuthorizationRow::read).transpose()
}

/// The authorization whose code has that hash.
pub(crate) async fn find_by_code(
    tx: &mut Transaction<'_>,
    code: Hash,
) -> Result<Option<AuthorizationRow>, DatabaseError> {
    let row = tx
        .query_optional(
            "SELECT * FROM authorization_request WHERE code = $1",
            params![code],
        )
        .await?;
    row.as_ref().map(AuthorizationRow::read).transpose()
}

/// Stores which browser began it, and until when the person may take the next step.
pub(crate) async fn set_browser(
    tx: &mut Transaction<'_>,
    request: Hash,
    (browser, expires): (Hash, Time),
) -> Result<(), DatabaseError> {
    tx.execute(
        "UPDATE authorization_request SET browser = $1, expires_ms = $2 WHERE request = $3",
        params![browser, expires, request],
    )
    .await?;
    Ok(())
}

/// Stores who logged in.
pub(crate) async fn set_login(
    tx: &mut Transaction<'_>,
    request: Hash,
    login: LoginRow,
) -> Result<(), DatabaseError> {
    tx.execute(
        "UPDATE authorization_request SET customer_index = $1, passkey = $2, authenticated_ms = $3 WHERE request = $4",
        params![login.customer, login.passkey, login.authenticated, request],
    )
    .await?;
    Ok(())
}

/// Stores the code's hash, and until when it may be redeemed.
pub(crate) async fn set_code(
    tx: &mut Transaction<'_>,
    request: Hash,
    (code, expires): (Hash, Time),
) -> Result<(), DatabaseError> {
    tx.execute(
        "UPDATE authorization_request SET code = $1, expires_ms = $2 WHERE request = $3",
        params![code, expires, request],
    )
    .await?;
    Ok(())
}

/// Ends an authorization.
pub(crate) async fn delete(tx: &mut Transaction<'_>, request: Hash) -> Result<(), DatabaseError> {
    tx.execute(
        "DELETE FROM authorization_request WHERE request = $1",
        params![request],
    )
    .await?;
    Ok(())
}
