//! Lists what the operator set up.

use crate::account::AccountState;
use crate::directory::{self, Biller, Proxy, Unwilling};
use crate::{BankError, SandboxBank, fees};
use database::{Transaction, params};
use order::{Fee, Scheme};
use std::collections::BTreeSet;
use types::{AccountId, BusinessDate};

/// Maximum rows of each list.
const ROWS_MAX: u32 = 1_000;

/// What is set up; at most a thousand of each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryListing {
    /// The accounts that are not open, ordered by id.
    pub accounts: Vec<(AccountId, AccountState)>,
    /// The proxies, ordered by id.
    pub proxies: Vec<Proxy>,
    /// The billers, ordered by id.
    pub billers: Vec<Biller>,
    /// The creditors at other banks, by scheme and identification, whose payments are not accepted.
    pub unwilling: Vec<((Scheme, String), Unwilling)>,
    /// The schedule of fees.
    pub fees: Vec<Fee>,
}

impl SandboxBank {
    /// What the operator set up.
    pub async fn directory(&self) -> Result<DirectoryListing, BankError> {
        let now = self.servers_now();
        self.database
            .read(async move |tx: &mut Transaction<'_>| {
                let accounts =
                    "SELECT id, state FROM account WHERE state <> 'open' ORDER BY id LIMIT $1";
                let accounts = tx.query(accounts, params![ROWS_MAX]).await?;
                let accounts = accounts
                    .iter()
                    .map(|row| Ok((row.get(0)?, AccountState::of(&row.get::<String>(1)?)?)));
                Ok(DirectoryListing {
                    accounts: accounts.collect::<Result<_, BankError>>()?,
                    proxies: directory::proxies(tx, ROWS_MAX).await?,
                    billers: directory::billers(tx, ROWS_MAX).await?,
                    unwilling: directory::all_unwilling(tx, ROWS_MAX).await?,
                    fees: fees::current(tx, now).await?,
                })
            })
            .await
    }

    /// The bank holidays.
    #[must_use]
    pub fn holidays(&self) -> BTreeSet<BusinessDate> {
        self.calendar.holidays.clone()
    }
}
