//! The oracle: compares what a device shows with the core bank's ledger.

use super::phone::Simulated;
use super::servers::Servers;
use client::{Device, EntryState};
use core_bank::CoreBank as _;
use protocol::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use types::{AccountId, BalanceType, Balances, CustomerId, EventId, Money, Sequence, SubjectId};

/// A booked entry, by its distinguishing fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    id: EventId,
    transaction: String,
    number: u64,
    amount: i64,
    balances: Balances,
}

/// One account: its balances and its booked entries, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Account {
    balances: Balances,
    rows: Vec<Row>,
}

/// The booked balance. What is held for orders changes the available one, between two rows.
fn booked(balances: &Balances) -> i64 {
    let booked = balances.get(&BalanceType::Booked);
    booked.map_or(0, Money::minor_units)
}

/// All accounts of a customer.
pub(super) type Books = BTreeMap<AccountId, Account>;

/// How exactly a device has to agree with the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    /// Nothing is in progress: the device shows the ledger.
    Settled,
    /// Some entries may not be numbered yet: of each account the device shows a prefix of the ledger.
    UnderWay,
}

fn row(entry: &Entry) -> Option<Row> {
    let booking = entry.booking.as_ref()?;
    Some(Row {
        id: entry.id.clone(),
        transaction: booking.transaction.to_string(),
        number: booking.number,
        amount: booking.amount.minor_units(),
        balances: entry.balances.clone(),
    })
}

/// The core bank's data of a customer's accounts with these ids.
pub(super) fn ledger(servers: &Servers, customer: &CustomerId, ids: &[AccountId]) -> Books {
    let bank = servers.services.sandbox();
    servers.block_on(async {
        let mut books = Books::new();
        for id in ids {
            let holders = bank.holders(id).await.unwrap_or_default();
            if !holders.iter().any(|(holder, _)| holder == customer) {
                continue;
            }
            let subject = SubjectId::from(id);
            let events = bank.events_after(&subject, Sequence::ZERO, 1_000).await;
            let mut account = Account::default();
            for event in events.unwrap() {
                account.rows.extend(row(&event.entry));
                account.balances.extend(event.entry.balances);
            }
            books.insert(id.clone(), account);
        }
        books
    })
}

/// What a device shows: counting entries, and withdrawn ones.
pub(super) async fn shown(device: &Device<Simulated>) -> (Books, BTreeSet<EventId>) {
    let mut books = Books::new();
    let mut withdrawn = BTreeSet::new();
    let former = device.former_accounts(None).unwrap();
    let former = former.into_iter().map(|account| (account, false));
    let held = device.accounts(None).unwrap();
    let held = held.into_iter().map(|account| (account, true));
    for (account, held) in held.chain(former) {
        let id = account.account;
        let listing = device.entries(Some(&id), None).await.unwrap();
        assert!(listing.next.is_none(), "a history has few entries");
        let mut rows = Vec::new();
        for listed in &listing.entries {
            match (listed.state, row(&listed.entry)) {
                (EntryState::Current, Some(row)) => rows.push(row),
                (EntryState::Withdrawn, Some(row)) => {
                    assert!(withdrawn.insert(row.id), "it is withdrawn once");
                }
                (EntryState::Withdrawn, None) => panic!("only bookings are withdrawn"),
                (EntryState::Past | EntryState::Current, _) => {}
            }
        }
        let balances = account.balances;
        if held {
            books.insert(id, Account { balances, rows });
        } else {
            assert!(
                rows.is_empty(),
                "bookings of an account of former books do not count"
            );
        }
    }
    (books, withdrawn)
}

/// The counting entries, each with its account.
pub(super) fn ids(books: &Books) -> impl Iterator<Item = (&EventId, &AccountId)> {
    let of = |(id, account)| ids_of(account).map(move |row| (row, id));
    books.iter().flat_map(of)
}

fn ids_of(account: &Account) -> impl Iterator<Item = &EventId> {
    account.rows.iter().map(|row| &row.id)
}

/// The difference between a device and the ledger, if any.
pub(super) fn judge(moment: Moment, ledger: &Books, shown: &Books) -> Result<(), String> {
    let right = match moment {
        Moment::Settled => ledger == shown,
        Moment::UnderWay => shown.iter().all(|(id, account)| {
            let whole = ledger.get(id);
            whole.is_none_or(|whole| is_beginning(account, whole))
        }),
    };
    if right {
        return Ok(());
    }
    let mut said = String::from("the device claims completeness and is wrong");
    for (name, books) in [("ledger", ledger), ("device", shown)] {
        for (id, account) in books {
            let rows: Vec<_> = account
                .rows
                .iter()
                .map(|row| format!("{}:{}", row.number, row.transaction))
                .collect();
            let balances: Vec<_> = account
                .balances
                .iter()
                .map(|(kind, money)| format!("{kind} {}", money.minor_units()))
                .collect();
            let (rows, balances) = (rows.join(" "), balances.join(", "));
            write!(said, "\n  {name} {id}: {balances}; {rows}").unwrap();
        }
    }
    Err(said)
}

/// Whether an account equals an earlier state of the ledger.
fn is_beginning(account: &Account, whole: &Account) -> bool {
    let last = account.rows.last();
    let balance = last.map_or(0, |last| booked(&last.balances));
    whole.rows.starts_with(&account.rows) && booked(&account.balances) == balance
}
