//! Adds the past to a new projection: snapshots, and pages of history.

use crate::book::Missing;
use crate::error::SyncError;
use crate::filed::Filed;
use crate::names;
use crate::seal::SealedError;
use crate::stage::Stage;
use crate::store::Store;
use envelope::{AccountState, History, Item, ItemState, PAGE_ENTRIES_MAX};
use protocol::Entry;
use types::{AccountId, Sequence};

/// An account in a part of a snapshot.
struct Stated {
    account: AccountId,
    sequence: Sequence,
    state: AccountState,
    history: History,
    /// The number of that part.
    part: u64,
}

impl<S: Store> Stage<'_, S> {
    /// Begins the adoption of a snapshot.
    pub(crate) fn begin_snapshot(&mut self, other_books: bool) {
        let known = &mut self.books.known;
        known.stated += 1;
        if other_books {
            known.books += 1;
            known.customer = Sequence::ZERO;
            self.books.home.clear();
        }
        self.changed_known = true;
    }

    /// Adopts an item of a part of the snapshot.
    pub(crate) fn adopt_item(
        &mut self,
        item: Item,
        part: u64,
        other_books: bool,
    ) -> Result<(), SyncError> {
        let ItemState::Account { state, history, .. } = item.state else {
            return self.adopt_arrangement(item, other_books);
        };
        let row = Stated {
            // A part with another id was refused when it was read.
            account: item.id.parse().map_err(|_| SealedError::Shape)?,
            sequence: item.sequence,
            state,
            history,
            part,
        };
        match other_books {
            true => self.replace(row),
            false => self.adopt(row),
        }
        Ok(())
    }

    /// Adopts an account from a snapshot of other books: everything is read again, and the device's entries of the
    /// former books have to be judged.
    fn replace(&mut self, row: Stated) {
        let (books, stated) = (self.books.known.books, self.books.known.stated);
        let known = self.books.accounts.get(&row.account).is_some();
        let book = self.book(&row.account);
        book.sweep |= known;
        book.books = books;
        book.stated = stated;
        book.held = true;
        book.state = Some(row.state);
        book.balances.clear();
        book.sequence = row.sequence;
        (book.booked_through, book.booked_newest) = (0, 0);
        book.gap = false;
        book.missing = missing(row.history, row.part, 0);
    }

    /// Adopts an account from a snapshot of the same books. Balances from later entries stay.
    fn adopt(&mut self, row: Stated) {
        let stated = self.books.known.stated;
        let book = self.book(&row.account);
        book.stated = stated;
        let nothing_missed = book.state.is_some()
            && row.sequence <= book.sequence
            && !book.gap
            && book.missing.is_none();
        let mut state = row.state;
        if row.sequence < book.sequence {
            state.balances.extend(book.balances_shown().clone());
        }
        book.state = Some(state);
        book.balances.clear();
        book.sequence = book.sequence.max(row.sequence);
        book.gap = false;
        book.missing = match book.missing {
            _ if nothing_missed => None,
            // A full page never changes, so pages read before stay valid.
            Some(begun) if row.history.pages >= begun.next => Some(Missing {
                history: row.history,
                part: row.part,
                ..begun
            }),
            _ => missing(row.history, row.part, book.booked_through),
        };
    }

    /// Handles an account that other books do not have: it is kept for its withdrawn entries.
    pub(crate) fn leave(&mut self, account: &AccountId) {
        let (books, stated) = (self.books.known.books, self.books.known.stated);
        let book = self.book(account);
        book.held = false;
        book.sweep = true;
        book.books = books;
        book.stated = stated;
        book.gap = false;
        book.missing = None;
        self.books.home.forget(account);
    }

    /// Stores the next page of an account's history.
    pub(crate) async fn history(
        &mut self,
        account: &AccountId,
        entries: &[Entry],
    ) -> Result<(), SyncError> {
        let book = self.book(account);
        let (slot, sweep) = (book.slot, book.sweep);
        let missing = book.missing.ok_or(SealedError::Shape)?;
        let last = missing.next >= missing.history.pages;
        for entry in entries {
            let bytes = entry.encode();
            let new = self
                .keep(account, entry, &Filed::current(None, &bytes))
                .await?;
            if sweep {
                let name = names::id(slot, self.key, entry.id.as_str());
                self.batch.put(name, Vec::new());
            }
            // The newest entries are on the last two pages, of which the last may have few.
            if new && missing.next + 1 >= missing.history.pages {
                self.books.home.insert(entry, &bytes);
            }
        }
        let newest = entries.last().and_then(|entry| entry.booking.as_ref());
        let book = self.book(account);
        if last {
            book.history_is_whole();
        } else {
            book.missing = Some(Missing {
                next: missing.next + 1,
                before: newest.map(|booking| booking.number),
                ..missing
            });
        }
        Ok(())
    }
}

/// The pages of a history with transactions after the `known`-th. A page has at most a fixed number of transactions.
fn missing(history: History, part: u64, known: u64) -> Option<Missing> {
    let full = u64::try_from(PAGE_ENTRIES_MAX).unwrap_or(u64::MAX);
    let next = known / full + 1;
    (next <= history.pages).then_some(Missing {
        history,
        part,
        next,
        before: (next == 1).then_some(0),
    })
}
