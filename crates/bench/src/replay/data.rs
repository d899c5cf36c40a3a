//! The bank's own files: customers, accounts, holders and transactions as CSV, checked completely before anything
//! starts.

use super::table::{DataError, Row, read};
use protocol::http::{AccountRow, PostTransaction};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use types::{
    AccountId, AccountKind, BusinessDate, Currency, CustomerId, Money, Role, Sequence,
    TransactionId,
};

/// A row of `transactions.csv`. Amounts are minor units.
#[derive(Debug, Clone)]
pub(crate) struct Transaction {
    pub(crate) date: BusinessDate,
    pub(crate) account: AccountId,
    pub(crate) number: u64,
    pub(crate) id: TransactionId,
    pub(crate) amount: i64,
    pub(crate) balance: i64,
    pub(crate) operation: String,
    pub(crate) purpose: String,
    pub(crate) counterparty_bank: String,
    pub(crate) counterparty_account: String,
}

/// A holder of an account, with the role.
#[derive(Debug, Clone)]
pub(crate) struct Holder {
    pub(crate) account: AccountId,
    pub(crate) customer: CustomerId,
    pub(crate) role: Role,
}

/// A whole bank to replay.
pub(crate) struct Data {
    /// The currency of every account.
    pub(crate) currency: Currency,
    pub(crate) customers: Vec<CustomerId>,
    pub(crate) accounts: Vec<(AccountId, BusinessDate)>,
    pub(crate) holders: Vec<Holder>,
    /// By account, in the order of the file.
    pub(crate) transactions: BTreeMap<AccountId, Vec<Transaction>>,
}

impl Data {
    /// Reads the four files of `directory` and checks that the bank will accept them: each row separately, and all
    /// together.
    pub(crate) fn read(directory: &Path, currency: Currency) -> Result<Self, DataError> {
        let mut known = Known::new(currency);
        let customers = read(directory, "customers.csv", &["customer_id"], |row| {
            known.customer(row)
        })?;
        if customers.is_empty() {
            return Err(DataError::File {
                file: "customers.csv".into(),
                problem: "it has no customers: no device would be compared".into(),
            });
        }
        let columns = &["account_id", "opened"];
        let accounts = read(directory, "accounts.csv", columns, |row| known.account(row))?;
        let columns = &["account_id", "customer_id", "role"];
        let holders = read(directory, "holders.csv", columns, |row| known.holder(row))?;
        let columns = &[
            "date",
            "account_id",
            "number",
            "transaction_id",
            "amount",
            "balance",
            "operation",
            "purpose",
            "counterparty_bank",
            "counterparty_account",
        ];
        let posted = read(directory, "transactions.csv", columns, |row| {
            known.transaction(row)
        })?;
        let mut transactions: BTreeMap<AccountId, Vec<Transaction>> = BTreeMap::new();
        for row in posted {
            transactions
                .entry(row.account.clone())
                .or_default()
                .push(row);
        }
        Ok(Self {
            currency,
            customers,
            accounts,
            holders,
            transactions,
        })
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

    /// The number of transactions.
    pub(crate) fn transaction_count(&self) -> usize {
        self.transactions.values().map(Vec::len).sum()
    }
}

/// The state after the rows so far: each id with its line.
struct Known {
    currency: Currency,
    customers: HashMap<CustomerId, u64>,
    accounts: HashMap<AccountId, Books>,
    holders: HashMap<(AccountId, CustomerId), u64>,
    transactions: HashMap<TransactionId, u64>,
}

/// An account's books after the rows so far.
struct Books {
    line: u64,
    holders: u64,
    transactions: u64,
    balance: i64,
}

impl Known {
    fn new(currency: Currency) -> Self {
        Self {
            currency,
            customers: HashMap::new(),
            accounts: HashMap::new(),
            holders: HashMap::new(),
            transactions: HashMap::new(),
        }
    }

    fn customer(&mut self, row: &Row<'_>) -> Result<CustomerId, DataError> {
        let customer: CustomerId = row.parse("customer_id")?;
        let before = self.customers.insert(customer.clone(), row.line());
        once(row, "customer_id", before)?;
        Ok(customer)
    }

    fn account(&mut self, row: &Row<'_>) -> Result<(AccountId, BusinessDate), DataError> {
        let account: AccountId = row.parse("account_id")?;
        let opened = row.parse("opened")?;
        let loaded = account_row(&account, opened, self.currency);
        sandbox_bank::check_account(&loaded).map_err(|error| row.refuse("account_id", error))?;
        let books = Books {
            line: row.line(),
            holders: 0,
            transactions: 0,
            balance: 0,
        };
        let before = self.accounts.insert(account.clone(), books);
        once(row, "account_id", before.map(|books| books.line))?;
        Ok((account, opened))
    }

    fn holder(&mut self, row: &Row<'_>) -> Result<Holder, DataError> {
        let account: AccountId = row.parse("account_id")?;
        let customer: CustomerId = row.parse("customer_id")?;
        let Some(books) = self.accounts.get_mut(&account) else {
            return Err(row.refuse("account_id", "accounts.csv has no such account"));
        };
        if !self.customers.contains_key(&customer) {
            return Err(row.refuse("customer_id", "customers.csv has no such customer"));
        }
        let holding = (account.clone(), customer.clone());
        if let Some(before) = self.holders.insert(holding, row.line()) {
            let problem = format!("the customer holds the account on line {before} already");
            return Err(row.wrong(problem));
        }
        books.holders += 1;
        let role = row.text("role").parse();
        let role = role.map_err(|_| {
            row.refuse("role", "a role is 1 to 64 bytes without control characters")
        })?;
        Ok(Holder {
            account,
            customer,
            role,
        })
    }

    fn transaction(&mut self, row: &Row<'_>) -> Result<Transaction, DataError> {
        let text = |column| row.text(column).to_owned();
        let transaction = Transaction {
            date: row.parse("date")?,
            account: row.parse("account_id")?,
            number: row.number("number")?,
            id: row.parse("transaction_id")?,
            amount: row.number("amount")?,
            balance: row.number("balance")?,
            operation: text("operation"),
            purpose: text("purpose"),
            counterparty_bank: text("counterparty_bank"),
            counterparty_account: text("counterparty_account"),
        };
        let id = transaction.id.clone();
        once(
            row,
            "transaction_id",
            self.transactions.insert(id, row.line()),
        )?;
        let Some(books) = self.accounts.get_mut(&transaction.account) else {
            return Err(row.refuse("account_id", "accounts.csv has no such account"));
        };
        books.transactions += 1;
        if transaction.number != books.transactions {
            let next = books.transactions;
            let problem = format!("the next transaction of the account is number {next}");
            return Err(row.refuse("number", problem));
        }
        let order = posting(&transaction, self.currency);
        order
            .amount
            .fits_json()
            .map_err(|error| row.refuse("amount", error))?;
        let balance = books.balance.checked_add(transaction.amount);
        let Some(balance) = balance else {
            return Err(row.refuse("amount", "the account's balance would be out of range"));
        };
        if transaction.balance != balance {
            let (before, amount) = (books.balance, transaction.amount);
            let problem = format!("{before} and the amount of {amount} make {balance}");
            return Err(row.refuse("balance", problem));
        }
        books.balance = balance;
        // Opening the account and adding each holder were events before it.
        let sequence = Sequence::new(1 + books.holders + books.transactions)
            .map_err(|error| row.refuse("number", error))?;
        let expected = (transaction.number, sequence, balance);
        sandbox_bank::check_posting(&order, expected)
            .map_err(|error| row.wrong(error.to_string()))?;
        Ok(transaction)
    }
}

/// Refuses a value that an earlier line has already.
fn once(row: &Row<'_>, column: &str, before: Option<u64>) -> Result<(), DataError> {
    match before {
        Some(before) => Err(row.refuse(column, format!("line {before} has it already"))),
        None => Ok(()),
    }
}

/// An account as it is loaded; it has no limit, since its history is taken as it was.
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
pub(crate) fn posting(transaction: &Transaction, currency: Currency) -> PostTransaction {
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
