//! The rules by which the vectors describe large customers and long histories.

use crate::accept::{array, number};
use envelope::{AccountState, History, Item, ItemState, Salt};
use protocol::cbor::{Key, Map, Value};
use protocol::{Booking, Entry};
use serde_json::Value as Json;
use types::{AccountKind, BalanceType, Balances, BusinessDate, Hash, Money, Role, Sequence, Time};

fn czk(minor_units: u64) -> Money {
    Money::new(minor_units.try_into().unwrap(), "CZK".parse().unwrap())
}

/// The random bytes of part `n`.
pub(super) fn salt(n: usize) -> Salt {
    let hash = Hash::of(format!("passbook vectors: salt {n}").as_bytes());
    hash.as_bytes()[..16].try_into().unwrap()
}

/// The items of the customer in the case `parts`.
pub(super) fn customer_items(case: &Json) -> Vec<Item> {
    let names = array(&case["names"]).iter().flat_map(|row| {
        let times = usize::try_from(number(&row[1])).unwrap();
        std::iter::repeat_n(usize::try_from(number(&row[0])).unwrap(), times)
    });
    let ids = |most: u64| {
        let mut ids: Vec<String> = (1..=most).map(|id| id.to_string()).collect();
        ids.sort();
        ids
    };
    let seven = Sequence::new(7).unwrap();
    let customer = Item::customer(&"692".parse().unwrap(), seven);
    let accounts = ids(number(&case["accounts"])).into_iter().zip(names);
    let accounts = accounts.map(|(id, length)| account(&id, length));
    let payees = ids(number(&case["payees"])).into_iter().map(|id| Item {
        state: ItemState::Payee(payee(&id)),
        sequence: seven,
        id,
    });
    std::iter::once(customer)
        .chain(accounts)
        .chain(payees)
        .collect()
}

fn account(id: &str, name: usize) -> Item {
    let number: u64 = id.parse().unwrap();
    let state = AccountState {
        kind: AccountKind::Current,
        role: Role::Owner,
        name: "x".repeat(name),
        currency: "CZK".parse().unwrap(),
        balances: Balances::from([(BalanceType::Booked, czk(number))]),
    };
    let sequence = Sequence::new(number).unwrap();
    Item::account(&id.parse().unwrap(), sequence, state, History::none())
}

fn payee(id: &str) -> Map {
    let creditor = Map::from([
        (Key::Unsigned(0), Value::from("account")),
        (Key::Unsigned(1), Value::from(id)),
    ]);
    let order = Map::from([
        (Key::Unsigned(0), Value::from("payee.add")),
        (Key::Unsigned(3), Value::Map(creditor)),
    ]);
    Map::from([
        (Key::from("payee"), Value::from(id)),
        (Key::from("order"), Value::Map(order)),
    ])
}

/// The n-th entry of the account in the case `pages`.
pub(super) fn entry_of(account: &str, n: u64) -> Entry {
    const DAY_MS: u64 = 86_400_000;
    let time = Time::from_ms(1_577_836_800_000 + (n - 1) * DAY_MS);
    let booking = Booking {
        transaction: n.to_string().parse().unwrap(),
        number: n,
        date: BusinessDate::of_utc(time),
        amount: czk(100 * n),
        operation: "transfer_in".to_owned(),
        purpose: None,
        counterparty_bank: None,
        counterparty_account: None,
        order: None,
        bank_reference: None,
    };
    let mut entry = Entry::booked(
        format!("{account}/{n}").parse().unwrap(),
        account.parse().unwrap(),
        Sequence::new(n + 1).unwrap(),
        time,
        booking,
        Balances::from([(BalanceType::Booked, czk(50 * n * (n + 1)))]),
    );
    let (_, sequence) = entry.subject.take().unwrap();
    if account != "old-history" {
        let subject = format!("account:{account}").parse().unwrap();
        entry.subject = Some((subject, sequence));
    }
    if account == "long-history" {
        entry.fallback = Some("x".repeat(2_000));
        entry.language = Some("en".to_owned());
    }
    if n.is_multiple_of(50) {
        let booking = entry.booking.as_mut().unwrap();
        booking.bank_reference = Some(format!("reference {n}"));
    }
    entry
}
