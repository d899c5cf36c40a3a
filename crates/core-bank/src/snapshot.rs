//! Everything that a customer holds, in one read.

use protocol::Entry;
use types::{
    AccountId, AccountKind, Balances, Currency, CustomerId, Hash, Incarnation, Role, Sequence,
};

/// Everything that a customer holds at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerSnapshot {
    /// Whose.
    pub customer: CustomerId,
    /// The incarnation of the books that this was read from.
    pub incarnation: Incarnation,
    /// The newest event about the customer; 0 where there was none yet.
    pub sequence: Sequence,
    /// The accounts held, in the order of their ids. May be empty.
    pub accounts: Vec<AccountState>,
}

/// An account as one of its holders has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountState {
    /// The account.
    pub account: AccountId,
    /// What it is.
    pub kind: AccountKind,
    /// In which role the customer holds it.
    pub role: Role,
    /// What it is called.
    pub name: String,
    /// What it is kept in.
    pub currency: Currency,
    /// The balances as of `sequence`.
    pub balances: Balances,
    /// The newest event of the account; 0 where there was none yet.
    pub sequence: Sequence,
    /// The [`entry_hash`] of that event; [`Hash::ZERO`] where there was none.
    pub hash: Hash,
    /// Booked entries through `sequence`, which is the number of the newest.
    pub booked_entries: u64,
}

/// A run of an account's booked entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    /// The incarnation of the books that this was read from.
    pub incarnation: Incarnation,
    /// Oldest first, without gaps in their numbers.
    pub entries: Vec<Entry>,
}

/// By what the content of an event is known: SHA-256 of its entry's map. The incarnation does not count, since an event
/// that a new incarnation of the books still has is the same event.
#[must_use]
pub fn entry_hash(entry: &Entry) -> Hash {
    Hash::of(&entry.encode())
}
