//! A service's audit chain, in its own database: written in the transaction of each action, verified as a whole.

pub use crate::verification::AuditError;

use crate::{DatabaseError, Location, Transaction, postgres, sqlite};
use audit::{Act, AuditHead};

/// Writes a record of `act`, in the transaction of the action.
pub async fn record(tx: &mut Transaction<'_>, act: &Act) -> Result<(), DatabaseError> {
    let newest = match tx.query_optional(audit::NEWEST, &[]).await? {
        Some(row) => AuditHead {
            number: row.get("number")?,
            hash: row.get("hash")?,
        },
        None => AuditHead::START,
    };
    let linked = newest.link(act);
    let Ok(number) = i64::try_from(linked.head().number) else {
        unreachable!("audit records stay below 2^63");
    };
    tx.execute(
        audit::INSERT,
        crate::params![number, linked.head().hash, linked.bytes()],
    )
    .await?;
    Ok(())
}

/// The records before a number, or the newest, in descending order, at most `limit`.
pub async fn before(
    tx: &mut Transaction<'_>,
    number: Option<u64>,
    limit: u64,
) -> Result<Vec<(u64, Vec<u8>)>, DatabaseError> {
    let signed = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let number = number.map_or(i64::MAX, signed);
    let rows = tx
        .query(audit::BEFORE, crate::params![number, signed(limit)])
        .await?;
    let read = |row: &crate::Row| Ok((row.get("number")?, row.get("record")?));
    rows.iter().map(read).collect()
}

/// Verifies the whole chain in a database, while a service may write to it, and returns the head as of one moment.
/// Blocks; the time is proportional to the chain's length.
pub fn verify(location: impl Into<Location>) -> Result<AuditHead, AuditError> {
    match location.into() {
        Location::File(path) => sqlite::verify(&path),
        Location::Server(server) => postgres::blocking(async || postgres::verify(&server).await)?,
    }
}
