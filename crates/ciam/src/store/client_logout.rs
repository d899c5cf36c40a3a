//! Logins that ended, of which their clients have to hear.

use super::CustomerIndex;
use database::{DatabaseError, Row, Transaction, params};
use types::{ClientId, DeviceId, GrantId, PasskeyId, Time};

/// A login that ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LogoutRow {
    pub(crate) grant: GrantId,
    pub(crate) client: ClientId,
    pub(crate) ended: Time,
}

/// The logins of a customer, whose clients have to hear that they ended now.
pub(crate) async fn of_customer(
    tx: &mut Transaction<'_>,
    customer: CustomerIndex,
    now: Time,
) -> Result<(), DatabaseError> {
    let insert = "INSERT INTO client_logout (grant_id, client, ended_ms)
        SELECT grant_id, client, $1 FROM client_grant WHERE customer_index = $2 AND expires_ms > $3";
    tx.execute(insert, params![now, customer, now]).await?;
    Ok(())
}

/// Those at a client.
pub(crate) async fn of_client(
    tx: &mut Transaction<'_>,
    (customer, client): (CustomerIndex, &ClientId),
    now: Time,
) -> Result<(), DatabaseError> {
    let insert = "INSERT INTO client_logout (grant_id, client, ended_ms)
        SELECT grant_id, client, $1 FROM client_grant WHERE customer_index = $2 AND client = $3 AND expires_ms > $4";
    tx.execute(insert, params![now, customer, client, now])
        .await?;
    Ok(())
}

/// Those with a passkey.
pub(crate) async fn of_passkey(
    tx: &mut Transaction<'_>,
    (customer, passkey): (CustomerIndex, PasskeyId),
    now: Time,
) -> Result<(), DatabaseError> {
    let insert = "INSERT INTO client_logout (grant_id, client, ended_ms)
        SELECT grant_id, client, $1 FROM client_grant WHERE customer_index = $2 AND passkey = $3 AND expires_ms > $4";
    tx.execute(insert, params![now, customer, passkey, now])
        .await?;
    Ok(())
}

/// Those with the passkeys that a device registered.
pub(crate) async fn of_device(
    tx: &mut Transaction<'_>,
    device: DeviceId,
    now: Time,
) -> Result<(), DatabaseError> {
    let insert = "INSERT INTO client_logout (grant_id, client, ended_ms)
        SELECT grant_id, client, $1 FROM client_grant
        WHERE passkey IN (SELECT passkey FROM passkey WHERE device = $2) AND expires_ms > $3";
    tx.execute(insert, params![now, device, now]).await?;
    Ok(())
}

/// The first `limit` logins that ended after `last`, the oldest first.
pub(crate) async fn after(
    tx: &mut Transaction<'_>,
    last: Option<&LogoutRow>,
    limit: u32,
) -> Result<Vec<LogoutRow>, DatabaseError> {
    let ended = last.map_or(Time::from_ms(0), |last| last.ended);
    let grant = last.map_or(GrantId::new([0; 16]), |last| last.grant);
    let rows = tx
        .query(
            "SELECT * FROM client_logout WHERE ended_ms > $1 OR (ended_ms = $2 AND grant_id > $3)
             ORDER BY ended_ms, grant_id LIMIT $4",
            params![ended, ended, grant, limit],
        )
        .await?;
    let read = |row: &Row| {
        Ok(LogoutRow {
            grant: row.get("grant_id")?,
            client: row.get("client")?,
            ended: row.get("ended_ms")?,
        })
    };
    rows.iter().map(read).collect()
}

/// Forgets logins of which nobody has to hear any more.
pub(crate) async fn forget(
    tx: &mut Transaction<'_>,
    grants: &[GrantId],
) -> Result<(), DatabaseError> {
    for grant in grants {
        let delete = "DELETE FROM client_logout WHERE grant_id = $1";
        tx.execute(delete, params![*grant]).await?;
    }
    Ok(())
}
