//! A customer's accounts and an account's history, each from one consistent read.

use protocol::Entry;
use protocol::cbor::Map;
use types::{
    AccountId, AccountKind, Balances, Currency, CustomerId, Hash, Incarnation, Role, Sequence,
};

/// A customer and all accounts that the customer holds, at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerSnapshot {
    /// The customer.
    pub customer: CustomerId,
    /// The incarnation of the books at the time of the read.
    pub incarnation: Incarnation,
    /// The newest event about the customer; 0 if there is none.
    pub sequence: Sequence,
    /// The [`entry_hash`] of that event; [`Hash::ZERO`] if there is none.
    pub hash: Hash,
    /// The accounts, ordered by id. May be empty.
    pub accounts: Vec<AccountSnapshot>,
    /// The payees, ordered by id.
    pub payees: Vec<Arrangement>,
    /// The standing orders that have not ended, ordered by id.
    pub standing: Vec<Arrangement>,
    /// The pending orders, ordered by id: the intent's.
    pub orders: Vec<Arrangement>,
}

/// Something that an order made and that is still in force, as of the customer's sequence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrangement {
    /// The id of the payee, of the standing order, or of the order's intent.
    pub id: String,
    /// The arguments of the entry that reported it.
    pub arguments: Map,
}

/// An account as one of its holders sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountSnapshot {
    /// The account's id.
    pub account: AccountId,
    /// The account's kind.
    pub kind: AccountKind,
    /// The role in which the customer holds it.
    pub role: Role,
    /// The account's name.
    pub name: String,
    /// The account's currency.
    pub currency: Currency,
    /// The balances as of `sequence`.
    pub balances: Balances,
    /// The newest event of the account; 0 if there is none.
    pub sequence: Sequence,
    /// The [`entry_hash`] of that event; [`Hash::ZERO`] if there is none.
    pub hash: Hash,
    /// Number of booked entries as of `sequence`; it is also the newest booked entry's number.
    pub booked_entries: u64,
}

/// Consecutive booked entries of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    /// The incarnation of the books at the time of the read.
    pub incarnation: Incarnation,
    /// The entries, oldest first, without gaps in their numbers.
    pub entries: Vec<Entry>,
}

/// The hash that identifies an event's content: SHA-256 of its entry's map without the order (28). It does not cover the
/// incarnation, because an event is the same event in every incarnation of the books that contains it. It does not cover
/// the order, because only one of the holders gets it.
#[must_use]
pub fn entry_hash(entry: &Entry) -> Hash {
    Hash::of(&entry.without_order().encode())
}
