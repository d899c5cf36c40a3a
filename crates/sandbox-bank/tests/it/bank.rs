//! Small banks, and what is loaded into them and posted.

use protocol::http::{AccountRow, CustomerRow, HolderRow, PostTransaction};
use sandbox_bank::SandboxBank;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;
use types::{AccountKind, Currency, Money, Role, SubjectId, Time};

pub(crate) const NOW: Time = Time::from_ms(1_753_000_000_000);

pub(crate) fn czk() -> Currency {
    "CZK".parse().unwrap()
}

pub(crate) fn open(path: &Path) -> SandboxBank {
    SandboxBank::open(crate::location(path), Arc::new(|| NOW)).unwrap()
}

pub(crate) fn empty() -> (SandboxBank, TempDir) {
    let directory = tempfile::tempdir().unwrap();
    (open(&directory.path().join("bank.sqlite")), directory)
}

/// Customers 2 and 3; account 20 without a limit, held by both, and 30 with a limit of 100 and no holder.
pub(crate) async fn small() -> (SandboxBank, TempDir) {
    let (bank, directory) = empty();
    bank.load_customers(vec![customer("2"), customer("3")])
        .await
        .unwrap();
    let bounded = AccountRow {
        limit: Some(Money::new(100, czk())),
        ..account("30")
    };
    bank.load_accounts(vec![account("20"), bounded])
        .await
        .unwrap();
    bank.load_holders(vec![
        holder("20", "2", Role::Owner),
        holder("20", "3", Role::Authorised),
    ])
    .await
    .unwrap();
    (bank, directory)
}

pub(crate) fn subject(account: &str) -> SubjectId {
    SubjectId::from(&account.parse::<types::AccountId>().unwrap())
}

pub(crate) fn customer(id: &str) -> CustomerRow {
    CustomerRow {
        customer: id.parse().unwrap(),
        name: None,
    }
}

pub(crate) fn account(id: &str) -> AccountRow {
    AccountRow {
        account: id.parse().unwrap(),
        kind: AccountKind::Current,
        name: format!("Account {id}"),
        currency: czk(),
        opened: None,
        limit: None,
    }
}

pub(crate) fn holder(account: &str, customer: &str, role: Role) -> HolderRow {
    HolderRow {
        account: account.parse().unwrap(),
        customer: customer.parse().unwrap(),
        role,
    }
}

pub(crate) fn order(transaction: &str, account: &str, minor_units: i64) -> PostTransaction {
    PostTransaction {
        transaction: transaction.parse().unwrap(),
        account: account.parse().unwrap(),
        amount: Money::new(minor_units, czk()),
        operation: "cash_deposit".to_owned(),
        date: Some("1993-01-01".parse().unwrap()),
        purpose: None,
        counterparty_bank: None,
        counterparty_account: None,
    }
}
