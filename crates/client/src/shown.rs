//! What is shown of a device's passbook.

use crate::discrepancy::Found;
use crate::error::SyncError;
use crate::home::{Account, Home};
use crate::instant::Instant;
use crate::names;
use crate::page::Page;
use crate::seal::SealedError;
use crate::stage::ordinals;
use crate::state::State;
use crate::store::Store;
use protocol::Entry;
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

    /// All accounts with their balances, in the order of their ids.
    pub fn accounts(&self) -> Result<Vec<Account>, SyncError> {
        let books = &self.state.unlocked()?.books;
        Ok(books.accounts.values().filter_map(Account::of).collect())
    }

    /// The entries of `account`, or those that belong to no account, oldest first.
    pub async fn entries(&self, account: Option<&AccountId>) -> Result<Vec<Entry>, SyncError> {
        let unlocked = self.state.unlocked()?;
        let book = match account {
            None => &unlocked.books.general,
            Some(account) => match unlocked.books.accounts.get(account) {
                Some(book) => book,
                None => return Ok(Vec::new()),
            },
        };
        let mut items = Vec::new();
        for (ordinal, _) in ordinals(book) {
            let name = names::page(book.slot, ordinal);
            let bytes = self
                .state
                .records
                .read(unlocked.key.expose(), &name)
                .await?;
            let bytes = bytes.ok_or(SealedError::Shape)?;
            items.extend(Page::from_bytes(bytes.to_vec()).items()?);
        }
        items.sort_by_key(|item| item.order);
        let entries = items.iter().map(crate::page::Item::parse);
        Ok(entries.collect::<Result<_, _>>()?)
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
