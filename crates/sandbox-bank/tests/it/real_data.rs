//! The real bank's file: the bank's books contain every transaction of the file unchanged.

use crate::{account, customer, czk, empty, holder};
use core_bank::CoreBank as _;
use futures_util::StreamExt as _;
use protocol::Event;
use protocol::http::PostTransaction;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;
use types::{BalanceType, Money, Sequence};

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

#[tokio::test(flavor = "multi_thread")]
async fn a_real_banks_transactions_are_booked_unchanged() {
    let (Some(transactions), Some(accounts), Some(customers), Some(holders)) = (
        data("transactions.csv"),
        data("accounts.csv"),
        data("customers.csv"),
        data("holders.csv"),
    ) else {
        // This bypasses the test harness, which hides the output of a passing test.
        let line =
            b"SKIPPED: the real bank's data is not there; PASSBOOK_DATA names its directory\n";
        let _ = std::io::stderr().write_all(line);
        return;
    };
    let (bank, _directory) = empty();
    for rows in customers.chunks(1_000) {
        bank.load_customers(
            rows.iter()
                .map(|row| customer(&row["customer_id"]))
                .collect(),
        )
        .await
        .unwrap();
    }
    for rows in accounts.chunks(1_000) {
        bank.load_accounts(rows.iter().map(|row| account(&row["account_id"])).collect())
            .await
            .unwrap();
    }
    for rows in holders.chunks(1_000) {
        let rows = rows.iter();
        let rows = rows.map(|row| {
            holder(
                &row["account_id"],
                &row["customer_id"],
                row["role"].parse().unwrap(),
            )
        });
        bank.load_holders(rows.collect()).await.unwrap();
    }
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
