//! What is booked at once.

use crate::{ControlTotals, LedgerError};
use types::{AccountId, Money};

/// One side of a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    /// Where it is booked.
    pub account: AccountId,
    /// How much: a credit to the account is positive, a debit negative.
    pub amount: Money,
}

/// Postings that sum to zero in each currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction(Vec<Posting>);

impl Transaction {
    /// The postings as a transaction; refused where they do not balance.
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

    /// An amount that `account` gets from `counter`, or gives to it where it is negative.
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
