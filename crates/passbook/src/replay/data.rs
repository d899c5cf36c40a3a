//! The bank's own file: customers, accounts, holders and transactions as CSV.

use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use thiserror::Error;
use types::{AccountId, BusinessDate, CustomerId, Role, TransactionId};

/// Why a directory cannot be replayed.
#[derive(Debug, Error)]
pub(crate) enum DataError {
    #[error("{file} cannot be read as CSV with the columns that are expected")]
    File {
        file: String,
        #[source]
        source: csv::Error,
    },
    #[error("{file}: {problem}")]
    Content { file: &'static str, problem: String },
}

/// A row of `transactions.csv`. Amounts are minor units.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Transaction {
    pub(crate) date: BusinessDate,
    #[serde(rename = "account_id")]
    pub(crate) account: AccountId,
    pub(crate) number: u64,
    #[serde(rename = "transaction_id")]
    pub(crate) id: TransactionId,
    pub(crate) amount: i64,
    pub(crate) balance: i64,
    pub(crate) operation: String,
    pub(crate) purpose: String,
    pub(crate) counterparty_bank: String,
    pub(crate) counterparty_account: String,
}

#[derive(Deserialize)]
struct CustomerRow {
    customer_id: CustomerId,
}

#[derive(Deserialize)]
struct AccountRow {
    account_id: AccountId,
    opened: BusinessDate,
}

#[derive(Deserialize)]
struct HolderRow {
    account_id: AccountId,
    customer_id: CustomerId,
    role: Role,
}

/// Who holds an account, and in which role.
#[derive(Debug, Clone)]
pub(crate) struct Holder {
    pub(crate) account: AccountId,
    pub(crate) customer: CustomerId,
    pub(crate) role: Role,
}

/// A whole bank to replay.
pub(crate) struct Data {
    pub(crate) customers: Vec<CustomerId>,
    pub(crate) accounts: Vec<(AccountId, BusinessDate)>,
    pub(crate) holders: Vec<Holder>,
    /// By account, in the order of the file.
    pub(crate) transactions: BTreeMap<AccountId, Vec<Transaction>>,
}

impl Data {
    /// Reads the four files of `directory` and checks that they fit together.
    pub(crate) fn read(directory: &Path) -> Result<Self, DataError> {
        let customers: Vec<CustomerRow> = rows(directory, "customers.csv")?;
        let accounts: Vec<AccountRow> = rows(directory, "accounts.csv")?;
        let holders: Vec<HolderRow> = rows(directory, "holders.csv")?;
        let posted: Vec<Transaction> = rows(directory, "transactions.csv")?;

        let data = Self {
            customers: customers.into_iter().map(|row| row.customer_id).collect(),
            accounts: accounts
                .into_iter()
                .map(|row| (row.account_id, row.opened))
                .collect(),
            holders: holders
                .into_iter()
                .map(|row| Holder {
                    account: row.account_id,
                    customer: row.customer_id,
                    role: row.role,
                })
                .collect(),
            transactions: posted
                .into_iter()
                .fold(BTreeMap::new(), |mut by_account, row| {
                    by_account
                        .entry(row.account.clone())
                        .or_insert_with(Vec::new)
                        .push(row);
                    by_account
                }),
        };
        data.check()?;
        Ok(data)
    }

    fn check(&self) -> Result<(), DataError> {
        let refuse = |file, problem: String| Err(DataError::Content { file, problem });
        let customers: BTreeSet<_> = self.customers.iter().collect();
        let accounts: BTreeSet<_> = self.accounts.iter().map(|(account, _)| account).collect();
        if customers.len() != self.customers.len() {
            return refuse("customers.csv", "a customer is there twice".into());
        }
        if accounts.len() != self.accounts.len() {
            return refuse("accounts.csv", "an account is there twice".into());
        }
        for holder in &self.holders {
            if !accounts.contains(&holder.account) || !customers.contains(&holder.customer) {
                return refuse(
                    "holders.csv",
                    format!("{} or {} is unknown", holder.account, holder.customer),
                );
            }
        }
        let mut ids = BTreeSet::new();
        for (account, transactions) in &self.transactions {
            if !accounts.contains(account) {
                return refuse("transactions.csv", format!("account {account} is unknown"));
            }
            for (expected, transaction) in (1..).zip(transactions) {
                if transaction.number != expected {
                    return refuse(
                        "transactions.csv",
                        format!("account {account} has no number {expected}"),
                    );
                }
                if !ids.insert(&transaction.id) {
                    return refuse(
                        "transactions.csv",
                        format!("transaction {} is there twice", transaction.id),
                    );
                }
            }
        }
        Ok(())
    }

    /// The accounts of each customer.
    pub(crate) fn held(&self) -> HashMap<&CustomerId, BTreeSet<&AccountId>> {
        let mut held: HashMap<&CustomerId, BTreeSet<&AccountId>> = HashMap::new();
        for holder in &self.holders {
            held.entry(&holder.customer)
                .or_default()
                .insert(&holder.account);
        }
        held
    }

    /// How many transactions there are in all.
    pub(crate) fn transaction_count(&self) -> usize {
        self.transactions.values().map(Vec::len).sum()
    }
}

fn rows<T: for<'de> Deserialize<'de>>(directory: &Path, file: &str) -> Result<Vec<T>, DataError> {
    let path = directory.join(file);
    let failed = |source| DataError::File {
        file: path.display().to_string(),
        source,
    };
    csv::Reader::from_path(&path)
        .map_err(failed)?
        .deserialize()
        .collect::<Result<_, _>>()
        .map_err(failed)
}
