//! Control totals: over all books, each currency sums to zero.

use crate::LedgerError;
use std::collections::BTreeMap;
use types::{Currency, Money};

/// Sums of minor units by currency. They are `i128`, so no number of accounts can overflow them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ControlTotals(BTreeMap<Currency, i128>);

impl ControlTotals {
    /// Adds an amount to its currency's total.
    pub fn add(&mut self, amount: &Money) {
        *self.0.entry(amount.currency()).or_default() += i128::from(amount.minor_units());
    }

    /// The totals, in minor units.
    pub fn iter(&self) -> impl Iterator<Item = (Currency, i128)> + '_ {
        self.0.iter().map(|(currency, sum)| (*currency, *sum))
    }

    /// Returns an error for the first currency whose total is not zero.
    pub fn check(&self) -> Result<(), LedgerError> {
        match self.iter().find(|(_, sum)| *sum != 0) {
            Some((currency, sum)) => Err(LedgerError::Unbalanced { currency, sum }),
            None => Ok(()),
        }
    }
}
