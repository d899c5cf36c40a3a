//! The port itself.

use crate::{CoreBankError, CustomerSnapshot, History};
use async_trait::async_trait;
use protocol::Event;
use types::{AccountId, CustomerId, Hash, Incarnation, Role, Sequence, SubjectId};

/// Events in one answer at most.
pub const EVENTS_MAX: usize = 1_000;

/// Subjects in one question for the events of several at most.
pub const SUBJECTS_MAX: usize = 256;

/// Heads in one answer at most.
pub const HEADS_MAX: usize = 10_000;

/// Booked entries in one answer at most.
pub const HISTORY_MAX: usize = 1_000;

/// A position in the order in which subjects changed. Good at the core bank that gave it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct HeadsCursor(u64);

impl HeadsCursor {
    /// Before every change.
    pub const START: HeadsCursor = HeadsCursor(0);

    /// The position with this number, as [`get`](Self::get) gave it.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The position as a number, to keep it.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

/// The newest event of a subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubjectHead {
    /// The subject.
    pub subject: SubjectId,
    /// The event's sequence.
    pub sequence: Sequence,
    /// SHA-256 of the map of the entry that the event becomes: [`entry_hash`](crate::entry_hash).
    pub hash: Hash,
    /// The holders whom the event names: those as of it, and the one who leaves by it.
    pub holders: Vec<CustomerId>,
}

/// Subjects that changed, each once, with their newest event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heads {
    /// The incarnation of the books that this was read from.
    pub incarnation: Incarnation,
    /// In the order of their last change. Empty when nothing changed since.
    pub subjects: Vec<SubjectHead>,
    /// From where to ask on.
    pub next: HeadsCursor,
    /// The newest change of all. A cursor beyond it comes from books that were put back to an older state since.
    pub newest: HeadsCursor,
}

/// A core bank, as notification and gateway see it.
#[async_trait]
pub trait CoreBank: Send + Sync {
    /// The events of `subject` after a sequence, in order and without gaps, at most `limit` and [`EVENTS_MAX`], each with
    /// the books' current incarnation. None for a subject that the bank does not know.
    async fn events_after(
        &self,
        subject: &SubjectId,
        after: Sequence,
        limit: usize,
    ) -> Result<Vec<Event>, CoreBankError>;

    /// What [`events_after`](Self::events_after) answers for each of several subjects, at most [`SUBJECTS_MAX`], in the
    /// order asked and in one question. Each gets at most `limit` events.
    async fn events_of_each(
        &self,
        subjects: &[(SubjectId, Sequence)],
        limit: usize,
    ) -> Result<Vec<Vec<Event>>, CoreBankError>;

    /// The newest event of each subject that changed after the cursor, at most `limit` and [`HEADS_MAX`]. A subject that
    /// changes again is listed again later.
    async fn heads(&self, after: HeadsCursor, limit: usize) -> Result<Heads, CoreBankError>;

    /// Everything that `customer` holds, in one read.
    async fn snapshot(&self, customer: &CustomerId) -> Result<CustomerSnapshot, CoreBankError>;

    /// The booked entries of `account` whose number is greater than `after` and not greater than `through`, oldest first, at
    /// most `limit` and [`HISTORY_MAX`]. The entries of transactions from before there were events have no subject and
    /// sequence.
    async fn history(
        &self,
        account: &AccountId,
        after: u64,
        through: u64,
        limit: usize,
    ) -> Result<History, CoreBankError>;

    /// Who holds `account` now.
    async fn holders(&self, account: &AccountId) -> Result<Vec<(CustomerId, Role)>, CoreBankError>;
}
