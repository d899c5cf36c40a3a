//! The home page: shown before anything else is read.

use crate::book::{Book, balances, read_state, state};
use crate::discrepancy::Found;
use crate::error::SyncError;
use crate::funds::Funds;
use crate::keys::StorageKey;
use crate::names;
use crate::records;
use crate::seal::{self, SealedError};
use crate::store::Store;
use envelope::AccountState;
use protocol::cbor::{self, Fields, FromValue as _, Value};
use protocol::{Entry, ParseError, cbor_array};
use std::collections::VecDeque;
use std::sync::Arc;
use types::{AccountId, Balances, BusinessDate, Position, Sequence, Time};

/// Maximum sealed size of the home page, so that it opens in one small read.
pub const HOME_BYTES_MAX: usize = 16 * 1024;
/// Maximum number of its newest entries.
pub const HOME_ENTRIES_MAX: usize = 20;
/// The overhead of sealing: version, nonce, tag.
const SEAL_BYTES: usize = 1 + 12 + 16;
/// The size left for accounts and entries after the fixed parts of the page: head, version, position, time, the heads
/// of the two lists and the number of accounts.
const ACCOUNTS_BYTES_MAX: usize = HOME_BYTES_MAX - SEAL_BYTES - 64;

/// An account to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The account.
    pub account: AccountId,
    /// Its kind, role, name, currency and balances. `None` until the bank has sent them; its balances are then those of
    /// its newest entry.
    pub state: Option<AccountState>,
    /// Its balances.
    pub balances: Balances,
}

impl Account {
    pub(crate) fn of(book: &Book) -> Option<Self> {
        Some(Self {
            account: book.account.clone()?,
            state: book.state.clone(),
            balances: book.balances_shown().clone(),
        })
    }

    /// Its row of the home page, if it fits in the remaining size.
    fn fits(&self, room: &mut usize) -> Option<Value> {
        let row = cbor_array![
            &self.account,
            self.state.as_ref().map(state),
            balances(&self.balances),
        ];
        *room = room.checked_sub(cbor::encode(&row).len())?;
        Some(row)
    }

    /// The accounts that the home page has.
    pub(crate) fn of_home<'b>(books: impl Iterator<Item = &'b Book>) -> Vec<Self> {
        let mut room = ACCOUNTS_BYTES_MAX;
        Self::fitting(books, &mut room, |account, _| account)
    }

    /// The rows of the first held accounts, as many as fit.
    fn fitting<'b, T>(
        books: impl Iterator<Item = &'b Book>,
        room: &mut usize,
        make: fn(Self, Value) -> T,
    ) -> Vec<T> {
        let held = books.filter(|book| book.held).filter_map(Self::of);
        held.map_while(|account| account.fits(room).map(|row| make(account, row)))
            .collect()
    }
}

/// The first screen of the app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    /// The accounts with their balances. Of a large number, the first that fit in [`HOME_BYTES_MAX`].
    pub accounts: Vec<Account>,
    /// The money of those of them that have pending amounts.
    pub pending: Vec<(AccountId, Funds)>,
    /// The number of accounts; [`Device::accounts`](crate::Device::accounts) lists all.
    pub accounts_total: u64,
    /// The newest entries, newest first, at most 20.
    pub newest: Vec<Entry>,
    /// The position in the channel.
    pub position: Position,
    /// The newest proven time: the device has everything that the bank numbered up to then.
    pub as_of: Time,
    /// Whether a checkpoint requested within the last 15 minutes shows that nothing is missing, history included.
    pub complete: bool,
    /// Whether the bank made a key without a grant for this device, so that it reads nothing new.
    pub left_out: bool,
    /// The newest unresolved discrepancy.
    pub discrepancy: Option<Found>,
}

impl Home {
    /// Reads only the last committed home page, which an app shows while it opens. `None` if no device is enrolled.
    pub async fn read(store: &impl Store, key: &StorageKey) -> Result<Option<Self>, SyncError> {
        let Some(value) = store.get(names::HOME).await? else {
            return Ok(None);
        };
        let page = HomePage::decode(&seal::open(key.expose(), names::HOME, &value)?)?;
        Ok(Some(Self {
            newest: page.page.entries(),
            accounts: page.accounts,
            pending: Vec::new(),
            accounts_total: page.accounts_total,
            position: page.position,
            as_of: page.as_of,
            complete: false,
            left_out: false,
            discrepancy: None,
        }))
    }
}

/// Orders past entries: by time of commit; within one commit by booking date, then by their order among the account's
/// events.
fn age(entry: &Entry) -> (Time, Option<BusinessDate>, Option<Sequence>) {
    let date = entry.booking.as_ref().map(|booking| booking.date);
    let sequence = entry.subject.as_ref().map(|(_, sequence)| *sequence);
    (entry.time, date, sequence)
}

/// One of the newest entries, parsed once.
#[derive(Debug, PartialEq, Eq)]
struct Newest {
    entry: Entry,
    /// Its map in CBOR.
    bytes: Vec<u8>,
}

impl Newest {
    fn new(entry: &Entry, bytes: &[u8]) -> Arc<Self> {
        Arc::new(Self {
            entry: entry.clone(),
            bytes: bytes.to_vec(),
        })
    }

    fn parse(bytes: Vec<u8>) -> Result<Arc<Self>, ParseError> {
        let entry = Entry::parse(&bytes)?;
        Ok(Arc::new(Self { entry, bytes }))
    }
}

/// The stored home page.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct HomePage {
    /// Newest first.
    newest: VecDeque<Arc<Newest>>,
}

/// A home page that was read from the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HomeRead {
    pub(crate) page: HomePage,
    pub(crate) accounts: Vec<Account>,
    pub(crate) accounts_total: u64,
    pub(crate) as_of: Time,
    pub(crate) position: Position,
}

impl HomePage {
    /// Resets the page for other books.
    pub(crate) fn clear(&mut self) {
        self.newest.clear();
    }

    pub(crate) fn push(&mut self, entry: &Entry, bytes: &[u8]) {
        self.newest.push_front(Newest::new(entry, bytes));
        self.newest.truncate(HOME_ENTRIES_MAX);
    }

    /// Inserts a past entry in order, if it is among the newest.
    pub(crate) fn insert(&mut self, entry: &Entry, bytes: &[u8]) {
        let age_of_new = age(entry);
        let older = |known: &Arc<Newest>| age(&known.entry) < age_of_new;
        let index = self
            .newest
            .iter()
            .position(older)
            .unwrap_or(self.newest.len());
        if index < HOME_ENTRIES_MAX {
            self.newest.insert(index, Newest::new(entry, bytes));
            self.newest.truncate(HOME_ENTRIES_MAX);
        }
    }

    /// Drops the entries of an account that the customer no longer holds.
    pub(crate) fn forget(&mut self, account: &AccountId) {
        self.newest
            .retain(|newest| newest.entry.account.as_ref() != Some(account));
    }

    pub(crate) fn entries(&self) -> Vec<Entry> {
        let newest = self.newest.iter();
        newest.map(|newest| newest.entry.clone()).collect()
    }

    /// The page with `accounts` and the number of held ones, cut to the maximum size: the oldest entries are removed
    /// first, then the last accounts.
    pub(crate) fn encode<'b>(
        &self,
        (accounts, total): (impl Iterator<Item = &'b Book>, u64),
        at: Position,
        as_of: Time,
    ) -> Vec<u8> {
        let mut room = ACCOUNTS_BYTES_MAX;
        let rows = Account::fitting(accounts, &mut room, |_, row| row);
        let more = u64::try_from(rows.len()).unwrap_or(u64::MAX) < total;
        let mut entries: Vec<Value> = Vec::new();
        for newest in &self.newest {
            // The head of the string takes up to five bytes.
            let Some(left) = room.checked_sub(newest.bytes.len() + 5) else {
                break;
            };
            room = left;
            entries.push(newest.bytes.as_slice().into());
        }
        cbor::encode(&cbor_array![
            1,
            at.generation,
            at.number,
            as_of,
            rows,
            more,
            entries,
            total
        ])
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<HomeRead, SealedError> {
        let mut fields = records::fields(bytes)?;
        let position = Position::new(fields.take()?, fields.take()?);
        let as_of = fields.take()?;
        let accounts = fields
            .take::<Vec<Value>>()?
            .into_iter()
            .map(account)
            .collect::<Result<Vec<_>, _>>()?;
        let more: bool = fields.take()?;
        let newest = fields
            .take::<Vec<Value>>()?
            .into_iter()
            .map(|entry| Newest::parse(Vec::from_value(entry)?))
            .collect::<Result<_, _>>()?;
        // An earlier version did not count the accounts: there is then at least one more.
        let shown = u64::try_from(accounts.len()).unwrap_or(u64::MAX);
        let accounts_total = fields.take().unwrap_or(shown + u64::from(more));
        // Fields of a newer version are not kept here, because each commit makes the page again from the books.
        Ok(HomeRead {
            page: Self { newest },
            accounts,
            accounts_total,
            as_of,
            position,
        })
    }
}

fn account(value: Value) -> Result<Account, ParseError> {
    let mut fields = Fields::new(Vec::from_value(value)?);
    Ok(Account {
        account: fields.take()?,
        state: fields
            .take::<Option<Vec<Value>>>()?
            .map(read_state)
            .transpose()?
            .map(|(state, _)| state),
        balances: crate::book::read_balances(fields.take()?)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::EntryKind;
    use types::Money;

    fn book(slot: u32, name: &str) -> Book {
        let mut book = Book::new(slot, Some(format!("account {slot}").parse().unwrap()));
        book.state = Some(AccountState {
            kind: "current".parse().unwrap(),
            role: "owner".parse().unwrap(),
            name: name.to_owned(),
            currency: "CZK".parse().unwrap(),
            balances: [(
                "booked".parse().unwrap(),
                Money::new(slot.into(), "CZK".parse().unwrap()),
            )]
            .into(),
        });
        book
    }

    fn check(accounts: u32, name: usize, entries: u64, fallback: usize, kept: (usize, usize)) {
        let books: Vec<_> = (0..accounts)
            .map(|slot| book(slot, &"n".repeat(name)))
            .collect();
        let mut page = HomePage::default();
        for number in 0..entries {
            let id = format!("e{number}").parse().unwrap();
            let mut entry =
                Entry::of_notification(id, EntryKind::Other("note".into()), Time::from_ms(number));
            entry.fallback = Some("x".repeat(fallback));
            page.push(&entry, &entry.encode());
        }
        let bytes = page.encode(
            (books.iter(), accounts.into()),
            Position::START,
            Time::from_ms(9),
        );
        assert!(
            bytes.len() + SEAL_BYTES <= HOME_BYTES_MAX,
            "{} bytes",
            bytes.len()
        );
        let read = HomePage::decode(&bytes).unwrap();
        assert_eq!((read.accounts.len(), read.page.newest.len()), kept);
        assert_eq!(read.accounts_total, u64::from(accounts));
        let newest = read.page.entries();
        assert!(
            newest.is_sorted_by_key(|entry| std::cmp::Reverse(entry.time)),
            "newest first"
        );
        let shown: Vec<_> = books.iter().filter_map(Account::of).take(kept.0).collect();
        assert_eq!(read.accounts, shown);
    }

    #[test]
    fn the_home_page_always_fits() {
        check(2, 10, 3, 10, (2, 3));
        check(2, 10, 100, 100, (2, 20));
        check(2, 10, 100, 1500, (2, 10));
        check(1, 10, 3, 60_000, (1, 0));
        check(1000, 100, 20, 10, (100, 1));
        check(1, 20_000, 1, 10, (0, 1));
    }
}
