//! Counts of refused logins.

use super::{CustomerIndex, signed};
use database::{DatabaseError, Row, Transaction, params};
use types::Time;

/// What refused logins are counted for, as a keyed hash.
pub(crate) type Scope = [u8; 32];

/// The refused logins of a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) refused: u32,
    /// The time up to which refusals have been forgotten.
    pub(crate) forgotten: Time,
    pub(crate) locked_until: Time,
}

/// The count of a scope. `None` if no login was refused.
pub(crate) async fn find(
    tx: &mut Transaction<'_>,
    scope: &Scope,
) -> Result<Option<Count>, DatabaseError> {
    let row = tx
        .query_optional(
            "SELECT refused, forgotten_ms, locked_until_ms FROM refused_login WHERE scope = $1",
            params![scope],
        )
        .await?;
    let read = |row: Row| {
        Ok(Count {
            refused: row.get("refused")?,
            forgotten: row.get("forgotten_ms")?,
            locked_until: row.get("locked_until_ms")?,
        })
    };
    row.map(read).transpose()
}

/// Stores a count. `customer` is who can be unlocked with it.
pub(crate) async fn set(
    tx: &mut Transaction<'_>,
    (scope, customer): (&Scope, Option<CustomerIndex>),
    count: Count,
) -> Result<(), DatabaseError> {
    tx.execute(
        "INSERT INTO refused_login (scope, customer_index, refused, forgotten_ms, locked_until_ms)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (scope) DO UPDATE SET refused = excluded.refused, forgotten_ms = excluded.forgotten_ms,
            locked_until_ms = excluded.locked_until_ms",
        params![scope, customer, count.refused, count.forgotten, count.locked_until],
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

/// Forgets the scopes whose refusals have been forgotten up to a time before `time`, that have none left at `now`, and that
/// are not locked then. The intervals, in milliseconds, are those in which one refusal of a customer's scope is forgotten,
/// and one of a prefix's.
pub(crate) async fn forget_drained(
    tx: &mut Transaction<'_>,
    (time, now): (Time, Time),
    [of_customer, of_prefix]: [u64; 2],
) -> Result<(), DatabaseError> {
    tx.execute(
        "DELETE FROM refused_login WHERE forgotten_ms < $1 AND locked_until_ms < $2
         AND forgotten_ms + refused * (CASE WHEN customer_index IS NULL THEN CAST($3 AS BIGINT)
            ELSE CAST($4 AS BIGINT) END) <= $2",
        params![time, now, signed(of_prefix), signed(of_customer)],
    )
    .await?;
    Ok(())
}

/// How many scopes a customer can be unlocked with, and until when the last of them is locked.
pub(crate) async fn of_customer(
    tx: &mut Transaction<'_>,
    customer: CustomerIndex,
) -> Result<(usize, Option<Time>), DatabaseError> {
    let rows = tx
        .query(
            "SELECT locked_until_ms FROM refused_login WHERE customer_index = $1",
            params![customer],
        )
        .await?;
    let mut last = None;
    for row in &rows {
        last = last.max(Some(row.get::<Time>("locked_until_ms")?));
    }
    Ok((rows.len(), last))
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
