//! The audit chain.

use audit::{Act, Head};
use database::{DatabaseError, Transaction, params};

/// Writes a record of `act`, in the transaction of the act itself.
pub(crate) async fn record(tx: &mut Transaction<'_>, act: &Act) -> Result<(), DatabaseError> {
    let newest = match tx.query_optional(audit::NEWEST, &[]).await? {
        Some(row) => Head {
            number: row.get(0)?,
            hash: row.get(1)?,
        },
        None => Head::START,
    };
    let linked = newest.link(act);
    let number = super::signed(linked.head().number);
    tx.execute(
        audit::INSERT,
        params![number, linked.head().hash, linked.bytes()],
    )
    .await?;
    Ok(())
}
