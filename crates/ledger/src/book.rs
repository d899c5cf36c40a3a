//! One account's books: what is booked, what is held, how far it may go.

use crate::LedgerError;
use types::{BalanceType, Balances, Currency, Money};

/// How low an account may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Floor {
    /// The available balance stays at or above this many minor units; a credit line is a negative floor.
    At(i64),
    /// There is none: the bank's own accounts, and accounts whose history is taken as it was.
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
    /// An account with nothing booked.
    #[must_use]
    pub const fn open(currency: Currency, floor: Floor) -> Self {
        Self::restore(currency, 0, 0, floor)
    }

    /// An account as it was kept: minor units booked and held.
    #[must_use]
    pub const fn restore(currency: Currency, booked: i64, held: i64, floor: Floor) -> Self {
        Self {
            booked: Money::new(booked, currency),
            held: Money::new(held, currency),
            floor,
        }
    }

    /// Everything booked.
    #[must_use]
    pub const fn booked(&self) -> Money {
        self.booked
    }

    /// Everything held.
    #[must_use]
    pub const fn held(&self) -> Money {
        self.held
    }

    /// What can be spent: booked less held, down to the floor; none where there is no floor.
    pub fn available(&self) -> Result<Option<Money>, LedgerError> {
        let Floor::At(floor) = self.floor else {
            return Ok(None);
        };
        let floor = Money::new(floor, self.booked.currency());
        Ok(Some(
            self.booked.checked_sub(&self.held)?.checked_sub(&floor)?,
        ))
    }

    /// The balances as they are told: booked; available where a floor bounds it; the limit where it is below zero.
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

    /// Books an amount. A credit is always taken; a debit needs cover where there is a floor.
    pub fn post(&self, amount: &Money) -> Result<Self, LedgerError> {
        if amount.minor_units() < 0 {
            self.need(&amount.checked_neg()?)?;
        }
        Ok(Self {
            booked: self.booked.checked_add(amount)?,
            ..*self
        })
    }

    /// Sets an amount aside for something that will be booked later.
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

    /// Gives back what was set aside.
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
