//! What each device orders.

use super::books::Customer;
use anyhow::Context as _;
use client::{OrderState, Shown};
use order::{Creditor, Frequency, OrderFields, OrderKind, Schedule, Scheme};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use std::sync::Arc;
use tokio::sync::watch;
use types::{AccountId, BusinessDate, Currency, Money};

/// Minor units of most orders.
const SMALL: std::ops::Range<i64> = 100..900;

/// Minor units of orders for which no account has enough.
const LARGE: i64 = 5_000_000;

/// What one device is to order.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) customer: Customer,
    pub(super) wishes: Wishes,
    pub(super) seed: u64,
    /// How far the orders of all devices are.
    pub(super) told: watch::Sender<Told>,
}

/// What the customer wants.
#[derive(Debug, Clone)]
pub(super) enum Wishes {
    /// So many orders of every kind.
    Mixed {
        everybody: Arc<Vec<Customer>>,
        count: usize,
        /// The day of dated orders, after the bank's.
        later: BusinessDate,
    },
    /// These orders, on a good network.
    These(Arc<Vec<OrderFields>>),
}

/// How far the orders of all devices are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Told {
    /// The bank answered.
    pub(super) answered: usize,
    /// The device has the outcome, and the booking if there is one.
    pub(super) decided: usize,
}

impl Told {
    pub(super) const fn answered(&self) -> usize {
        self.answered
    }

    pub(super) const fn decided(&self) -> usize {
        self.decided
    }
}

impl Plan {
    /// How many orders the device gives.
    pub(super) fn orders(&self) -> usize {
        match &self.wishes {
            Wishes::Mixed { count, .. } => *count,
            Wishes::These(orders) => orders.len(),
        }
    }

    /// Whether nothing is lost on the network, and the device runs on.
    pub(super) const fn is_calm(&self) -> bool {
        matches!(self.wishes, Wishes::These(_))
    }

    /// The order after `index` others of this device: the same whenever it is asked for, as far as what the device knows
    /// allows.
    pub(super) fn fields(&self, index: usize, shown: &Shown) -> anyhow::Result<OrderFields> {
        match &self.wishes {
            Wishes::Mixed {
                everybody, later, ..
            } => self.mixed(index, shown, (everybody, *later)),
            Wishes::These(orders) => orders.get(index).cloned().context("an order too many"),
        }
    }

    fn mixed(
        &self,
        index: usize,
        shown: &Shown,
        (everybody, later): (&[Customer], BusinessDate),
    ) -> anyhow::Result<OrderFields> {
        let turn = u64::try_from(index)?;
        let mut random = StdRng::seed_from_u64(self.seed.wrapping_add(turn));
        let about = match index % 25 {
            7 | 17 => cancel(shown, true)?,
            9 => cancel(shown, false)?,
            22 => match shown.standing_orders()?.first() {
                Some(standing) if index % 50 == 22 => shown.to_end(&standing.id)?,
                _ => None,
            },
            24 => match shown.payees()?.first() {
                Some(payee) => shown.to_remove(&payee.id)?,
                None => None,
            },
            _ => None,
        };
        if let Some(fields) = about {
            return Ok(fields);
        }
        let another = self.another(everybody, &mut random)?.to_string();
        let small = random.random_range(SMALL);
        let transfer = self.transfer(small, Creditor::new(Scheme::Account, another.clone()))?;
        let savings = self.account(1)?;
        Ok(match index % 25 {
            1 | 14 => self.transfer(LARGE, Creditor::new(Scheme::Account, savings.as_str()))?,
            2 => self.transfer(small, Creditor::new(Scheme::Account, savings.as_str()))?,
            3 | 6 | 16 => OrderFields {
                execution_date: Some(later),
                ..transfer
            },
            5 => self.transfer(small, Creditor::new(Scheme::Account, "nobody"))?,
            11 => OrderFields {
                creditor: Some(Creditor::new(Scheme::Account, another)),
                own_name: Some("A friend".to_owned()),
                ..OrderFields::new(OrderKind::PayeeAdd)
            },
            12 => OrderFields {
                kind: OrderKind::Standing,
                amount: Some(Money::new(100, Currency::CZK)),
                schedule: Some(Schedule {
                    frequency: Frequency::Week,
                    first: later,
                    last: later.plus_days(21),
                }),
                ..transfer
            },
            20 => self.transfer(small, at_another_bank())?,
            21 => OrderFields {
                kind: OrderKind::Bill,
                creditor: Some(unknown_biller()),
                ..transfer
            },
            _ => transfer,
        })
    }

    /// An order that can be signed whenever there is a voucher.
    pub(super) fn simple(&self) -> anyhow::Result<OrderFields> {
        let savings = self.account(1)?;
        self.transfer(100, Creditor::new(Scheme::Account, savings.as_str()))
    }

    fn account(&self, index: usize) -> anyhow::Result<&AccountId> {
        let account = self.customer.accounts.get(index);
        account.context("a customer without accounts")
    }

    fn transfer(&self, minor_units: i64, creditor: Creditor) -> anyhow::Result<OrderFields> {
        Ok(OrderFields {
            debit_account: Some(self.account(0)?.to_string()),
            amount: Some(Money::new(minor_units, Currency::CZK)),
            creditor: Some(creditor),
            reference: Some("replay".to_owned()),
            ..OrderFields::new(OrderKind::Transfer)
        })
    }

    /// The current account of another customer; if there is none, the own savings account.
    fn another<'a>(
        &'a self,
        everybody: &'a [Customer],
        random: &mut StdRng,
    ) -> anyhow::Result<&'a AccountId> {
        let drawn = everybody.choose(random);
        let drawn = drawn.filter(|drawn| drawn.customer != self.customer.customer);
        match drawn.and_then(|drawn| drawn.accounts.first()) {
            Some(current) => Ok(current),
            None => self.account(1),
        }
    }
}

fn at_another_bank() -> Creditor {
    Creditor {
        bank: Some("0800".to_owned()),
        name: Some("Eva Nová".to_owned()),
        ..Creditor::new(Scheme::Domestic, "1000000005")
    }
}

fn unknown_biller() -> Creditor {
    Creditor {
        references: vec!["20260001".to_owned()],
        ..Creditor::new(Scheme::Biller, "nobody's")
    }
}

/// Cancels the newest order of this device that is not done, dated or not, unless that was ordered already.
fn cancel(shown: &Shown, dated: bool) -> anyhow::Result<Option<OrderFields>> {
    let orders = shown.orders()?;
    let cancelled: Vec<&str> = orders
        .iter()
        .filter_map(|order| order.order.target())
        .collect();
    let open = orders.iter().find(|order| {
        let id = order.intent.to_string();
        order.order.kind() == OrderKind::Transfer
            && order.order.execution_date().is_some() == dated
            && (!order.state.is_final() || matches!(order.state, OrderState::Scheduled(_)))
            && !cancelled.contains(&id.as_str())
    });
    match open {
        Some(open) => Ok(shown.to_cancel(&open.intent)?),
        None => Ok(None),
    }
}
