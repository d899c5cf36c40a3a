//! The books of all accounts. A copy costs only what was changed in it, however many accounts there are.

use crate::book::Book;
use std::collections::BTreeMap;
use std::ops::Bound;
use std::rc::Rc;
use types::AccountId;

/// The books by account, in the order of the accounts' ids.
#[derive(Debug, Clone, Default)]
pub(crate) struct Accounts {
    settled: Rc<BTreeMap<AccountId, Book>>,
    /// What differs from the settled ones; none of what was removed.
    changed: BTreeMap<AccountId, Option<Book>>,
}

impl Accounts {
    pub(crate) fn get(&self, account: &AccountId) -> Option<&Book> {
        match self.changed.get(account) {
            Some(changed) => changed.as_ref(),
            None => self.settled.get(account),
        }
    }

    pub(crate) fn get_mut(&mut self, account: &AccountId) -> Option<&mut Book> {
        if !self.changed.contains_key(account) {
            let book = self.settled.get(account)?.clone();
            self.changed.insert(account.clone(), Some(book));
        }
        self.changed.get_mut(account)?.as_mut()
    }

    /// The book of an account; where there is none, the one that `new` makes.
    pub(crate) fn get_or_insert(
        &mut self,
        account: &AccountId,
        new: impl FnOnce() -> Book,
    ) -> &mut Book {
        let known = self.get(account).cloned();
        let change = self.changed.entry(account.clone()).or_insert(known);
        change.get_or_insert_with(new)
    }

    pub(crate) fn insert(&mut self, account: AccountId, book: Book) {
        self.changed.insert(account, Some(book));
    }

    pub(crate) fn remove(&mut self, account: &AccountId) -> Option<Book> {
        let book = self.get(account).cloned()?;
        self.changed.insert(account.clone(), None);
        Some(book)
    }

    /// Those after an account, in order; all where none is given.
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
                    return settled.next();
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

    /// Takes the changes over, once they are committed.
    pub(crate) fn settle(&mut self) {
        if self.changed.is_empty() {
            return;
        }
        let settled = Rc::make_mut(&mut self.settled);
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
        assert_eq!(accounts.remove(&id("f")).unwrap().slot, 3);
        assert!(accounts.remove(&id("f")).is_none() && accounts.get_mut(&id("f")).is_none());
        let new = accounts.get_or_insert(&id("g"), || Book::new(7, Some(id("g"))));
        assert_eq!(new.slot, 7);
        let known = accounts.get_or_insert(&id("b"), || Book::new(8, Some(id("b"))));
        assert_eq!(known.slot, 1);
        let wanted = named([("a", 4), ("b", 1), ("d", 6), ("e", 5), ("g", 7)]);
        assert_eq!(names(&accounts, None), wanted);
        assert_eq!(names(&accounts, Some("d")), wanted[3..]);
        accounts.settle();
        assert_eq!(names(&accounts, None), wanted);
        assert_eq!(names(&accounts, Some("c")), wanted[2..]);
        assert_eq!(
            names(&before, None),
            named([("b", 1), ("d", 2), ("f", 3)]),
            "a copy stays as it was"
        );
    }
}
