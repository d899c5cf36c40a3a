//! A new projection in the making: books and pages that are changed in memory and committed together.

use crate::book::Book;
use crate::discrepancy::{Discrepancy, Named};
use crate::error::SyncError;
use crate::filed::{Filed, SortKey};
use crate::keys::StorageKey;
use crate::names;
use crate::records::Identity;
use crate::sealed::Records;
use crate::state::Books;
use crate::store::{Batch, Store};
use protocol::{Entry, EntryKind};
use std::collections::{BTreeMap, BTreeSet};
use types::{AccountId, Position, Sequence, Time};

pub(crate) struct Stage<'s, S: Store> {
    pub(crate) records: &'s Records<S>,
    pub(crate) key: &'s StorageKey,
    identity: &'s Identity,
    pub(crate) books: Books,
    /// The names of the entries that this stage adds.
    filed: BTreeSet<Vec<u8>>,
    /// By slot: names between which no entry is stored. `None` for the end of the slot's names.
    free: BTreeMap<u32, (Vec<u8>, Option<Vec<u8>>)>,
    /// The accounts whose books have changed. `None` for the book of entries that belong to no account.
    changed_books: BTreeSet<Option<AccountId>>,
    pub(crate) changed_known: bool,
    pub(crate) changed_grants: bool,
    pub(crate) batch: Batch,
    /// Discrepancies found in opened messages, with their positions.
    pub(crate) found: Vec<(Named, Position)>,
    /// The entries that are new to the customer, in order.
    pub(crate) entries: Vec<Entry>,
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
            filed: BTreeSet::new(),
            free: BTreeMap::new(),
            changed_books: BTreeSet::new(),
            changed_known: false,
            changed_grants: false,
            batch: Batch::default(),
            found: Vec::new(),
            entries: Vec::new(),
        }
    }

    /// Seals a record with the storage key, as part of the commit.
    pub(crate) fn put(&mut self, name: Vec<u8>, plaintext: &[u8]) -> Result<(), SyncError> {
        self.records
            .put(&mut self.batch, self.key.expose(), name, plaintext)
    }

    /// Projects an entry that was opened at its position in the channel.
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
        self.take_effect(&entry)?;
        if new {
            self.books.home.push(&entry, bytes);
            self.entries.push(entry);
        }
        Ok(())
    }

    /// The effect of an entry's kind beyond its balances. An update uses it too, for entries of kinds that it now
    /// knows.
    pub(crate) fn take_effect(&mut self, entry: &Entry) -> Result<(), SyncError> {
        self.arrange(entry)?;
        self.settle_order(entry)?;
        self.hear_of_brakes(entry)?;
        let own = entry.argument("customer") == Some(self.identity.customer.as_str());
        let Some(account) = entry.account.as_ref().filter(|_| own) else {
            return Ok(());
        };
        match entry.kind {
            EntryKind::HolderRemoved => self.forget(account),
            EntryKind::HolderAdded => {
                let role = entry.argument("role").and_then(|role| role.parse().ok());
                if let (Some(book), Some(role)) = (self.books.accounts.get_mut(account), role)
                    && let Some(state) = &mut book.state
                {
                    state.role = role;
                    self.changed_books.insert(Some(account.clone()));
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Adds an entry to its book and counts its balances. Returns whether it was new.
    async fn file(&mut self, entry: &Entry, bytes: &[u8], at: Position) -> Result<bool, SyncError> {
        let removed = entry.kind == EntryKind::HolderRemoved
            && entry.argument("customer") == Some(self.identity.customer.as_str());
        let filed = Filed::current(Some(at), bytes);
        let Some(account) = entry.account.as_ref().filter(|_| !removed) else {
            self.note_customer(entry, at);
            let books = self.books.known.books;
            let book = &mut self.books.general;
            book.arrivals += 1;
            let sort_key = SortKey::of_sequence(book.arrivals, books);
            let slot = book.slot;
            self.changed_books.insert(None);
            return self.put_entry(slot, sort_key, &filed).await;
        };
        let sequence = own_sequence(account, entry);
        let book = self.book(account);
        if let Some(sequence) = sequence {
            if sequence <= book.sequence {
                // The snapshot has counted it already: it is stored, and changes no balance.
                return self.keep(account, entry, &filed).await;
            }
            let known = book.state.is_some() || book.sequence.get() > 0;
            if known && sequence != book.sequence.next() {
                book.gap = true;
                self.found
                    .push(((Discrepancy::SequenceGap, "sequence_not_next"), at));
            }
        }
        let book = self.book(account);
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
        self.keep(account, entry, &filed).await
    }

    /// Stores the newest sequence of the customer's own events.
    fn note_customer(&mut self, entry: &Entry, at: Position) {
        let Some(sequence) = self.customers(entry) else {
            return;
        };
        let known = &mut self.books.known;
        if known.arranged.is_some() && sequence > known.customer.next() {
            known.arranged = None;
            let named = (Discrepancy::SequenceGap, "customers_sequence_not_next");
            self.found.push((named, at));
        }
        known.customer = known.customer.max(sequence);
        self.changed_known = true;
    }

    /// The sequence of an entry among the customer's own events, if it is one.
    pub(crate) fn customers(&self, entry: &Entry) -> Option<Sequence> {
        let (subject, sequence) = entry.subject.as_ref()?;
        let customer = subject.as_str().strip_prefix("customer:")?;
        (customer == self.identity.customer.as_str()).then_some(*sequence)
    }

    /// Stores an entry of an account in order, unless it exists. Changes no balance. Returns whether it was new.
    pub(crate) async fn keep(
        &mut self,
        account: &AccountId,
        entry: &Entry,
        filed: &Filed,
    ) -> Result<bool, SyncError> {
        let book = self.book(account);
        let sort_key = match (own_sequence(account, entry), &entry.booking) {
            (Some(sequence), _) => SortKey::of_sequence(sequence.get(), book.books),
            (None, Some(booking)) => SortKey::of_booking(booking.number, book.books),
            (None, None) => {
                book.arrivals += 1;
                SortKey::without_sequence(book.sequence.get(), book.arrivals, book.books)
            }
        };
        if let Some(booking) = &entry.booking {
            book.has_booked(booking.number);
        }
        let slot = book.slot;
        self.put_entry(slot, sort_key, filed).await
    }

    async fn put_entry(
        &mut self,
        slot: u32,
        sort_key: SortKey,
        filed: &Filed,
    ) -> Result<bool, SyncError> {
        let name = names::entry(slot, sort_key);
        if self.filed.contains(&name) || self.is_stored(slot, &name).await? {
            return Ok(false);
        }
        self.filed.insert(name.clone());
        self.put(name, &filed.encode())?;
        Ok(true)
    }

    /// Whether an entry with that name is in the store. Entries mostly come in order, so that the place of the first one tells it
    /// of the next ones, too: a browser takes longer to read a record than to open and seal an entry.
    async fn is_stored(&mut self, slot: u32, name: &[u8]) -> Result<bool, SyncError> {
        if let Some((from, to)) = self.free.get(&slot)
            && name >= from.as_slice()
            && to.as_ref().is_none_or(|to| name < to.as_slice())
        {
            return Ok(false);
        }
        let store = &self.records.store;
        if store.get(name).await?.is_some() {
            return Ok(true);
        }
        let next = store.scan(&names::entries(slot), Some(name), 1).await?;
        let next = next.into_iter().next().map(|(name, _)| name);
        self.free.insert(slot, (name.to_vec(), next));
        Ok(false)
    }

    /// The book of an account. If there is none, a new one, whose state a snapshot will contain.
    pub(crate) fn book(&mut self, account: &AccountId) -> &mut Book {
        let known = &mut self.books.known;
        let accounts = &mut self.books.accounts;
        if accounts.get(account).is_none() {
            known.slots += 1;
            self.changed_known = true;
        }
        let book = accounts.get_or_insert(account, || Book {
            books: known.books,
            ..Book::new(known.slots, Some(account.clone()))
        });
        self.changed_books.insert(Some(account.clone()));
        book
    }

    /// Removes an account that the customer no longer holds. Its entries are deleted later, some at a time.
    pub(crate) fn forget(&mut self, account: &AccountId) {
        let Some(slot) = self.books.accounts.remove(account) else {
            return;
        };
        self.books.home.forget(account);
        self.changed_books.remove(&Some(account.clone()));
        self.batch.delete(names::book(slot));
        self.batch.put(names::gone(slot), Vec::new());
        self.books.gone = true;
    }

    /// Records that the message at `at` is projected.
    pub(crate) fn reached(&mut self, at: Position, time: Time) {
        self.books.reach = (at, self.books.reach.1.max(time));
    }

    /// Seals all changes into one batch, with the home page as far as the books reach.
    pub(crate) fn finish(mut self) -> Result<Staged, SyncError> {
        if self.changed_known {
            let known = self.books.known.encode();
            self.put(names::KNOWN.to_vec(), &known)?;
        }
        for changed in std::mem::take(&mut self.changed_books) {
            let book = match &changed {
                None => Some(&self.books.general),
                Some(account) => self.books.accounts.get(account),
            };
            if let Some(book) = book {
                let (name, book) = (names::book(book.slot), book.encode());
                self.put(name, &book)?;
            }
        }
        if self.changed_grants {
            let keyring = self.books.keyring.encode();
            self.put(names::GRANTS.to_vec(), &keyring)?;
        }
        let accounts = &self.books.accounts;
        let accounts = (accounts.values(), accounts.tally().held);
        let (at, as_of) = self.books.reach;
        let home = self.books.home.encode(accounts, at, as_of);
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

/// A finished stage, ready to commit.
pub(crate) struct Staged {
    pub(crate) books: Books,
    pub(crate) batch: Batch,
    pub(crate) found: Vec<(Named, Position)>,
    pub(crate) entries: Vec<Entry>,
    /// Whether it contains data that cannot be fetched again.
    pub(crate) durable: bool,
}

/// The entry's sequence among the account's own events.
pub(crate) fn own_sequence(account: &AccountId, entry: &Entry) -> Option<Sequence> {
    let (_, sequence) = entry.subject.as_ref()?;
    is_of_account(account.as_str(), entry).then_some(*sequence)
}

/// Whether an entry is one of the account's own events. Older messages have only the account as their subject.
pub(crate) fn is_of_account(account: &str, entry: &Entry) -> bool {
    entry.subject.as_ref().is_some_and(|(subject, _)| {
        let subject = subject.as_str();
        subject == account || subject.strip_prefix("account:") == Some(account)
    })
}
