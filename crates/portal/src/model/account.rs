//! The home page and its accounts.

use super::{Amount, Entry, Order};
use serde::{Deserialize, Serialize};
use types::{AccountId, Time};

/// The first screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Home {
    /// The accounts, as many as the home page has.
    pub accounts: Vec<Account>,
    /// The number of accounts.
    pub accounts_total: u64,
    /// The newest entries, newest first, at most 20.
    pub newest: Vec<Entry>,
    /// The orders without an outcome, newest first.
    pub waiting: Vec<Order>,
    /// Everything that the bank numbered up to then is shown.
    pub as_of: Time,
    /// Whether the bank stated within the last 15 minutes that nothing is missing.
    pub complete: bool,
    /// Whether this device reads nothing new, because it was removed.
    pub left_out: bool,
    /// The newest unresolved discrepancy: its stable word.
    pub discrepancy: Option<String>,
}

/// An account with its balances.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The account's number.
    pub account: AccountId,
    /// The bank's name for it; empty while it is unknown.
    pub name: String,
    /// Its kind, such as `current`, if the bank has stated it.
    pub kind: Option<String>,
    /// The customer's role, such as `owner`, if the bank has stated it.
    pub role: Option<String>,
    /// The booked balance.
    pub booked: Option<Amount>,
    /// What is available, if the bank states it apart from what is booked.
    pub available: Option<Amount>,
    /// The sum of amounts that are under way, if there are any.
    pub pending: Option<Amount>,
    /// The booked balance after them.
    pub expected: Option<Amount>,
}

/// The device's connection to the bank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Connection {
    /// Not tried yet.
    Connecting,
    /// New entries arrive at once.
    Live,
    /// The bank is not reached; it is tried again.
    Offline,
    /// The bank is reached, and takes no requests of this device for a while.
    Limited,
    /// The bank refuses this device: it was removed, or its token ended.
    Ended,
}
