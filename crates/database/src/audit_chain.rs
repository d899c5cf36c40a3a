//! A service's audit chain, in its own database: written in the transaction of each act, verified as a whole.

use crate::{DatabaseError, Transaction, identity};
use audit::{Act, Broken, BrokenReason, Head};
use std::path::Path;
use thiserror::Error;
use types::Hash;

/// Why a chain was not verified.
#[derive(Debug, Error)]
pub enum AuditError {
    /// A record was changed, removed or inserted.
    #[error("the audit chain is broken")]
    Broken(#[from] Broken),
    /// The file does not open, or keeps no chain.
    #[error("the audit chain cannot be read")]
    Unreadable(#[from] DatabaseError),
}

/// Writes a record of `act`, in the transaction of the act itself.
pub async fn record(tx: &mut Transaction<'_>, act: &Act) -> Result<(), DatabaseError> {
    let newest = match tx.query_optional(audit::NEWEST, &[]).await? {
        Some(row) => Head {
            number: row.get("number")?,
            hash: row.get("hash")?,
        },
        None => Head::START,
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

/// Verifies the whole chain in the file at `path`, which a service may be writing to meanwhile, and answers the head as
/// of one moment. Blocks, and takes as long as the chain is.
pub fn verify(path: &Path) -> Result<Head, AuditError> {
    let connection = identity::open_still(path)?;
    let failed = |cause| DatabaseError::statement(audit::READ, cause);
    let mut statement = connection.prepare(audit::READ).map_err(failed)?;
    let mut rows = statement.raw_query();
    let mut head = Head::START;
    while let Some(row) = rows.next().map_err(failed)? {
        let bytes: Vec<u8> = row.get(2).map_err(failed)?;
        head = head.follow(&bytes)?;
        let (number, hash): (i64, Vec<u8>) =
            (row.get(0).map_err(failed)?, row.get(1).map_err(failed)?);
        let kept_under = (u64::try_from(number), Hash::try_from(hash.as_slice()));
        if kept_under != (Ok(head.number), Ok(head.hash)) {
            return Err(AuditError::Broken(Broken {
                number: head.number,
                reason: BrokenReason::KeptUnderAnother,
            }));
        }
    }
    Ok(head)
}
