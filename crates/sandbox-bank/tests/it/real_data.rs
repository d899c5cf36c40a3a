//! The real bank's file: the bank's books contain every transaction of the file unchanged.

use crate::{account, customer, czk, empty, holder};
use core_bank::{CoreBank as _, OrderState, Placing};
use futures_util::StreamExt as _;
use order::{Creditor, Frequency, Order, OrderFields, OrderKind, Schedule, Scheme};
use protocol::Event;
use protocol::http::PostTransaction;
use sandbox_bank::SandboxBank;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use types::{BalanceType, BusinessDate, DeviceId, IntentId, Money, Sequence, Time};

type Record = BTreeMap<String, String>;

fn data(file: &str) -> Option<Vec<Record>> {
    let root = std::env::var_os("PASSBOOK_DATA").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")),
        PathBuf::from,
    );
    let mut reader = csv::Reader::from_path(root.join("berka").join(file)).ok()?;
    Some(reader.deserialize().map(Result::unwrap).collect())
}

fn order(record: &Record) -> PostTransaction {
    let some = |name: &str| (!record[name].is_empty()).then(|| record[name].clone());
    PostTransaction {
        transaction: record["transaction_id"].parse().unwrap(),
        account: record["account_id"].parse().unwrap(),
        amount: Money::new(record["amount"].parse().unwrap(), czk()),
        operation: record["operation"].clone(),
        date: Some(record["date"].parse().unwrap()),
        purpose: some("purpose"),
        counterparty_bank: some("counterparty_bank"),
        counterparty_account: some("counterparty_account"),
    }
}

fn matches(event: &Event, record: &Record) -> bool {
    let booking = event.entry.booking.as_ref().unwrap();
    booking.number.to_string() == record["number"]
        && event.entry.balances[&BalanceType::Booked]
            .minor_units()
            .to_string()
            == record["balance"]
        && PostTransaction {
            transaction: booking.transaction.clone(),
            account: event.entry.account.clone().unwrap(),
            amount: booking.amount,
            operation: booking.operation.clone(),
            date: Some(booking.date),
            purpose: booking.purpose.clone(),
            counterparty_bank: booking.counterparty_bank.clone(),
            counterparty_account: booking.counterparty_account.clone(),
        } == order(record)
}

/// This bypasses the test harness, which hides the output of a passing test.
fn skip() {
    let line = b"SKIPPED: the real bank's data is not there; PASSBOOK_DATA names its directory\n";
    let _ = std::io::stderr().write_all(line);
}

/// Loads the customers, the accounts and their holders.
async fn load(bank: &SandboxBank) {
    for rows in data("customers.csv").unwrap().chunks(1_000) {
        let rows = rows.iter().map(|row| customer(&row["customer_id"]));
        bank.load_customers(rows.collect()).await.unwrap();
    }
    for rows in data("accounts.csv").unwrap().chunks(1_000) {
        let rows = rows.iter().map(|row| account(&row["account_id"]));
        bank.load_accounts(rows.collect()).await.unwrap();
    }
    for rows in data("holders.csv").unwrap().chunks(1_000) {
        let rows = rows.iter().map(|row| {
            let role = row["role"].parse().unwrap();
            holder(&row["account_id"], &row["customer_id"], role)
        });
        bank.load_holders(rows.collect()).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_banks_transactions_are_booked_unchanged() {
    let Some(transactions) = data("transactions.csv") else {
        return skip();
    };
    let (bank, _directory) = empty();
    load(&bank).await;
    let mut by_account: BTreeMap<String, Vec<Record>> = BTreeMap::new();
    for record in transactions.into_iter().take(12_000) {
        by_account
            .entry(record["account_id"].clone())
            .or_default()
            .push(record);
    }
    // In the order of the file for each account, with one request in flight per account.
    futures_util::stream::iter(by_account.values())
        .for_each_concurrent(256, async |records| {
            for record in records {
                bank.post(order(record)).await.unwrap();
            }
        })
        .await;
    for (account, records) in &by_account {
        let subject = crate::subject(account);
        let mut events = bank
            .events_after(&subject, Sequence::ZERO, 1_000)
            .await
            .unwrap();
        events.retain(|event| event.entry.booking.is_some());
        assert_eq!(events.len(), records.len());
        assert!(
            events
                .iter()
                .zip(records)
                .all(|(event, record)| matches(event, record)),
            "account {account}"
        );
    }
    bank.trial_balance().await.unwrap();
}

/// The order that the file's record stands for, monthly from that day.
fn standing(record: &Record, first: BusinessDate) -> Order {
    let purpose = record["purpose"].clone();
    let fields = OrderFields {
        debit_account: Some(record["account_id"].clone()),
        amount: Some(Money::new(record["amount"].parse().unwrap(), czk())),
        creditor: Some(Creditor {
            bank: Some(record["to_bank"].clone()),
            name: Some("Payee".to_owned()),
            ..Creditor::new(Scheme::Domestic, record["to_account"].clone())
        }),
        reference: (!purpose.is_empty()).then_some(purpose),
        schedule: Some(Schedule {
            frequency: Frequency::Month,
            first,
            last: None,
        }),
        ..OrderFields::new(OrderKind::Standing)
    };
    Order::new(fields).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_banks_standing_orders_run_for_a_quarter() {
    let Some(records) = data("standing_orders.csv") else {
        return skip();
    };
    let directory = tempfile::tempdir().unwrap();
    // 2026-03-31, noon.
    let time = Arc::new(AtomicU64::new(1_774_958_400_000));
    let clock = {
        let time = time.clone();
        Arc::new(move || Time::from_ms(time.load(Ordering::SeqCst)))
    };
    let path = directory.path().join("bank.sqlite");
    let bank = SandboxBank::open(crate::location(&path), clock).unwrap();
    load(&bank).await;
    let holders = data("holders.csv").unwrap();
    let mut owners = BTreeMap::new();
    for row in holders.iter().filter(|row| row["role"] == "owner") {
        owners.insert(row["account_id"].clone(), row["customer_id"].clone());
    }
    let first: BusinessDate = "2026-04-01".parse().unwrap();
    let placed = records.iter().zip(0_u32..).map(async |(record, number)| {
        let mut random = [0; 10];
        random[6..].copy_from_slice(&number.to_be_bytes());
        let placing = Placing {
            customer: owners[&record["account_id"]].parse().unwrap(),
            device: DeviceId::at(Time::from_ms(1), [0; 10]),
            intent: IntentId::at(Time::from_ms(1), random),
            order: standing(record, first.plus_days(number % 31).unwrap()),
            created: Time::from_ms(1),
        };
        let state = bank.place(placing).await.unwrap();
        assert!(matches!(state, OrderState::Executed { .. }), "{state:?}");
    });
    futures_util::future::join_all(placed).await;
    // Every day at noon. What is held on one day is booked by the next.
    let (end, last): (BusinessDate, BusinessDate) =
        ("2026-07-01".parse().unwrap(), "2026-06-30".parse().unwrap());
    while BusinessDate::of_utc(Time::from_ms(time.load(Ordering::SeqCst))) < end {
        time.fetch_add(86_400_000, Ordering::SeqCst);
        bank.run_due().await.unwrap();
    }
    bank.trial_balance().await.unwrap();
    let mut expected: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
    for (record, number) in records.iter().zip(0_u32..) {
        let amount: i64 = record["amount"].parse().unwrap();
        let order = standing(record, first.plus_days(number % 31).unwrap());
        // An order pays on the next business day, and is booked on that day.
        let mut days = (0..).map_while(|index| order.schedule().unwrap().payment(index));
        let paid = days.position(|day| business_day(day) > last).unwrap();
        let payments = expected.entry(record["account_id"].as_str()).or_default();
        payments.extend(std::iter::repeat_n(-amount, paid));
    }
    assert!(expected.values().map(Vec::len).sum::<usize>() > 5_000);
    for (account, mut expected) in expected {
        let subject = crate::subject(account);
        let events = bank
            .events_after(&subject, Sequence::ZERO, 1_000)
            .await
            .unwrap();
        let booked = events
            .iter()
            .filter_map(|event| event.entry.booking.as_ref());
        let mut booked: Vec<_> = booked.map(|booking| booking.amount.minor_units()).collect();
        booked.sort_unstable();
        expected.sort_unstable();
        assert_eq!(booked, expected, "account {account}");
    }
}

/// The day, or the Monday after it. Saturdays begin with 4 April 2026.
fn business_day(day: BusinessDate) -> BusinessDate {
    let saturday: BusinessDate = "2026-04-04".parse().unwrap();
    let mut weekends = (0..20).map(|week| saturday.plus_days(week * 7).unwrap());
    let weekend = weekends.find(|saturday| day == *saturday || Some(day) == saturday.plus_days(1));
    weekend.map_or(day, |saturday| saturday.plus_days(2).unwrap())
}
