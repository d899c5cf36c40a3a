//! A customer's accounts, balances and transactions, from the core bank, for other apps of the bank.

use crate::error::Failure;
use crate::gateway::Gateway;
use core_bank::{AccountSnapshot, CoreBankError, CustomerSnapshot, HISTORY_MAX};
use protocol::http::{
    AccountTransaction, AccountsAnswer, BalancesAnswer, HeldAccount, StatedBalance,
    TRANSACTIONS_MAX, TransactionsAnswer,
};
use protocol::{Booking, Entry};
use types::{AccountId, Balances, CustomerId};

/// A page and the transaction after it come from one read.
const _: () = assert!(TRANSACTIONS_MAX < HISTORY_MAX);

impl Gateway {
    /// The accounts that a customer holds.
    pub async fn accounts(&self, customer: &CustomerId) -> Result<AccountsAnswer, Failure> {
        let held = self.held(customer).await?.into_iter();
        let account = |held: AccountSnapshot| HeldAccount {
            account: held.account,
            kind: held.kind,
            name: held.name,
            currency: held.currency,
            role: held.role,
        };
        Ok(AccountsAnswer {
            accounts: held.map(account).collect(),
        })
    }

    /// The balances of an account. `None` if the customer does not hold it.
    pub async fn balances(
        &self,
        customer: &CustomerId,
        account: &AccountId,
    ) -> Result<Option<BalancesAnswer>, Failure> {
        let mut held = self.held(customer).await?.into_iter();
        let held = held.find(|held| held.account == *account);
        Ok(held.map(|held| BalancesAnswer {
            account: held.account,
            balances: stated(&held.balances),
            transactions: held.booked_entries,
        }))
    }

    /// At most `limit` transactions of an account with greater numbers than `after`. `None` if the customer does not hold
    /// the account.
    pub async fn transactions(
        &self,
        customer: &CustomerId,
        account: &AccountId,
        (after, limit): (u64, usize),
    ) -> Result<Option<TransactionsAnswer>, Failure> {
        let bank = &self.0.core_bank;
        if bank.role(customer, account).await?.is_none() {
            return Ok(None);
        }
        // One more than is answered shows whether there is a next one.
        let history = bank.history(account, after, u64::MAX, limit + 1).await?;
        let mut transactions: Vec<_> = history.entries.iter().filter_map(transaction).collect();
        let has_more = transactions.len() > limit;
        transactions.truncate(limit);
        let last = transactions.last().map(|last| last.number);
        Ok(Some(TransactionsAnswer {
            transactions,
            next: last.filter(|_| has_more),
        }))
    }

    async fn held(&self, customer: &CustomerId) -> Result<Vec<AccountSnapshot>, Failure> {
        match self.0.core_bank.snapshot(customer).await {
            Ok(CustomerSnapshot { accounts, .. }) => Ok(accounts),
            Err(CoreBankError::CustomerUnknown(_)) => Ok(Vec::new()),
            Err(error) => Err(error.into()),
        }
    }
}

fn transaction(entry: &Entry) -> Option<AccountTransaction> {
    let booking: Booking = entry.booking.clone()?;
    Some(AccountTransaction {
        transaction: booking.transaction,
        number: booking.number,
        booked: entry.time,
        date: booking.date,
        amount: booking.amount,
        operation: booking.operation,
        purpose: booking.purpose,
        counterparty_bank: booking.counterparty_bank,
        counterparty_account: booking.counterparty_account,
        balances: stated(&entry.balances),
    })
}

fn stated(balances: &Balances) -> Vec<StatedBalance> {
    let balance = |(kind, amount): (&_, &_)| StatedBalance {
        kind: Clone::clone(kind),
        amount: *amount,
    };
    balances.iter().map(balance).collect()
}
