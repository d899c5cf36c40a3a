//! The entries of an account in memory, newest first to whoever asks: for windows, search and months.

use super::shown::listed;
use crate::model::{Amount, Entry, EntryPage, EntryState, Month};
use client::{Handle, SyncError};
use std::collections::HashMap;
use types::{AccountId, BusinessDate, Money};

/// The most accounts whose entries are kept in memory; the one that was asked for longest ago is dropped.
pub(super) const ACCOUNTS_MAX: usize = 8;
/// The most entries of a window.
const WINDOW_MAX: usize = 256;

/// An entry, and the text that a search looks through.
struct Searched {
    entry: Entry,
    text: String,
}

/// The entries of one account, oldest first.
#[derive(Default)]
struct Book {
    entries: Vec<Searched>,
    /// When it was last asked for.
    asked: u64,
}

/// The entries of some accounts.
#[derive(Default)]
pub(super) struct Entries {
    books: HashMap<Option<AccountId>, Book>,
    asked: u64,
}

impl Entries {
    /// Reads the entries of an account, if they are not in memory. `None` names those that belong to no account.
    pub(super) async fn load(
        &mut self,
        handle: &Handle,
        account: Option<&AccountId>,
    ) -> Result<(), SyncError> {
        self.asked += 1;
        let asked = self.asked;
        if let Some(book) = self.books.get_mut(&account.cloned()) {
            book.asked = asked;
            return Ok(());
        }
        let mut entries = Vec::new();
        let mut after = None;
        loop {
            let listing = handle.entries(account, after.as_ref()).await?;
            entries.extend(listing.entries.iter().map(listed).map(Searched::new));
            after = listing.next;
            if after.is_none() {
                break;
            }
        }
        if self.books.len() >= ACCOUNTS_MAX {
            let oldest = self.books.iter().min_by_key(|(_, book)| book.asked);
            let oldest = oldest.map(|(account, _)| account.clone());
            oldest.and_then(|oldest| self.books.remove(&oldest));
        }
        self.books.insert(account.cloned(), Book { entries, asked });
        Ok(())
    }

    /// Adds entries that were committed after what is in memory.
    pub(super) fn add(&mut self, fresh: &[Entry]) {
        for entry in fresh {
            if let Some(book) = self.books.get_mut(&entry.account) {
                book.entries.push(Searched::new(entry.clone()));
            }
        }
    }

    /// Forgets everything: something else than new entries has changed.
    pub(super) fn clear(&mut self) {
        self.books.clear();
    }

    /// A window of the entries that match, newest first.
    pub(super) fn window(
        &self,
        account: Option<&AccountId>,
        search: &str,
        from: usize,
        count: usize,
    ) -> EntryPage {
        let words = words(search);
        let entries = self.entries(account);
        let matching = entries.iter().rev().filter(|one| one.matches(&words));
        let mut total = 0;
        let mut window = Vec::new();
        for one in matching {
            if total >= from && window.len() < count.min(WINDOW_MAX) {
                window.push(one.entry.clone());
            }
            total += 1;
        }
        EntryPage {
            total,
            from,
            entries: window,
        }
    }

    /// The entry with that id.
    pub(super) fn entry(&self, id: &str) -> Option<Entry> {
        let mut all = self.books.values().flat_map(|book| &book.entries);
        all.find(|one| one.entry.id == id)
            .map(|one| one.entry.clone())
    }

    /// The bookings of the month that begins with `first`, oldest first.
    pub(super) fn month(&self, account: &AccountId, first: BusinessDate) -> Vec<&Entry> {
        let mut bookings = self.bookings(account);
        bookings.retain(|entry| entry.date.and_then(first_of_month) == Some(first));
        bookings
    }

    /// The bookings of an account, by their dates; those of one day keep their order.
    fn bookings(&self, account: &AccountId) -> Vec<&Entry> {
        let entries = self.entries(Some(account)).iter().map(|one| &one.entry);
        let current = entries.filter(|entry| entry.state == EntryState::Current);
        let mut bookings: Vec<_> = current.filter(|entry| entry.date.is_some()).collect();
        bookings.sort_by_key(|entry| entry.date);
        bookings
    }

    /// The months of an account with bookings, oldest first.
    pub(super) fn months(&self, account: &AccountId) -> Vec<Month> {
        let mut months: Vec<Month> = Vec::new();
        for entry in self.bookings(account) {
            let (Some(date), Some(amount)) = (entry.date, entry.amount) else {
                continue;
            };
            let Some(first) = first_of_month(date) else {
                continue;
            };
            if months.last().is_none_or(|month| month.first != first) {
                let nothing = Amount {
                    minor_units: 0,
                    currency: amount.currency,
                };
                months.push(Month {
                    first,
                    money_in: nothing,
                    money_out: nothing,
                    balance: None,
                });
            }
            let Some(month) = months.last_mut() else {
                continue;
            };
            let sum = match amount.minor_units < 0 {
                true => &mut month.money_out,
                false => &mut month.money_in,
            };
            if let Ok(more) = Money::from(*sum).checked_add(&amount.into()) {
                *sum = more.into();
            }
            month.balance = entry.balance.or(month.balance);
        }
        months
    }

    fn entries(&self, account: Option<&AccountId>) -> &[Searched] {
        let book = self.books.get(&account.cloned());
        book.map_or(&[], |book| &book.entries)
    }
}

impl Searched {
    fn new(entry: Entry) -> Self {
        let texts = [
            entry.purpose.as_deref(),
            entry.counterparty.as_deref(),
            entry.counterparty_bank.as_deref(),
            entry.operation.as_deref(),
            entry.bank_reference.as_deref(),
        ];
        let mut text = texts.into_iter().flatten().collect::<Vec<_>>().join(" ");
        if let Some(amount) = entry.amount {
            text.push(' ');
            // With and without the separators of thousands.
            let amount = Money::from(amount).to_string();
            text.push_str(&amount.replace(',', ""));
            text.push(' ');
            text.push_str(&amount);
        }
        if let Some(date) = entry.date {
            text.push(' ');
            text.push_str(&date.to_string());
        }
        Self {
            text: text.to_lowercase(),
            entry,
        }
    }

    fn matches(&self, words: &[String]) -> bool {
        words.iter().all(|word| self.text.contains(word.as_str()))
    }
}

/// The words of a search: an entry must contain all of them.
fn words(search: &str) -> Vec<String> {
    let words = search.split_whitespace();
    words.map(str::to_lowercase).collect()
}

fn first_of_month(date: BusinessDate) -> Option<BusinessDate> {
    let date = date.to_string();
    let (month, _) = date.rsplit_once('-')?;
    format!("{month}-01").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::Time;

    fn account() -> AccountId {
        "704".parse().unwrap()
    }

    fn booking(id: &str, date: &str, minor_units: i64, purpose: &str) -> Entry {
        let amount = |minor_units| Amount {
            minor_units,
            currency: "CZK".parse().unwrap(),
        };
        Entry {
            id: id.to_owned(),
            kind: "booked".to_owned(),
            state: EntryState::Current,
            time: Time::from_ms(0),
            account: Some(account()),
            date: Some(date.parse().unwrap()),
            amount: Some(amount(minor_units)),
            balance: Some(amount(minor_units * 10)),
            operation: Some("transfer_out".to_owned()),
            purpose: Some(purpose.to_owned()),
            counterparty_bank: None,
            counterparty: None,
            order: None,
            bank_reference: None,
            arguments: Vec::new(),
            fallback: None,
        }
    }

    fn entries() -> Entries {
        let mut entries = Entries::default();
        entries.books.insert(Some(account()), Book::default());
        entries.add(&[
            booking("a", "2026-10-30", 500, "Salary"),
            booking("b", "2026-11-02", -123_450, "Rent of Ada"),
            booking("c", "2026-11-03", -700, "Lunch with Ada"),
            // The bank booked it late.
            booking("d", "2026-10-31", -200, "Tram"),
        ]);
        entries
    }

    fn found(search: &str, from: usize, count: usize) -> (usize, String) {
        let page = entries().window(Some(&account()), search, from, count);
        let ids = page.entries.iter().map(|entry| entry.id.as_str());
        (page.total, ids.collect())
    }

    #[test]
    fn a_window_has_what_matches_newest_first() {
        assert_eq!(found("", 0, 10), (4, "dcba".to_owned()));
        assert_eq!(found("", 1, 2), (4, "cb".to_owned()));
        assert_eq!(found("", 9, 2), (4, String::new()));
        assert_eq!(found("ADA", 0, 10), (2, "cb".to_owned()));
        assert_eq!(found("ada lunch", 0, 10), (1, "c".to_owned()));
        assert_eq!(found("1234.50", 0, 10), (1, "b".to_owned()));
        assert_eq!(found("1,234.50 czk", 0, 10), (1, "b".to_owned()));
        assert_eq!(found("nobody", 0, 10), (0, String::new()));
    }

    #[test]
    fn an_entry_of_an_account_that_nobody_looked_at_is_not_kept() {
        let mut entries = entries();
        let mut other = booking("x", "2026-11-03", 1, "x");
        other.account = Some("705".parse().unwrap());
        entries.add(&[other]);
        assert_eq!(entries.entry("x"), None);
        assert!(entries.entry("a").is_some());
    }

    #[test]
    fn months_go_by_the_bookings_dates() {
        let months = entries().months(&account());
        let sums = months.iter().map(|month| {
            let (money_in, money_out) = (month.money_in, month.money_out);
            (
                month.first.to_string(),
                money_in.minor_units,
                money_out.minor_units,
            )
        });
        let sums: Vec<_> = sums.collect();
        assert_eq!(
            sums,
            [
                ("2026-10-01".to_owned(), 500, -200),
                ("2026-11-01".to_owned(), 0, -124_150),
            ]
        );
        let last = months.last().unwrap().balance.unwrap();
        assert_eq!(last.minor_units, -7_000, "the balance of its last booking");
        let october = entries();
        let ids = october
            .month(&account(), "2026-10-01".parse().unwrap())
            .into_iter();
        let ids: String = ids.map(|entry| entry.id.as_str()).collect();
        assert_eq!(ids, "ad");
    }
}
