//! What clients hold of customers, in both of its tables: authorizations with a login, and the grants that came of others. Of a
//! grant that ends here its client has to hear.

use super::{CustomerIndex, client_logout};
use database::{DatabaseError, Transaction, Value, params};
use types::{ClientId, DeviceId, PasskeyId, Time};

/// Ends what all clients hold of a customer.
pub(crate) async fn end_all(
    tx: &mut Transaction<'_>,
    customer: CustomerIndex,
    now: Time,
) -> Result<(), DatabaseError> {
    client_logout::of_customer(tx, customer, now).await?;
    let deletions = [
        "DELETE FROM authorization_request WHERE customer_index = $1",
        "DELETE FROM client_grant WHERE customer_index = $1",
    ];
    delete(tx, deletions, params![customer]).await
}

/// Ends what a client holds of a customer.
pub(crate) async fn end_of_client(
    tx: &mut Transaction<'_>,
    (customer, client): (CustomerIndex, &ClientId),
    now: Time,
) -> Result<(), DatabaseError> {
    client_logout::of_client(tx, (customer, client), now).await?;
    let deletions = [
        "DELETE FROM authorization_request WHERE customer_index = $1 AND client = $2",
        "DELETE FROM client_grant WHERE customer_index = $1 AND client = $2",
    ];
    delete(tx, deletions, params![customer, client]).await
}

/// Ends what came of logins with a passkey of the customer. What the customer lets clients know stays.
pub(crate) async fn end_of_passkey(
    tx: &mut Transaction<'_>,
    (customer, passkey): (CustomerIndex, PasskeyId),
    now: Time,
) -> Result<(), DatabaseError> {
    client_logout::of_passkey(tx, (customer, passkey), now).await?;
    let deletions = [
        "DELETE FROM authorization_request WHERE customer_index = $1 AND passkey = $2",
        "DELETE FROM client_grant WHERE customer_index = $1 AND passkey = $2",
    ];
    delete(tx, deletions, params![customer, passkey]).await
}

/// Ends what came of logins with the passkeys that a device registered.
pub(crate) async fn end_of_device(
    tx: &mut Transaction<'_>,
    device: DeviceId,
    now: Time,
) -> Result<(), DatabaseError> {
    client_logout::of_device(tx, device, now).await?;
    let deletions = [
        "DELETE FROM authorization_request WHERE passkey IN (SELECT passkey FROM passkey WHERE device = $1)",
        "DELETE FROM client_grant WHERE passkey IN (SELECT passkey FROM passkey WHERE device = $1)",
    ];
    delete(tx, deletions, params![device]).await
}

async fn delete(
    tx: &mut Transaction<'_>,
    deletions: [&'static str; 2],
    of: &[Value],
) -> Result<(), DatabaseError> {
    for deletion in deletions {
        tx.execute(deletion, of).await?;
    }
    Ok(())
}
