//! The trial balance: a proof that the bank's books sum to zero.

use crate::{BankError, SandboxBank};
use database::{Transaction, params};
use ledger::LedgerError;
use std::collections::BTreeMap;
use types::{AccountId, Currency};

impl SandboxBank {
    /// Adds up the accounts of all customers and of the bank, those for clearing and income too. In each currency the sum must be zero; the error names
    /// the first currency for which it is not. Returns the totals of the customers' accounts, in minor units.
    pub async fn trial_balance(&self) -> Result<BTreeMap<Currency, i128>, BankError> {
        self.database
            .read(async |tx: &mut Transaction<'_>| {
                let mut totals: BTreeMap<Currency, i128> = BTreeMap::new();
                let accounts = tx
                    .query("SELECT currency, booked FROM account", params![])
                    .await?;
                for row in &accounts {
                    *totals.entry(row.get(0)?).or_default() += i128::from(row.get::<i64>(1)?);
                }
                let mut sums = totals.clone();
                let own = tx
                    .query(
                        "SELECT currency, total FROM own_account
                         UNION ALL SELECT currency, total FROM clearing_account
                         UNION ALL SELECT currency, total FROM income_account",
                        params![],
                    )
                    .await?;
                for row in &own {
                    *sums.entry(row.get(0)?).or_default() += i128::from_be_bytes(row.get(1)?);
                }
                match sums.into_iter().find(|(_, sum)| *sum != 0) {
                    Some((currency, sum)) => Err(LedgerError::Unbalanced { currency, sum }.into()),
                    None => Ok(totals),
                }
            })
            .await
    }

    /// The balances of the bank's accounts for money under way to other banks, ordered by id, in minor units. Each comes
    /// to zero when everything is settled.
    pub async fn clearing_balances(&self) -> Result<Vec<(AccountId, i128)>, BankError> {
        self.balances("SELECT id, total FROM clearing_account ORDER BY id")
            .await
    }

    /// The balances of the bank's accounts for what it earned by fees, ordered by id, in minor units.
    pub async fn income_balances(&self) -> Result<Vec<(AccountId, i128)>, BankError> {
        self.balances("SELECT id, total FROM income_account ORDER BY id")
            .await
    }

    async fn balances(&self, select: &'static str) -> Result<Vec<(AccountId, i128)>, BankError> {
        self.database
            .read(async move |tx: &mut Transaction<'_>| {
                let rows = tx.query(select, params![]).await?;
                rows.iter()
                    .map(|row| Ok((row.get(0)?, i128::from_be_bytes(row.get(1)?))))
                    .collect()
            })
            .await
    }
}
