//! A service's audit chain, in its own database: written in the transaction of each action, verified as a whole.

use crate::{DatabaseError, Location, Transaction, postgres, sqlite};
use audit::{Act, AuditHead, Broken, BrokenReason};
use thiserror::Error;
use types::Hash;

/// Why verification of a chain failed.
#[derive(Debug, Error)]
pub enum AuditError {
    /// A record was changed, removed or inserted.
    #[error("the audit chain is broken")]
    Broken(#[from] Broken),
    /// The database does not open, or has no chain.
    #[error("the audit chain cannot be read")]
    Unreadable(#[from] DatabaseError),
}

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

/// Verifies the whole chain in a database, while a service may write to it, and returns the head as of one moment.
/// Blocks; the time is proportional to the chain's length.
pub fn verify(location: impl Into<Location>) -> Result<AuditHead, AuditError> {
    match location.into() {
        Location::File(path) => sqlite::verify(&path),
        Location::Server(server) => postgres::blocking(async || postgres::verify(&server).await)?,
    }
}

/// The state of a verification, record by record.
pub(crate) struct Verification {
    head: AuditHead,
}

impl Default for Verification {
    fn default() -> Self {
        Self {
            head: AuditHead::START,
        }
    }
}

impl Verification {
    /// Verifies the next record with its stored number and hash.
    pub(crate) fn follow(&mut self, number: i64, hash: &[u8], bytes: &[u8]) -> Result<(), Broken> {
        self.head = self.head.follow(bytes)?;
        let kept_under = (u64::try_from(number), Hash::try_from(hash));
        if kept_under == (Ok(self.head.number), Ok(self.head.hash)) {
            return Ok(());
        }
        Err(Broken {
            number: self.head.number,
            reason: BrokenReason::KeptUnderAnother,
        })
    }

    /// The head after the verified records.
    pub(crate) const fn head(&self) -> AuditHead {
        self.head
    }
}
