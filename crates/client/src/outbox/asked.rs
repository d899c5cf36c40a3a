//! What the device knew when it asked the bank for limits.

use crate::outbox::collection::Outbox;
use crate::outbox::outgoing::Outgoing;
use crate::outbox::progress::Progress;
use crate::outbox::vouchers::Vouchers;
use types::IntentId;

/// What the device knew when it asked the bank for limits.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// How many changes of brakes it had heard of.
    pub(crate) changes: u64,
    /// The orders that the bank had not answered.
    pub(crate) unanswered: Vec<IntentId>,
}

impl Asked {
    /// What the device knows now.
    pub(crate) fn with(vouchers: &Vouchers, outbox: &Outbox) -> Self {
        let is_unanswered =
            |one: &&Outgoing| matches!(one.progress, Progress::Waiting | Progress::Sent);
        let unanswered = outbox.all().filter(is_unanswered);
        Self {
            changes: vouchers.changes,
            unanswered: unanswered.map(|one| one.intent.intent).collect(),
        }
    }
}
