//! What clients hold of customers, in both of its tables: authorizations with a login, and the grants that came of others. The
//! client of a grant that ends here has to hear of it.

use super::CustomerIndex;
use database::{DatabaseError, Transaction, Value, params};
use types::{ClientId, DeviceId, PasskeyId, Time};

/// The statements that end what a condition selects. The time is the parameter after those of the condition, in the
/// text, too: SQLite numbers parameters as they come.
macro_rules! ending {
    ($condition:literal, $time:literal) => {
        [
            concat!(
                "WITH ended AS (SELECT grant_id, client, expires_ms FROM client_grant WHERE ",
                $condition,
                ") INSERT INTO client_logout (grant_id, client, ended_ms) SELECT grant_id, client, ",
                $time,
                " FROM ended WHERE expires_ms > ",
                $time
            ),
            concat!("DELETE FROM authorization_request WHERE ", $condition),
            concat!("DELETE FROM client_grant WHERE ", $condition),
        ]
    };
}

/// Ends what all clients hold of a customer.
pub(crate) async fn end_all(
    tx: &mut Transaction<'_>,
    customer: CustomerIndex,
    now: Time,
) -> Result<(), DatabaseError> {
    let statements = ending!("customer_index = $1", "$2");
    end(tx, statements, params![customer], now).await
}

/// Ends what a client holds of a customer.
pub(crate) async fn end_of_client(
    tx: &mut Transaction<'_>,
    (customer, client): (CustomerIndex, &ClientId),
    now: Time,
) -> Result<(), DatabaseError> {
    let statements = ending!("customer_index = $1 AND client = $2", "$3");
    end(tx, statements, params![customer, client], now).await
}

/// Ends what came of logins with a passkey of the customer. What the customer lets clients know stays.
pub(crate) async fn end_of_passkey(
    tx: &mut Transaction<'_>,
    (customer, passkey): (CustomerIndex, PasskeyId),
    now: Time,
) -> Result<(), DatabaseError> {
    let statements = ending!("customer_index = $1 AND passkey = $2", "$3");
    end(tx, statements, params![customer, passkey], now).await
}

/// Ends what came of logins with the passkeys that a device registered.
pub(crate) async fn end_of_device(
    tx: &mut Transaction<'_>,
    device: DeviceId,
    now: Time,
) -> Result<(), DatabaseError> {
    let statements = ending!(
        "passkey IN (SELECT passkey FROM passkey WHERE device = $1)",
        "$2"
    );
    end(tx, statements, params![device], now).await
}

async fn end(
    tx: &mut Transaction<'_>,
    [logouts, authorizations, grants]: [&'static str; 3],
    of: &[Value],
    now: Time,
) -> Result<(), DatabaseError> {
    let with_time = [of, params![now]].concat();
    tx.execute(logouts, &with_time).await?;
    tx.execute(authorizations, of).await?;
    tx.execute(grants, of).await?;
    Ok(())
}
