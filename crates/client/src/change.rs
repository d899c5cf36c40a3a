//! Changes that a live owner reports.

use crate::discrepancy::Found;
use crate::error::SyncError;
use crate::shown::Shown;
use envelope::Judgement;
use protocol::Entry;

/// A change.
#[derive(Debug)]
pub enum Change {
    /// The device has all of the broker's messages, and later ones arrive at once.
    Live,
    /// New entries were committed, in order.
    Entries(Vec<Entry>),
    /// Messages were received; they are projected when the passbook is unlocked.
    Received,
    /// The bank stated the channel's newest position.
    Checkpoint(Judgement),
    /// A snapshot or history was read from the synchronous side.
    Mended,
    /// The state of orders, or the vouchers, changed by an answer of the bank. Entries that say what became of orders
    /// are reported as entries.
    Orders,
    /// A discrepancy from what the bank signed.
    Discrepancy(Found),
    /// The connection ended or failed. The next attempt follows after an increasing wait.
    Offline(SyncError),
    /// The bank answers, but accepts no requests of this device for a while. The next attempt follows at the time that
    /// the bank named.
    Limited(SyncError),
    /// The bank refuses this device: nothing more is received. Stored data stays readable.
    Ended(SyncError),
}

impl Change {
    /// The reason for the interruption.
    pub(crate) fn interrupted(error: SyncError) -> Self {
        if error.is_limited() {
            Self::Limited(error)
        } else {
            Self::Offline(error)
        }
    }
}

/// A change, with the passbook as committed at that moment.
#[derive(Debug)]
pub struct Update {
    /// The change.
    pub change: Change,
    /// The passbook after the change.
    pub shown: Shown,
}
