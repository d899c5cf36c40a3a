//! Payments that other apps of the bank prepared.

use super::CustomerIndex;
use database::{DatabaseError, Row, Transaction, params};
use types::{ClientId, Hash, IntentId, Time};

/// A payment that an app prepared for a customer.
#[derive(Debug, Clone)]
pub(crate) struct InitiationRow {
    pub(crate) customer: CustomerIndex,
    /// The order that approves it has this id.
    pub(crate) initiation: IntentId,
    pub(crate) client: ClientId,
    /// The app's name for the request, hashed with app and customer.
    pub(crate) key: Hash,
    /// SHA-256 of the payment.
    pub(crate) body: Hash,
    /// What the customer is shown, sealed.
    pub(crate) sealed: Vec<u8>,
    pub(crate) created: Time,
    pub(crate) expires: Time,
    /// Whether the customer declined it.
    pub(crate) declined: bool,
    /// How often it or its order changed.
    pub(crate) changes: i64,
}

impl InitiationRow {
    fn read(row: &Row) -> Result<Self, DatabaseError> {
        Ok(Self {
            customer: row.get("customer")?,
            initiation: row.get("initiation")?,
            client: row.get("client")?,
            key: row.get("key")?,
            body: row.get("body")?,
            sealed: row.get("sealed")?,
            created: row.get("created_ms")?,
            expires: row.get("expires_ms")?,
            declined: row.get("declined")?,
            changes: row.get("changes")?,
        })
    }
}

/// Stores a new initiation, and forgets those that expired before `old`.
pub(crate) async fn insert(
    tx: &mut Transaction<'_>,
    row: &InitiationRow,
    old: Time,
) -> Result<(), DatabaseError> {
    let delete = "DELETE FROM initiation WHERE expires_ms < $1";
    tx.execute(delete, params![old]).await?;
    let insert = "INSERT INTO initiation (customer, initiation, client, key, body, sealed, created_ms, expires_ms, declined,
            changes, heard) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, 0)";
    let values = params![
        row.customer,
        row.initiation,
        &row.client,
        row.key,
        row.body,
        &row.sealed,
        row.created,
        row.expires,
    ];
    tx.execute(insert, values).await?;
    Ok(())
}

/// The initiation with that id of the customer.
pub(crate) async fn find(
    tx: &mut Transaction<'_>,
    (customer, initiation): (CustomerIndex, IntentId),
) -> Result<Option<InitiationRow>, DatabaseError> {
    let select = "SELECT * FROM initiation WHERE customer = $1 AND initiation = $2";
    let row = tx
        .query_optional(select, params![customer, initiation])
        .await?;
    row.as_ref().map(InitiationRow::read).transpose()
}

/// The initiation that came of the request with that key.
pub(crate) async fn find_by_key(
    tx: &mut Transaction<'_>,
    key: Hash,
) -> Result<Option<InitiationRow>, DatabaseError> {
    let select = "SELECT * FROM initiation WHERE key = $1";
    let row = tx.query_optional(select, params![key]).await?;
    row.as_ref().map(InitiationRow::read).transpose()
}

/// The customer's initiations that may be approved at `now`: neither ordered nor declined, the oldest first.
pub(crate) async fn waiting(
    tx: &mut Transaction<'_>,
    customer: CustomerIndex,
    now: Time,
) -> Result<Vec<InitiationRow>, DatabaseError> {
    let select = "SELECT * FROM initiation
        WHERE customer = $1 AND expires_ms > $2 AND declined = 0 AND NOT EXISTS (
            SELECT 1 FROM intent WHERE intent.customer = initiation.customer AND intent.intent = initiation.initiation)
        ORDER BY created_ms, initiation";
    let rows = tx.query(select, params![customer, now]).await?;
    rows.iter().map(InitiationRow::read).collect()
}

/// When the client's initiations for the customer were made, since `after`, the oldest first.
pub(crate) async fn made_after(
    tx: &mut Transaction<'_>,
    (customer, client): (CustomerIndex, &ClientId),
    after: Time,
) -> Result<Vec<Time>, DatabaseError> {
    let select = "SELECT created_ms FROM initiation
        WHERE customer = $1 AND client = $2 AND created_ms > $3 ORDER BY created_ms";
    let rows = tx.query(select, params![customer, client, after]).await?;
    rows.iter().map(|row| row.get("created_ms")).collect()
}

/// Counts a change of the order with the initiation's id, if there is an initiation.
pub(crate) async fn count_change(
    tx: &mut Transaction<'_>,
    (customer, initiation): (CustomerIndex, IntentId),
) -> Result<(), DatabaseError> {
    let update =
        "UPDATE initiation SET changes = changes + 1 WHERE customer = $1 AND initiation = $2";
    tx.execute(update, params![customer, initiation]).await?;
    Ok(())
}

/// The first `limit` initiations of whose changes their apps were not told.
pub(crate) async fn to_hear(
    tx: &mut Transaction<'_>,
    limit: u32,
) -> Result<Vec<InitiationRow>, DatabaseError> {
    let select = "SELECT * FROM initiation WHERE changes > heard ORDER BY created_ms LIMIT $1";
    let rows = tx.query(select, params![limit]).await?;
    rows.iter().map(InitiationRow::read).collect()
}

/// Stores that the app was told of the changes that the row counts.
pub(crate) async fn set_heard(
    tx: &mut Transaction<'_>,
    row: &InitiationRow,
) -> Result<(), DatabaseError> {
    let update = "UPDATE initiation SET heard = $1 WHERE customer = $2 AND initiation = $3";
    let values = params![row.changes, row.customer, row.initiation];
    tx.execute(update, values).await?;
    Ok(())
}

/// Stores that the customer declined it.
pub(crate) async fn decline(
    tx: &mut Transaction<'_>,
    (customer, initiation): (CustomerIndex, IntentId),
) -> Result<(), DatabaseError> {
    let update = "UPDATE initiation SET declined = 1 WHERE customer = $1 AND initiation = $2";
    tx.execute(update, params![customer, initiation]).await?;
    count_change(tx, (customer, initiation)).await
}
