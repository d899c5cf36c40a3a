//! The books of a bank whose transactions are made up.

use crate::replay::{Data, Holder, Transaction};
use std::collections::BTreeMap;
use types::{AccountId, CustomerId};

/// A bank of so many customers, each with an account of their own, and the transactions spread over all accounts.
pub(super) fn books(customers: usize, transactions: usize) -> anyhow::Result<Data> {
    let date = "2024-01-01".parse()?;
    let count = customers.clamp(1, 1_000_000);
    let mut data = Data {
        currency: "CZK".parse()?,
        customers: Vec::new(),
        accounts: Vec::new(),
        holders: Vec::new(),
        transactions: BTreeMap::new(),
    };
    for index in 0..count {
        let customer: CustomerId = format!("c{index}").parse()?;
        let account: AccountId = format!("a{index}").parse()?;
        let own = (index..transactions).step_by(count).zip(1..);
        let own = own.map(|(index, number)| transaction(&account, index, number));
        let own = own.collect::<anyhow::Result<Vec<_>>>()?;
        data.transactions.insert(account.clone(), own);
        data.holders.push(Holder {
            account: account.clone(),
            customer: customer.clone(),
            role: "owner".parse()?,
        });
        data.accounts.push((account, date));
        data.customers.push(customer);
    }
    Ok(data)
}

/// The transaction with that index among all, and that number among those of its account.
pub(super) fn transaction(
    account: &AccountId,
    index: usize,
    number: u64,
) -> anyhow::Result<Transaction> {
    Ok(Transaction {
        date: "2024-01-01".parse()?,
        account: account.clone(),
        number,
        id: format!("t{index}").parse()?,
        amount: 100,
        balance: i64::try_from(number)? * 100,
        operation: "transfer_in".into(),
        purpose: "rent".into(),
        counterparty_bank: "AB".into(),
        counterparty_account: "87144583".into(),
    })
}
