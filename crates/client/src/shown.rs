//! What is shown of a device's passbook.

use crate::discrepancy::Found;
use crate::error::SyncError;
use crate::filed::{Cursor, Filed, LISTED_MAX, Listed, Listing};
use crate::home::{Account, Home};
use crate::instant::Instant;
use crate::names;
use crate::seal;
use crate::state::State;
use crate::store::Store;
use types::{AccountId, Position, Time};

/// The passbook as it is at a moment: balances, entries, and how far they are known to be whole.
pub struct Shown<'a, S> {
    pub(crate) state: &'a State<S>,
    pub(crate) now: Instant,
}

impl<S: Store> Shown<'_, S> {
    /// Balances and newest entries.
    pub fn home(&self) -> Result<Home, SyncError> {
        self.state.home(self.now)
    }

    /// The accounts that the customer holds, with their balances, in the order of their ids: at most [`LISTED_MAX`], those
    /// after `after` where one is given.
    pub fn accounts(&self, after: Option<&AccountId>) -> Result<Vec<Account>, SyncError> {
        self.books(after, true)
    }

    /// The same of accounts of former books, which are kept for what was withdrawn.
    pub fn former_accounts(&self, after: Option<&AccountId>) -> Result<Vec<Account>, SyncError> {
        self.books(after, false)
    }

    fn books(&self, after: Option<&AccountId>, held: bool) -> Result<Vec<Account>, SyncError> {
        let books = &self.state.unlocked()?.books;
        let accounts = books.accounts.after(after);
        let accounts = accounts.filter(|(_, book)| book.held == held);
        let accounts = accounts.filter_map(|(_, book)| Account::of(book));
        Ok(accounts.take(LISTED_MAX).collect())
    }

    /// The entries of `account`, or those that belong to no account, oldest first: at most [`LISTED_MAX`], those after
    /// `after` where one is given. What was withdrawn is listed as such.
    pub async fn entries(
        &self,
        account: Option<&AccountId>,
        after: Option<&Cursor>,
    ) -> Result<Listing, SyncError> {
        let unlocked = self.state.unlocked()?;
        let slot = match account {
            None => Some(unlocked.books.general.slot),
            Some(account) => unlocked.books.accounts.get(account).map(|book| book.slot),
        };
        let mut listing = Listing {
            entries: Vec::new(),
            next: None,
        };
        let Some(slot) = slot else {
            return Ok(listing);
        };
        let store = &self.state.records.store;
        let after = after.map(|cursor| cursor.0.as_slice());
        let rows = store.scan(&names::entries(slot), after, LISTED_MAX).await?;
        for (name, value) in &rows {
            let filed = Filed::decode(&seal::open(unlocked.key.expose(), name, value)?)?;
            listing.entries.push(Listed {
                entry: filed.parse()?,
                state: filed.state,
            });
        }
        if rows.len() == LISTED_MAX {
            listing.next = rows.into_iter().last().map(|(name, _)| Cursor(name));
        }
        Ok(listing)
    }

    /// Where in the channel what is shown ends: short of what was received, while that waits for a key.
    #[must_use]
    pub fn position(&self) -> Position {
        self.state.reach().0
    }

    /// The newest proven time: everything that the bank numbered up to then is shown.
    #[must_use]
    pub fn as_of(&self) -> Time {
        self.state.reach().1
    }

    /// Whether a checkpoint asked for within the last 15 minutes says that nothing is missing, history included.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.state.is_complete(self.now)
    }

    /// The newest discrepancies, oldest first, at most 16.
    #[must_use]
    pub fn discrepancies(&self) -> &[Found] {
        &self.state.found
    }
}
