//! The proof over all books: in each currency they sum to zero.

use crate::LedgerError;
use std::collections::BTreeMap;
use types::{Currency, Money};

/// Sums of minor units by currency. In i128, so that no number of accounts overflows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ControlTotals(BTreeMap<Currency, i128>);

impl ControlTotals {
    /// Adds an amount to the total of its currency.
    pub fn add(&mut self, amount: &Money) {
        *self.0.entry(amount.currency()).or_default() += i128::from(amount.minor_units());
    }

    /// The totals, in minor units.
    pub fn iter(&self) -> impl Iterator<Item = (Currency, i128)> + '_ {
        self.0.iter().map(|(currency, sum)| (*currency, *sum))
    }

    /// Whether all are zero; otherwise the first that is not.
    pub fn check(&self) -> Result<(), LedgerError> {
        match self.iter().find(|(_, sum)| *sum != 0) {
            Some((currency, sum)) => Err(LedgerError::Unbalanced { currency, sum }),
            None => Ok(()),
        }
    }
}
