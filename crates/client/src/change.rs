//! What changes while an owner lives with the bank.

use crate::discrepancy::Found;
use crate::error::SyncError;
use crate::shown::Shown;
use envelope::Judgement;
use protocol::Entry;

/// What changed.
#[derive(Debug)]
pub enum Change {
    /// All that the broker has is here, and what comes next comes at once.
    Live,
    /// New entries were committed, in order.
    Entries(Vec<Entry>),
    /// Messages were received, and wait for the passbook to be unlocked.
    Received,
    /// The bank stated how far the channel goes.
    Checkpoint(Judgement),
    /// A snapshot or history was read from the synchronous side.
    Mended,
    /// Something does not agree with what the bank signed.
    Discrepancy(Found),
    /// The connection ended, or could not be made. It is tried again, after a wait that grows.
    Offline(SyncError),
    /// The bank answers, but accepts no more requests of this device for a while. It is tried again when the bank says so.
    Limited(SyncError),
    /// The bank refuses this device: nothing more is received. What is here stays readable.
    Ended(SyncError),
}

impl Change {
    /// Why it does not go on now.
    pub(crate) fn interrupted(error: SyncError) -> Self {
        if error.is_limited() {
            Self::Limited(error)
        } else {
            Self::Offline(error)
        }
    }
}

/// A change, with the passbook as it was committed then.
#[derive(Debug)]
pub struct Update {
    /// What changed.
    pub change: Change,
    /// What is shown since.
    pub shown: Shown,
}
