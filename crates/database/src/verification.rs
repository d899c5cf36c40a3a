//! Verification of an audit chain, record by record.

use crate::DatabaseError;
use audit::{AuditHead, Broken, BrokenReason};
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
