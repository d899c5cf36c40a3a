//! The bank whose customers order: each has two accounts with some money.

use crate::progress::Steps;
use crate::replay::bank::load_rows;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use operator::{Operator, insist};
use protocol::http::{
    AccountRow, Accounts, CustomerRow, Customers, HolderRow, Holders, PostTransaction,
};
use types::{AccountId, AccountKind, Currency, CustomerId, Money, Role};

/// What each account has at the beginning: enough for the small orders, and never for the large ones.
const DEPOSIT: i64 = 40_000;

/// Deposits in flight.
const DEPOSITS_IN_FLIGHT: usize = 64;

/// A customer. Those that are made up have a current and a savings account.
#[derive(Debug, Clone)]
pub(crate) struct Customer {
    pub(crate) customer: CustomerId,
    pub(crate) accounts: Vec<AccountId>,
}

/// So many customers.
pub(crate) fn customers(count: usize) -> anyhow::Result<Vec<Customer>> {
    let customer = |index: usize| {
        anyhow::Ok(Customer {
            customer: format!("c{index}").parse()?,
            accounts: vec![
                format!("c{index}-current").parse()?,
                format!("c{index}-savings").parse()?,
            ],
        })
    };
    (0..count).map(customer).collect()
}

/// The number of steps that [`load`] makes.
pub(crate) fn steps(customers: &[Customer]) -> usize {
    customers.len() * 7
}

/// Loads the customers with their accounts, and makes the first deposits.
pub(crate) async fn load(
    operator: &Operator,
    customers: &[Customer],
    progress: &Steps<'_>,
) -> anyhow::Result<()> {
    let target = (operator, progress);
    let rows = customers.iter().map(|row| CustomerRow {
        customer: row.customer.clone(),
        name: Some(format!("Customer {}", row.customer)),
    });
    load_rows(target, "customers", rows.collect(), |customers| Customers {
        customers,
    })
    .await?;
    let currency = Currency::CZK;
    let accounts = customers.iter().flat_map(|row| &row.accounts);
    let rows = accounts.clone().map(|account| AccountRow {
        account: account.clone(),
        kind: AccountKind::Current,
        name: format!("Account {account}"),
        currency,
        opened: None,
        limit: Some(Money::new(0, currency)),
    });
    load_rows(target, "accounts", rows.collect(), |accounts| Accounts {
        accounts,
    })
    .await?;
    let rows = customers.iter().flat_map(|row| {
        row.accounts.iter().map(|account| HolderRow {
            account: account.clone(),
            customer: row.customer.clone(),
            role: Role::Owner,
        })
    });
    load_rows(target, "holders", rows.collect(), |holders| Holders {
        holders,
    })
    .await?;
    deposit(operator, accounts.cloned(), ("deposit", progress)).await
}

/// Books a deposit on each account. The transactions' ids begin with `id`: repeated with the same one, nothing is booked again.
pub(crate) async fn deposit(
    operator: &Operator,
    accounts: impl Iterator<Item = AccountId>,
    (id, progress): (&str, &Steps<'_>),
) -> anyhow::Result<()> {
    let currency = Currency::CZK;
    stream::iter(accounts)
        .map(|account| async move {
            let deposit = PostTransaction {
                transaction: format!("{id}-{account}").parse()?,
                account,
                amount: Money::new(DEPOSIT, currency),
                operation: "cash_deposit".to_owned(),
                date: None,
                purpose: None,
                counterparty_bank: None,
                counterparty_account: None,
            };
            insist(|| operator.post(&deposit)).await?;
            progress.done(1);
            anyhow::Ok(())
        })
        .buffer_unordered(DEPOSITS_IN_FLIGHT)
        .try_collect()
        .await
}
