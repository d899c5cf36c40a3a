//! The bank's side of a replay: loads the initial data, then posts the transactions.

use super::data::{Data, Transaction};
use super::progress::Steps;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use operator::{Operator, insist};
use protocol::http::{
    AccountRow, Accounts, CustomerRow, Customers, HolderRow, Holders, Loaded, PostTransaction,
};
use serde::Serialize;
use types::{AccountId, AccountKind, BusinessDate, Currency, Money};

/// Maximum postings in flight in total; one per account.
const POSTINGS_IN_FLIGHT: usize = 256;

/// Maximum rows in one load.
const ROWS_AT_ONCE: usize = 500;

/// Loads customers, accounts and holders.
pub(crate) async fn load(
    operator: &Operator,
    data: &Data,
    progress: &Steps<'_>,
) -> anyhow::Result<()> {
    let target = (operator, progress);
    let customers = data.customers.iter().map(|customer| CustomerRow {
        customer: customer.clone(),
        name: None,
    });
    load_rows(target, "customers", customers.collect(), |customers| {
        Customers { customers }
    })
    .await?;

    let accounts = data.accounts.iter();
    let accounts = accounts.map(|(account, opened)| account_row(account, *opened, data.currency));
    load_rows(target, "accounts", accounts.collect(), |accounts| {
        Accounts { accounts }
    })
    .await?;

    let holders = data.holders.iter().map(|holder| HolderRow {
        account: holder.account.clone(),
        customer: holder.customer.clone(),
        role: holder.role.clone(),
    });
    load_rows(target, "holders", holders.collect(), |holders| Holders {
        holders,
    })
    .await
}

async fn load_rows<Row: Clone, Body: Serialize>(
    (operator, progress): (&Operator, &Steps<'_>),
    route: &str,
    rows: Vec<Row>,
    body: impl Fn(Vec<Row>) -> Body,
) -> anyhow::Result<()> {
    for rows in rows.chunks(ROWS_AT_ONCE) {
        let body = body(rows.to_vec());
        insist(|| operator.send::<Loaded>(route, &body)).await?;
        progress.done(rows.len());
    }
    Ok(())
}

/// Posts every transaction: each account's in file order with one in flight, and as many accounts concurrently as
/// postings may be in flight.
pub(crate) async fn post_all(
    operator: &Operator,
    data: &Data,
    progress: &Steps<'_>,
) -> anyhow::Result<()> {
    stream::iter(data.transactions.values())
        .map(|transactions| async move {
            for transaction in transactions {
                let posting = posting(transaction, data.currency);
                let posted = insist(|| operator.post(&posting)).await?;
                anyhow::ensure!(
                    posted.number == transaction.number
                        && posted
                            .balance
                            .is_none_or(|balance| balance.minor_units() == transaction.balance),
                    "the ledger booked {} as number {} with balance {:?}, the file says {} and {}",
                    transaction.id,
                    posted.number,
                    posted.balance,
                    transaction.number,
                    transaction.balance
                );
                progress.done(1);
            }
            anyhow::Ok(())
        })
        .buffer_unordered(POSTINGS_IN_FLIGHT)
        .try_collect()
        .await
}

/// An account to load. It has no limit, because its history is taken as it was.
pub(super) fn account_row(
    account: &AccountId,
    opened: BusinessDate,
    currency: Currency,
) -> AccountRow {
    AccountRow {
        account: account.clone(),
        kind: AccountKind::Current,
        name: format!("Account {account}"),
        currency,
        opened: Some(opened),
        limit: None,
    }
}

/// A transaction as it is posted.
pub(super) fn posting(transaction: &Transaction, currency: Currency) -> PostTransaction {
    let some = |text: &String| (!text.is_empty()).then(|| text.clone());
    PostTransaction {
        transaction: transaction.id.clone(),
        account: transaction.account.clone(),
        amount: Money::new(transaction.amount, currency),
        operation: transaction.operation.clone(),
        date: Some(transaction.date),
        purpose: some(&transaction.purpose),
        counterparty_bank: some(&transaction.counterparty_bank),
        counterparty_account: some(&transaction.counterparty_account),
    }
}
