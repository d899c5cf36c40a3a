//! The bank's own accounts, and the postings of all accounts.

use crate::BankError;
use database::{Transaction, params};
use ledger::{LedgerError, Posting, Transaction as DoubleEntry};
use order::Scheme;
use types::{AccountId, Currency, MoneyError, TransactionId};

/// Prefix of the ids of the bank's own accounts. No customer's account has it.
pub(crate) const OWN_ACCOUNT_PREFIX: &str = "own-";

const FEES_PREFIX: &str = "own-fees-";

fn id(text: String) -> Result<AccountId, BankError> {
    AccountId::try_from(text).map_err(|_| BankError::Invalid("an own account has a valid id"))
}

/// The bank's own account of a currency: cash, and what it has at other banks.
pub(crate) fn own(currency: Currency) -> Result<AccountId, BankError> {
    id(format!("{OWN_ACCOUNT_PREFIX}{currency}"))
}

/// The bank's account for money under way to creditors of a scheme.
pub(crate) fn clearing(scheme: Scheme, currency: Currency) -> Result<AccountId, BankError> {
    id(format!("{OWN_ACCOUNT_PREFIX}clearing-{scheme}-{currency}"))
}

/// The bank's account for what it earns by fees.
pub(crate) fn fees(currency: Currency) -> Result<AccountId, BankError> {
    id(format!("{FEES_PREFIX}{currency}"))
}

/// Stores a transaction's postings, and adds those on the bank's own accounts to their totals.
pub(crate) async fn keep(
    tx: &mut Transaction<'_>,
    transaction: &TransactionId,
    entry: &DoubleEntry,
) -> Result<(), BankError> {
    let insert = "INSERT INTO posting (booked, line, account, amount) VALUES ($1, $2, $3, $4)";
    for (line, posting) in (1_i64..).zip(entry.postings()) {
        let amount = posting.amount.minor_units();
        tx.execute(insert, params![transaction, line, &posting.account, amount])
            .await?;
        if posting.account.as_str().starts_with(OWN_ACCOUNT_PREFIX) {
            add(tx, posting).await?;
        }
    }
    Ok(())
}

async fn add(tx: &mut Transaction<'_>, posting: &Posting) -> Result<(), BankError> {
    let currency = posting.amount.currency();
    let (select, keep) = if posting.account == own(currency)? {
        (
            "SELECT total FROM own_account WHERE id = $1",
            "INSERT INTO own_account (currency, id, total) VALUES ($1, $2, $3)
             ON CONFLICT (currency) DO UPDATE SET total = excluded.total",
        )
    } else if posting.account.as_str().starts_with(FEES_PREFIX) {
        (
            "SELECT total FROM income_account WHERE id = $1",
            "INSERT INTO income_account (currency, id, total) VALUES ($1, $2, $3)
             ON CONFLICT (id) DO UPDATE SET total = excluded.total",
        )
    } else {
        (
            "SELECT total FROM clearing_account WHERE id = $1",
            "INSERT INTO clearing_account (currency, id, total) VALUES ($1, $2, $3)
             ON CONFLICT (id) DO UPDATE SET total = excluded.total",
        )
    };
    let total = match tx.query_optional(select, params![&posting.account]).await? {
        Some(row) => i128::from_be_bytes(row.get(0)?),
        None => 0,
    };
    let total = total
        .checked_add(i128::from(posting.amount.minor_units()))
        .ok_or(LedgerError::Money(MoneyError::Overflow))?;
    tx.execute(
        keep,
        params![currency, &posting.account, total.to_be_bytes()],
    )
    .await?;
    Ok(())
}
