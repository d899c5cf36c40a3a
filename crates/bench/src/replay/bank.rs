//! The bank's side of a replay: loads the initial data, then posts the transactions.

use super::data::{Data, account_row, posting};
use crate::progress::Steps;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use operator::{Operator, insist};
use protocol::http::{Accounts, CustomerRow, Customers, HolderRow, Holders, Loaded};
use serde::Serialize;

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

/// Loads rows of one kind in requests of a few hundred.
pub(crate) async fn load_rows<Row: Clone, Body: Serialize>(
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
