//! A new projection in the making: books and pages that are changed in memory and committed at once.

use crate::book::{Book, PageInfo};
use crate::discrepancy::{Discrepancy, Named};
use crate::error::SyncError;
use crate::keys::StorageKey;
use crate::names;
use crate::page::{Item, Page};
use crate::records::Identity;
use crate::seal::SealedError;
use crate::sealed::Records;
use crate::state::Books;
use crate::store::{Batch, Store};
use protocol::{Entry, EntryKind};
use std::collections::{BTreeMap, BTreeSet};
use types::{AccountId, BusinessDate, Position, SubjectId, Time};

pub(crate) struct Stage<'s, S> {
    records: &'s Records<S>,
    key: &'s StorageKey,
    identity: &'s Identity,
    pub(crate) books: Books,
    pages: BTreeMap<(u32, u32), Page>,
    changed_pages: BTreeSet<(u32, u32)>,
    changed_books: BTreeSet<u32>,
    pub(crate) changed_grants: bool,
    pub(crate) batch: Batch,
    /// What was found wrong with what was opened, and where.
    pub(crate) found: Vec<(Named, Position)>,
    /// The entries that are new to the customer, in order.
    pub(crate) entries: Vec<Entry>,
}

/// Which book.
pub(crate) enum Which {
    General,
    Account(AccountId),
}

impl<'s, S: Store> Stage<'s, S> {
    pub(crate) fn new(
        records: &'s Records<S>,
        key: &'s StorageKey,
        identity: &'s Identity,
        books: Books,
    ) -> Self {
        Self {
            records,
            key,
            identity,
            books,
            pages: BTreeMap::new(),
            changed_pages: BTreeSet::new(),
            changed_books: BTreeSet::new(),
            changed_grants: false,
            batch: Batch::default(),
            found: Vec::new(),
            entries: Vec::new(),
        }
    }

    /// Seals a record under the storage key, as part of the commit.
    pub(crate) fn put(&mut self, name: Vec<u8>, plaintext: &[u8]) -> Result<(), SyncError> {
        self.records
            .put(&mut self.batch, self.key.expose(), name, plaintext)
    }

    /// Projects an entry that was opened at its place in the channel.
    pub(crate) async fn entry(&mut self, at: Position, bytes: &[u8]) -> Result<(), SyncError> {
        let entry = match Entry::parse(bytes) {
            Ok(entry) => entry,
            Err(error) => {
                self.found
                    .push(((Discrepancy::BodyNotAnEntry, error.reason()), at));
                return self.put(names::unreadable(at), bytes);
            }
        };
        if matches!(entry.kind, EntryKind::Other(_)) {
            self.put(names::unknown(at), bytes)?;
        }
        let new = self.file(&entry, bytes, at).await?;
        self.take_effect(&entry);
        if new {
            self.books.home.push(bytes);
            self.entries.push(entry);
        }
        Ok(())
    }

    /// What an entry's kind does beyond its balances. Also what an update does with entries that it has learnt to know.
    pub(crate) fn take_effect(&mut self, entry: &Entry) {
        let own = entry.argument("customer") == Some(self.identity.customer.as_str());
        let Some(account) = entry.account.as_ref().filter(|_| own) else {
            return;
        };
        match entry.kind {
            EntryKind::HolderRemoved => self.forget(account),
            EntryKind::HolderAdded => {
                let role = entry.argument("role").and_then(|role| role.parse().ok());
                if let (Some(book), Some(role)) = (self.books.accounts.get_mut(account), role)
                    && let Some(state) = &mut book.state
                {
                    state.role = role;
                    self.changed_books.insert(book.slot);
                }
            }
            _ => {}
        }
    }

    /// Files an entry in its book and counts its balances. Answers whether it was not there yet.
    async fn file(&mut self, entry: &Entry, bytes: &[u8], at: Position) -> Result<bool, SyncError> {
        let removed = entry.kind == EntryKind::HolderRemoved
            && entry.argument("customer") == Some(self.identity.customer.as_str());
        let Some(account) = entry.account.as_ref().filter(|_| !removed) else {
            let book = &mut self.books.general;
            book.arrivals += 1;
            let item = Item {
                order: book.arrivals,
                sequence: 0,
                entry: bytes.to_vec(),
            };
            self.append(&Which::General, &month(entry), &item).await?;
            return Ok(true);
        };
        let subject = SubjectId::from(account);
        let sequence = entry
            .subject
            .as_ref()
            .filter(|(of, _)| *of == subject)
            .map(|(_, sequence)| *sequence);
        let book = self.book(account);
        if let Some(sequence) = sequence {
            if sequence <= book.sequence {
                // The snapshot has counted it already: it is kept, and changes no balance.
                return self.keep(account, entry, bytes).await;
            }
            let known = book.state.is_some() || book.sequence.get() > 0;
            if known && sequence != book.sequence.next() {
                book.gap = true;
                self.found
                    .push(((Discrepancy::SequenceGap, "sequence_not_next"), at));
            }
        }
        let book = self.book(account);
        let item = Item {
            order: sequence.unwrap_or(book.sequence).get(),
            sequence: sequence.map_or(0, |sequence| sequence.get()),
            entry: bytes.to_vec(),
        };
        book.sequence = sequence.unwrap_or(book.sequence);
        let balances = match &mut book.state {
            Some(state) => &mut state.balances,
            None => &mut book.balances,
        };
        balances.extend(
            entry
                .balances
                .iter()
                .map(|(of, money)| (of.clone(), *money)),
        );
        if let Some(booking) = &entry.booking {
            book.has_booked(booking.number);
        }
        self.append(&Which::Account(account.clone()), &month(entry), &item)
            .await?;
        Ok(true)
    }

    /// The book of an account; a new one where there is none, whose state a snapshot will tell.
    pub(crate) fn book(&mut self, account: &AccountId) -> &mut Book {
        let accounts = &mut self.books.accounts;
        // The slots are searched for a new account only: an entry of a known one costs the same however many there are.
        let slot = match accounts.get(account) {
            Some(book) => book.slot,
            None => accounts.values().map(|book| book.slot).max().unwrap_or(0) + 1,
        };
        let book = accounts
            .entry(account.clone())
            .or_insert_with(|| Book::new(slot, Some(account.clone())));
        self.changed_books.insert(book.slot);
        book
    }

    /// Removes an account that the customer holds no longer, with its pages.
    pub(crate) fn forget(&mut self, account: &AccountId) {
        let Some(book) = self.books.accounts.remove(account) else {
            return;
        };
        self.books.home.forget(account);
        self.changed_books.remove(&book.slot);
        self.batch.delete(names::book(book.slot));
        for (ordinal, _) in ordinals(&book) {
            let place = (book.slot, ordinal);
            self.pages.remove(&place);
            self.changed_pages.remove(&place);
            self.batch.delete(names::page(book.slot, ordinal));
        }
    }

    pub(crate) async fn append(
        &mut self,
        which: &Which,
        month: &str,
        item: &Item,
    ) -> Result<(), SyncError> {
        let book = match which {
            Which::General => &mut self.books.general,
            Which::Account(account) => match self.books.accounts.get_mut(account) {
                Some(book) => book,
                None => return Ok(()),
            },
        };
        let slot = book.slot;
        self.changed_books.insert(slot);
        let length = item.entry.len() + 24;
        let open = ordinals(book)
            .rfind(|(_, page)| page.month == month)
            .filter(|(_, page)| page.takes(length))
            .map(|(ordinal, _)| ordinal);
        let ordinal = match open {
            Some(ordinal) => ordinal,
            None => {
                let ordinal = u32::try_from(book.pages.len()).map_err(|_| SealedError::TooLong)?;
                book.pages.push(PageInfo {
                    month: month.to_owned(),
                    entries: 0,
                    bytes: 0,
                });
                self.pages.insert((slot, ordinal), Page::default());
                ordinal
            }
        };
        if let Some(page) = usize::try_from(ordinal)
            .ok()
            .and_then(|at| book.pages.get_mut(at))
        {
            page.entries += 1;
            page.bytes += u64::try_from(length).unwrap_or(u64::MAX);
        }
        self.page(slot, ordinal).await?.push(item);
        self.changed_pages.insert((slot, ordinal));
        Ok(())
    }

    pub(crate) async fn page(&mut self, slot: u32, ordinal: u32) -> Result<&mut Page, SyncError> {
        use std::collections::btree_map::Entry as Slot;
        match self.pages.entry((slot, ordinal)) {
            Slot::Occupied(page) => Ok(page.into_mut()),
            Slot::Vacant(place) => {
                let bytes = self
                    .records
                    .read(self.key.expose(), &names::page(slot, ordinal))
                    .await?;
                let bytes = bytes.ok_or(SealedError::Shape)?;
                Ok(place.insert(Page::from_bytes(bytes.to_vec())))
            }
        }
    }

    /// Notes that the message at `at` is projected.
    pub(crate) fn reached(&mut self, at: Position, time: Time) {
        self.books.reach = (at, self.books.reach.1.max(time));
    }

    /// Seals everything that has changed into one batch, with the home page as far as the books reach.
    pub(crate) fn finish(mut self) -> Result<Staged, SyncError> {
        for place @ (slot, ordinal) in std::mem::take(&mut self.changed_pages) {
            if let Some(page) = self.pages.remove(&place) {
                self.put(names::page(slot, ordinal), page.as_bytes())?;
            }
        }
        let books: Vec<_> = std::iter::once(&self.books.general)
            .chain(self.books.accounts.values())
            .filter(|book| self.changed_books.contains(&book.slot))
            .map(|book| (names::book(book.slot), book.encode()))
            .collect();
        for (name, book) in books {
            self.put(name, &book)?;
        }
        if self.changed_grants {
            let keyring = self.books.keyring.encode();
            self.put(names::GRANTS.to_vec(), &keyring)?;
        }
        let home = self.books.home.encode(
            self.books.accounts.values(),
            self.books.reach.0,
            self.books.reach.1,
        );
        self.put(names::HOME.to_vec(), &home)?;
        Ok(Staged {
            books: self.books,
            batch: self.batch,
            found: self.found,
            entries: self.entries,
            durable: self.changed_grants,
        })
    }
}

/// A finished stage, to be committed.
pub(crate) struct Staged {
    pub(crate) books: Books,
    pub(crate) batch: Batch,
    pub(crate) found: Vec<(Named, Position)>,
    pub(crate) entries: Vec<Entry>,
    /// Whether it holds what cannot be had again.
    pub(crate) durable: bool,
}

/// A book's pages with their ordinals.
pub(crate) fn ordinals(book: &Book) -> impl DoubleEndedIterator<Item = (u32, &PageInfo)> {
    let count = u32::try_from(book.pages.len()).unwrap_or(u32::MAX);
    (0..count).zip(&book.pages)
}

/// The month that an entry is filed under: that of its booking, else of its time in UTC.
pub(crate) fn month(entry: &Entry) -> String {
    match &entry.booking {
        Some(booking) => booking.date.month(),
        None => BusinessDate::of_utc(entry.time).month(),
    }
}
