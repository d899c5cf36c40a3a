//! Counts of refused logins.

use super::CustomerIndex;
use database::{DatabaseError, Transaction, params};
use types::Time;

/// What refused logins are counted for, as a keyed hash.
pub(crate) type Scope = [u8; 32];

/// The refused logins of a scope.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) refused: u32,
    pub(crate) last: Option<Time>,
    pub(crate) locked_until: Option<Time>,
}

/// The count of a scope.
pub(crate) async fn find(tx: &mut Transaction<'_>, scope: &Scope) -> Result<Count, DatabaseError> {
    let row = tx
        .query_optional(
            "SELECT refused, last_ms, locked_until_ms FROM refused_login WHERE scope = $1",
            params![scope],
        )
        .await?;
    let Some(row) = row else {
        return Ok(Count::default());
    };
    Ok(Count {
        refused: row.get("refused")?,
        last: row.get("last_ms")?,
        locked_until: row.get("locked_until_ms")?,
    })
}

/// Stores a count. `customer` is who can be unlocked with it.
pub(crate) async fn set(
    tx: &mut Transaction<'_>,
    (scope, customer): (&Scope, Option<CustomerIndex>),
    (refused, last, locked_until): (u32, Time, Time),
) -> Result<(), DatabaseError> {
    tx.execute(
        "INSERT INTO refused_login (scope, customer_index, refused, last_ms, locked_until_ms)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (scope) DO UPDATE SET refused = excluded.refused, last_ms = excluded.last_ms,
            locked_until_ms = excluded.locked_until_ms",
        params![scope, customer, refused, last, locked_until],
    )
    .await?;
    Ok(())
}

/// Forgets a scope.
pub(crate) async fn forget(tx: &mut Transaction<'_>, scope: &Scope) -> Result<(), DatabaseError> {
    tx.execute("DELETE FROM refused_login WHERE scope = $1", params![scope])
        .await?;
    Ok(())
}

/// Forgets the scopes whose last refusal was before `time`.
pub(crate) async fn forget_before(
    tx: &mut Transaction<'_>,
    time: Time,
) -> Result<(), DatabaseError> {
    tx.execute(
        "DELETE FROM refused_login WHERE last_ms < $1",
        params![time],
    )
    .await?;
    Ok(())
}

/// Forgets the scopes of a customer. Returns how many.
pub(crate) async fn forget_customer(
    tx: &mut Transaction<'_>,
    customer: CustomerIndex,
) -> Result<usize, DatabaseError> {
    tx.execute(
        "DELETE FROM refused_login WHERE customer_index = $1",
        params![customer],
    )
    .await
}
