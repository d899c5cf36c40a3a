//! A customer's accounts, balances and transactions, from the core bank, for other apps of the bank and for the plain pages.

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
        let held = self.holdings(customer).await?.into_iter();
        Ok(AccountsAnswer {
            accounts: held.map(|(account, _)| account).collect(),
        })
    }

    /// The accounts that a customer holds, with their balances.
    pub async fn holdings(
        &self,
        customer: &CustomerId,
    ) -> Result<Vec<(HeldAccount, BalancesAnswer)>, Failure> {
        let held = match self.0.core_bank.snapshot(customer).await {
            Ok(CustomerSnapshot { accounts, .. }) => accounts,
            Err(CoreBankError::CustomerUnknown(_)) => Vec::new(),
            Err(error) => return Err(error.into()),
        };
        let holding = |held: AccountSnapshot| {
            let balances = BalancesAnswer {
                account: held.account.clone(),
                balances: stated(&held.balances),
                transactions: held.booked_entries,
            };
            let account = HeldAccount {
                account: held.account,
                kind: held.kind,
                name: held.name,
                currency: held.currency,
                role: held.role,
            };
            (account, balances)
        };
        Ok(held.into_iter().map(holding).collect())
    }

    /// The balances of an account. `None` if the customer does not hold it.
    pub async fn balances(
        &self,
        customer: &CustomerId,
        account: &AccountId,
    ) -> Result<Option<BalancesAnswer>, Failure> {
        let held = self.holdings(customer).await?.into_iter();
        let mut balances = held.map(|(_, balances)| balances);
        Ok(balances.find(|balances| balances.account == *account))
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
