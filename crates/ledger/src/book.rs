//! One account's booked balance, holds and floor.

use crate::LedgerError;
use types::{BalanceType, Balances, Currency, Money};

/// The lowest available balance that an account may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Floor {
    /// The available balance must not go below this many minor units. A credit line is a negative floor.
    At(i64),
    /// No floor: the bank's own accounts, and accounts whose past transactions are imported unchanged.
    None,
}

/// An account's booked balance, its holds and its floor, all in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Book {
    booked: Money,
    held: Money,
    floor: Floor,
}

impl Book {
    /// Makes an account with nothing booked.
    #[must_use]
    pub const fn open(currency: Currency, floor: Floor) -> Self {
        Self::restore(currency, 0, 0, floor)
    }

    /// Makes an account from stored values, in minor units: the booked balance and the sum of its holds.
    #[must_use]
    pub const fn restore(currency: Currency, booked: i64, held: i64, floor: Floor) -> Self {
        Self {
            booked: Money::new(booked, currency),
            held: Money::new(held, currency),
            floor,
        }
    }

    /// The booked balance.
    #[must_use]
    pub const fn booked(&self) -> Money {
        self.booked
    }

    /// The sum of all holds.
    #[must_use]
    pub const fn held(&self) -> Money {
        self.held
    }

    /// The amount that can be spent: booked balance minus holds minus floor. `None` if there is no floor.
    pub fn available(&self) -> Result<Option<Money>, LedgerError> {
        let Floor::At(floor) = self.floor else {
            return Ok(None);
        };
        let floor = Money::new(floor, self.booked.currency());
        Ok(Some(
            self.booked.checked_sub(&self.held)?.checked_sub(&floor)?,
        ))
    }

    /// The balances to show: booked; available if the account has a floor; the limit if the floor is below zero.
    pub fn balances(&self) -> Result<Balances, LedgerError> {
        let mut balances = Balances::from([(BalanceType::Booked, self.booked)]);
        if let Some(available) = self.available()? {
            balances.insert(BalanceType::Available, available);
        }
        if let Floor::At(floor @ ..0) = self.floor {
            let limit = Money::new(floor, self.booked.currency()).checked_neg()?;
            balances.insert(BalanceType::Limit, limit);
        }
        Ok(balances)
    }

    /// Books an amount. A credit is always accepted. A debit is refused if the account has a floor and the available
    /// balance does not cover it.
    pub fn post(&self, amount: &Money) -> Result<Self, LedgerError> {
        if amount.minor_units() < 0 {
            self.need(&amount.checked_neg()?)?;
        }
        Ok(Self {
            booked: self.booked.checked_add(amount)?,
            ..*self
        })
    }

    /// Holds an amount for a transaction that will be booked later.
    pub fn hold(&self, amount: &Money) -> Result<Self, LedgerError> {
        if amount.minor_units() < 0 {
            return Err(LedgerError::Hold);
        }
        self.need(amount)?;
        Ok(Self {
            held: self.held.checked_add(amount)?,
            ..*self
        })
    }

    /// Releases a held amount.
    pub fn release(&self, amount: &Money) -> Result<Self, LedgerError> {
        let held = self.held.checked_sub(amount)?;
        if amount.minor_units() < 0 || held.minor_units() < 0 {
            return Err(LedgerError::Hold);
        }
        Ok(Self { held, ..*self })
    }

    fn need(&self, amount: &Money) -> Result<(), LedgerError> {
        match self.available()? {
            Some(available) if available.checked_sub(amount)?.minor_units() < 0 => {
                Err(LedgerError::Insufficient { available })
            }
            _ => Ok(()),
        }
    }
}
