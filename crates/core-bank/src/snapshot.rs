//! Everything that a customer holds, in one read.

use protocol::Entry;
use types::{
    AccountId, AccountKind, Balances, Currency, CustomerId, Hash, Incarnation, Role, Sequence,
};

/// Booked entries on a page of an account's history; the last page may have fewer.
pub const HISTORY_PAGE_ENTRIES: u64 = 200;

/// How many pages a history of so many booked entries has.
#[must_use]
pub const fn history_pages(entries: u64) -> u64 {
    entries.div_ceil(HISTORY_PAGE_ENTRIES)
}

/// Everything that a customer holds at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerSnapshot {
    /// Whose.
    pub customer: CustomerId,
    /// The incarnation of the books that this was read from.
    pub incarnation: Incarnation,
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
    /// Booked entries through `sequence`; [`history_pages`] of it can be asked for.
    pub booked_entries: u64,
}

/// By what the content of an event is known: SHA-256 of its entry's map. The incarnation does not count, since an event
/// that a new incarnation of the books still has is the same event.
#[must_use]
pub fn entry_hash(entry: &Entry) -> Hash {
    Hash::of(&entry.encode())
}
