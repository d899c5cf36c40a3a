//! The books of all accounts. Copying costs only the changes since the last settling, however many accounts there are.

use crate::book::Book;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ops::Bound;
use std::sync::Arc;
use types::AccountId;

/// Maximum changes kept beside the settled books while a reader uses those. Beyond it the settled books are copied.
const CHANGES_MAX: usize = 64;

/// Numbers of books in certain states, so that they need not be counted one by one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Accounts that the customer holds.
    pub(crate) held: u64,
    /// Accounts that need a snapshot.
    pub(crate) need_snapshot: u64,
    /// Accounts whose history has to be read or judged.
    pub(crate) lack_history: u64,
}

impl Tally {
    fn add(&mut self, book: &Book) {
        self.held += u64::from(book.held);
        self.need_snapshot += u64::from(book.needs_snapshot());
        self.lack_history += u64::from(book.lacks_history());
    }

    fn remove(&mut self, book: &Book) {
        self.held -= u64::from(book.held);
        self.need_snapshot -= u64::from(book.needs_snapshot());
        self.lack_history -= u64::from(book.lacks_history());
    }
}

/// The books by account, ordered by account id.
#[derive(Debug, Clone, Default)]
pub(crate) struct Accounts {
    settled: Arc<BTreeMap<AccountId, Arc<Book>>>,
    /// The tally of the settled books.
    settled_tally: Tally,
    /// Differences from the settled books. `None` marks a removed book.
    changed: BTreeMap<AccountId, Option<Arc<Book>>>,
}

impl Accounts {
    pub(crate) fn get(&self, account: &AccountId) -> Option<&Book> {
        match self.changed.get(account) {
            Some(changed) => changed.as_deref(),
            None => self.settled.get(account).map(|book| &**book),
        }
    }

    pub(crate) fn get_mut(&mut self, account: &AccountId) -> Option<&mut Book> {
        if !self.changed.contains_key(account) {
            let book = self.settled.get(account)?.clone();
            self.changed.insert(account.clone(), Some(book));
        }
        self.changed.get_mut(account)?.as_mut().map(Arc::make_mut)
    }

    /// The book of an account. If there is none, the one that `new` makes.
    pub(crate) fn get_or_insert(
        &mut self,
        account: &AccountId,
        new: impl FnOnce() -> Book,
    ) -> &mut Book {
        let settled = &self.settled;
        let change = match self.changed.entry(account.clone()) {
            Entry::Occupied(change) => change.into_mut(),
            Entry::Vacant(change) => change.insert(settled.get(account).cloned()),
        };
        Arc::make_mut(change.get_or_insert_with(|| Arc::new(new())))
    }

    pub(crate) fn insert(&mut self, account: AccountId, book: Book) {
        self.changed.insert(account, Some(Arc::new(book)));
    }

    /// Removes a book, and returns its slot.
    pub(crate) fn remove(&mut self, account: &AccountId) -> Option<u32> {
        let slot = self.get(account)?.slot;
        self.changed.insert(account.clone(), None);
        Some(slot)
    }

    pub(crate) fn tally(&self) -> Tally {
        let mut tally = self.settled_tally;
        for (account, change) in &self.changed {
            if let Some(book) = self.settled.get(account) {
                tally.remove(book);
            }
            if let Some(book) = change {
                tally.add(book);
            }
        }
        tally
    }

    /// The books after an account, in order. All if `after` is `None`.
    pub(crate) fn after(
        &self,
        account: Option<&AccountId>,
    ) -> impl Iterator<Item = (&AccountId, &Book)> {
        let range = (
            account.map_or(Bound::Unbounded, Bound::Excluded),
            Bound::Unbounded,
        );
        let mut settled = self.settled.range::<AccountId, _>(range).peekable();
        let mut changed = self.changed.range::<AccountId, _>(range).peekable();
        std::iter::from_fn(move || {
            loop {
                let is_changed = match (settled.peek(), changed.peek()) {
                    (Some((known, _)), Some((account, _))) => account <= known,
                    (_, changed) => changed.is_some(),
                };
                if !is_changed {
                    return settled.next().map(|(account, book)| (account, &**book));
                }
                let (account, book) = changed.next()?;
                settled.next_if(|(known, _)| *known == account);
                if let Some(book) = book {
                    return Some((account, book));
                }
            }
        })
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&AccountId, &Book)> {
        self.after(None)
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &Book> {
        self.iter().map(|(_, book)| book)
    }

    /// Merges the changes after they are committed.
    pub(crate) fn settle(&mut self) {
        let read_elsewhere = Arc::get_mut(&mut self.settled).is_none();
        if self.changed.is_empty() || (read_elsewhere && self.changed.len() < CHANGES_MAX) {
            return;
        }
        self.settled_tally = self.tally();
        let settled = Arc::make_mut(&mut self.settled);
        for (account, change) in std::mem::take(&mut self.changed) {
            match change {
                Some(book) => settled.insert(account, book),
                None => settled.remove(&account),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(name: &str) -> AccountId {
        name.parse().unwrap()
    }

    fn names(accounts: &Accounts, after: Option<&str>) -> Vec<(String, u32)> {
        let after = after.map(id);
        let books = accounts.after(after.as_ref());
        books
            .map(|(account, book)| (account.to_string(), book.slot))
            .collect()
    }

    fn named<const N: usize>(rows: [(&str, u32); N]) -> Vec<(String, u32)> {
        rows.map(|(name, slot)| (name.to_owned(), slot)).to_vec()
    }

    #[test]
    fn changes_are_seen_in_order_before_and_after_they_are_settled() {
        let mut accounts = Accounts::default();
        for (slot, name) in [(1, "b"), (2, "d"), (3, "f")] {
            accounts.insert(id(name), Book::new(slot, Some(id(name))));
        }
        accounts.settle();
        let before = accounts.clone();
        accounts.insert(id("a"), Book::new(4, Some(id("a"))));
        accounts.insert(id("e"), Book::new(5, Some(id("e"))));
        accounts.get_mut(&id("d")).unwrap().slot = 6;
        assert_eq!(accounts.remove(&id("f")), Some(3));
        assert!(accounts.remove(&id("f")).is_none() && accounts.get_mut(&id("f")).is_none());
        let new = accounts.get_or_insert(&id("g"), || Book::new(7, Some(id("g"))));
        assert_eq!(new.slot, 7);
        let known = accounts.get_or_insert(&id("b"), || Book::new(8, Some(id("b"))));
        assert_eq!(known.slot, 1);
        let expected = named([("a", 4), ("b", 1), ("d", 6), ("e", 5), ("g", 7)]);
        assert_eq!(names(&accounts, None), expected);
        assert_eq!(names(&accounts, Some("d")), expected[3..]);
        assert_eq!(accounts.tally().held, 5);
        accounts.settle();
        assert_eq!(names(&accounts, None), expected);
        assert_eq!(names(&accounts, Some("c")), expected[2..]);
        assert_eq!(
            names(&before, None),
            named([("b", 1), ("d", 2), ("f", 3)]),
            "a copy stays unchanged"
        );
        assert_eq!(before.tally().held, 3);
    }

    /// A reader of an older copy does not make every commit copy all books.
    #[test]
    fn a_copy_that_is_read_elsewhere_costs_what_was_changed_since() {
        let mut accounts = Accounts::default();
        for slot in 0..1_000 {
            let id = id(&format!("{slot:05}"));
            accounts.insert(id.clone(), Book::new(slot, Some(id)));
        }
        accounts.settle();
        let read = accounts.clone();
        let mut copies = 0;
        for change in 0..1_000 {
            let account = id(&format!("{:05}", change * 7 % 1_000));
            accounts.get_mut(&account).unwrap().held = change % 2 == 0;
            let before = Arc::as_ptr(&accounts.settled);
            accounts.settle();
            copies += u32::from(before != Arc::as_ptr(&accounts.settled));
            assert!(accounts.changed.len() < CHANGES_MAX);
            let held = accounts.values().filter(|book| book.held).count();
            assert_eq!(accounts.tally().held, u64::try_from(held).unwrap());
        }
        assert_eq!(copies, 1, "once while the copy is read");
        assert_eq!(read.tally().held, 1_000);
    }
}
