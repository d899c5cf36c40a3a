//! A transaction: postings that are booked together.

use crate::{ControlTotals, LedgerError};
use types::{AccountId, Money};

/// One side of a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    /// The account it is booked on.
    pub account: AccountId,
    /// The amount: positive for a credit to the account, negative for a debit.
    pub amount: Money,
}

/// Postings that sum to zero in each currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction(Vec<Posting>);

impl Transaction {
    /// Makes a transaction. Refuses postings that do not balance.
    pub fn new(postings: Vec<Posting>) -> Result<Self, LedgerError> {
        if postings.is_empty() {
            return Err(LedgerError::Empty);
        }
        let mut totals = ControlTotals::default();
        for posting in &postings {
            totals.add(&posting.amount);
        }
        totals.check()?;
        Ok(Self(postings))
    }

    /// Makes a transaction that moves `amount` from `counter` to `account`, or from `account` to `counter` if it is
    /// negative.
    pub fn between(
        account: AccountId,
        counter: AccountId,
        amount: Money,
    ) -> Result<Self, LedgerError> {
        let other = amount.checked_neg()?;
        Self::new(vec![
            Posting { account, amount },
            Posting {
                account: counter,
                amount: other,
            },
        ])
    }

    /// The postings.
    #[must_use]
    pub fn postings(&self) -> &[Posting] {
        &self.0
    }
}
