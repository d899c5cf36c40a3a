//! What gateway answers, as the views show it.

use portal::model::{Account, Amount, Entry, EntryState, Home};
use protocol::http::{AccountTransaction, BalancesAnswer, HeldAccount, StatedBalance};
use types::{AccountId, BalanceType, Time};

/// The first page.
pub(super) fn home(holdings: &[(HeldAccount, BalancesAnswer)], newest: Vec<Entry>) -> Home {
    Home {
        accounts: holdings.iter().map(account).collect(),
        accounts_total: u64::try_from(holdings.len()).unwrap_or(u64::MAX),
        as_of: newest.first().map_or(Time::from_ms(0), |entry| entry.time),
        newest,
        waiting: Vec::new(),
        complete: true,
        left_out: false,
        discrepancy: None,
    }
}

/// An account.
pub(super) fn account((held, stated): &(HeldAccount, BalancesAnswer)) -> Account {
    Account {
        account: held.account.clone(),
        name: held.name.clone(),
        kind: Some(held.kind.to_string()),
        role: Some(held.role.to_string()),
        booked: balance(&stated.balances, &BalanceType::Booked),
        available: balance(&stated.balances, &BalanceType::Available),
        pending: None,
        expected: None,
    }
}

/// A transaction of an account.
pub(super) fn entry(account: &AccountId, transaction: AccountTransaction) -> Entry {
    Entry {
        id: transaction.transaction.to_string(),
        kind: "booked".to_owned(),
        state: EntryState::Current,
        time: transaction.booked,
        account: Some(account.clone()),
        date: Some(transaction.date),
        amount: Some(transaction.amount.into()),
        balance: balance(&transaction.balances, &BalanceType::Booked),
        operation: Some(transaction.operation),
        purpose: transaction.purpose,
        counterparty_bank: transaction.counterparty_bank,
        counterparty: transaction.counterparty_account,
        order: None,
        bank_reference: None,
        arguments: Vec::new(),
        fallback: None,
    }
}

fn balance(stated: &[StatedBalance], kind: &BalanceType) -> Option<Amount> {
    let mut stated = stated.iter();
    let found = stated.find(|stated| stated.kind == *kind);
    found.map(|stated| stated.amount.into())
}
