//! The proof over the bank's books.

use crate::{BankError, SandboxBank};
use database::{Transaction, params};
use ledger::LedgerError;
use std::collections::BTreeMap;
use types::Currency;

impl SandboxBank {
    /// Adds up every account and the bank's own: in each currency the books sum to zero. Answers the customers' totals in
    /// minor units; an error names the first currency in which they do not.
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
                    .query("SELECT currency, total FROM own_account", params![])
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
}
