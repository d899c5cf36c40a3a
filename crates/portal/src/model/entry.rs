//! Entries.

use super::Amount;
use serde::{Deserialize, Serialize};
use types::{AccountId, BusinessDate, Time};

/// What an entry is worth today.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum EntryState {
    /// It is in the bank's books.
    Current,
    /// The bank has withdrawn it, after its books were restored.
    Withdrawn,
    /// It is of former books, and says what the bank knew then.
    Past,
}

/// An entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The event's id.
    pub id: String,
    /// The kind, such as `booked` or `device.added`.
    pub kind: String,
    /// Its state.
    pub state: EntryState,
    /// When the fact was committed.
    pub time: Time,
    /// The account that it is about.
    pub account: Option<AccountId>,
    /// The business date of a transaction.
    pub date: Option<BusinessDate>,
    /// The amount of a transaction or of a hold; negative if money leaves the account.
    pub amount: Option<Amount>,
    /// The account's booked balance after it.
    pub balance: Option<Amount>,
    /// The operation, such as `transfer_out`.
    pub operation: Option<String>,
    /// The purpose of the payment.
    pub purpose: Option<String>,
    /// The counterparty's bank.
    pub counterparty_bank: Option<String>,
    /// The counterparty's account.
    pub counterparty: Option<String>,
    /// The order that made it, if the customer ordered it: the id of the intent or of the standing order.
    pub order: Option<String>,
    /// The bank's reference.
    pub bank_reference: Option<String>,
    /// The text arguments of any other kind, by name.
    pub arguments: Vec<(String, String)>,
    /// A text for kinds that this version does not know.
    pub fallback: Option<String>,
}

impl Entry {
    /// The text argument with this name, or nothing.
    #[must_use]
    pub fn argument(&self, name: &str) -> &str {
        let mut arguments = self.arguments.iter();
        let found = arguments.find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }
}

/// A window of an account's entries that match a search, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryPage {
    /// The number of matching entries.
    pub total: usize,
    /// The index of the first of `entries` among them.
    pub from: usize,
    /// The entries of the window.
    pub entries: Vec<Entry>,
}

/// What an account's month was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Month {
    /// The first day.
    pub first: BusinessDate,
    /// The sum of what came in.
    pub money_in: Amount,
    /// The sum of what went out, not positive.
    pub money_out: Amount,
    /// The booked balance at its end.
    pub balance: Option<Amount>,
}
