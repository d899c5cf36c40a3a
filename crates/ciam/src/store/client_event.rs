//! What changed for customers, of which clients have to hear.

use super::CustomerIndex;
use database::{DatabaseError, Row, Transaction, params};
use token::{ClientEvent, Scope};
use types::{ClientId, IntentId, Time};

/// A change of which a client has to hear.
#[derive(Debug, Clone)]
pub(crate) struct EventRow {
    pub(crate) customer: CustomerIndex,
    pub(crate) event: ClientEvent,
    /// When it first changed since the client heard of it.
    pub(crate) changed: Time,
    /// New with each change.
    pub(crate) version: [u8; 16],
}

/// The scope that lets a client know of the event, and the payment, if it is of one.
fn named(event: ClientEvent) -> (&'static str, String) {
    match event {
        ClientEvent::AccountsChanged => (Scope::Accounts.as_str(), String::new()),
        ClientEvent::PaymentChanged(payment) => (Scope::Payments.as_str(), payment.to_string()),
    }
}

/// The clients that may hear of the event, because a grant of the customer's lasts.
pub(crate) async fn may_hear(
    tx: &mut Transaction<'_>,
    (customer, event): (CustomerIndex, ClientEvent),
    now: Time,
) -> Result<Vec<ClientId>, DatabaseError> {
    let select = "SELECT DISTINCT client FROM client_grant
        WHERE customer_index = $1 AND expires_ms > $2 AND (' ' || scopes || ' ') LIKE $3";
    let scope = format!("% {} %", named(event).0);
    let rows = tx.query(select, params![customer, now, scope]).await?;
    rows.iter().map(|row| row.get("client")).collect()
}

/// Stores that the client has to hear of a change. Of several changes it hears once.
pub(crate) async fn put(
    tx: &mut Transaction<'_>,
    client: &ClientId,
    row: &EventRow,
) -> Result<(), DatabaseError> {
    let put = "INSERT INTO client_event (client, customer_index, scope, payment, changed_ms, version)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (client, customer_index, scope, payment) DO UPDATE SET version = excluded.version";
    let (scope, payment) = named(row.event);
    let values = params![
        client,
        row.customer,
        scope,
        payment,
        row.changed,
        row.version
    ];
    tx.execute(put, values).await?;
    Ok(())
}

/// The clients that have to hear of changes.
pub(crate) async fn clients(tx: &mut Transaction<'_>) -> Result<Vec<ClientId>, DatabaseError> {
    let select = "SELECT DISTINCT client FROM client_event ORDER BY client";
    let rows = tx.query(select, params![]).await?;
    rows.iter().map(|row| row.get("client")).collect()
}

/// The first `limit` changes for a client, those that came first.
pub(crate) async fn of_client(
    tx: &mut Transaction<'_>,
    client: &ClientId,
    limit: u32,
) -> Result<Vec<EventRow>, DatabaseError> {
    let select =
        "SELECT * FROM client_event WHERE client = $1 ORDER BY changed_ms, version LIMIT $2";
    let rows = tx.query(select, params![client, limit]).await?;
    let read = |row: &Row| {
        let payment: String = row.get("payment")?;
        let payment: Option<IntentId> = payment.parse().ok();
        let event = payment.map_or(ClientEvent::AccountsChanged, ClientEvent::PaymentChanged);
        Ok(EventRow {
            customer: row.get("customer_index")?,
            event,
            changed: row.get("changed_ms")?,
            version: row.get("version")?,
        })
    };
    rows.iter().map(read).collect()
}

/// Forgets a change of which the client heard, unless it changed again meanwhile.
pub(crate) async fn forget(
    tx: &mut Transaction<'_>,
    version: [u8; 16],
) -> Result<(), DatabaseError> {
    let delete = "DELETE FROM client_event WHERE version = $1";
    tx.execute(delete, params![version]).await?;
    Ok(())
}

/// Forgets all changes for a client.
pub(crate) async fn forget_all(
    tx: &mut Transaction<'_>,
    client: &ClientId,
) -> Result<(), DatabaseError> {
    let delete = "DELETE FROM client_event WHERE client = $1";
    tx.execute(delete, params![client]).await?;
    Ok(())
}
