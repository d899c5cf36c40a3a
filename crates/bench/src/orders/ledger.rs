//! What the bank's own books say after a replay.

use super::books::Customer;
use anyhow::Context as _;
use core_bank::{CoreBank as _, CustomerSnapshot, EVENTS_MAX, OrderState};
use ledger::LedgerError;
use order::Order;
use protocol::EntryKind;
use sandbox_bank::{BankError, SandboxBank};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use types::{AccountId, BalanceType, CustomerId, IntentId, Money, Sequence, SubjectId};

/// More payments than a standing order makes in the days of a replay.
const PAYMENTS_MAX: usize = 100;

/// Bookings of one order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Moved {
    /// How often money left an account for it.
    pub(super) debits: u64,
    /// How often money arrived on an account here for it.
    pub(super) credits: u64,
    /// What left an account, in minor units.
    pub(super) amount: i64,
}

/// The books, read after the servers were stopped.
pub(super) struct Ledger {
    bank: SandboxBank,
    /// By the id that a booking names: an intent's, or a standing order's.
    pub(super) moved: HashMap<String, Moved>,
    /// The standing orders, with the most payments that each has.
    pub(super) standing: BTreeMap<String, u64>,
    /// By how much the books do not balance, in minor units of all currencies.
    pub(super) imbalance: i128,
}

impl Ledger {
    /// Reads the bookings of the customers' accounts, and balances the books.
    pub(super) async fn read(bank: SandboxBank, customers: &[Customer]) -> anyhow::Result<Self> {
        let mut ledger = Self {
            moved: HashMap::new(),
            standing: BTreeMap::new(),
            imbalance: match bank.trial_balance().await {
                Ok(_) => 0,
                Err(BankError::Ledger(LedgerError::Unbalanced { sum, .. })) => sum.abs(),
                Err(error) => return Err(error.into()),
            },
            bank,
        };
        // Everything at other banks was settled.
        for (_, balance) in ledger.bank.clearing_balances().await? {
            ledger.imbalance += balance.abs();
        }
        let accounts = customers.iter().flat_map(|customer| &customer.accounts);
        // Some have several holders.
        for account in accounts.collect::<BTreeSet<_>>() {
            ledger.imbalance += ledger.read_account(account).await?;
        }
        for customer in customers {
            ledger.read_standing(&customer.customer).await?;
        }
        Ok(ledger)
    }

    /// Reads which standing orders a customer made.
    async fn read_standing(&mut self, customer: &CustomerId) -> anyhow::Result<()> {
        let subject = SubjectId::from(customer);
        let mut seen = Sequence::ZERO;
        loop {
            let events = self.bank.events_after(&subject, seen, EVENTS_MAX).await?;
            let Some((_, newest)) = events.last().and_then(|event| event.subject().ok()) else {
                return Ok(());
            };
            seen = newest;
            let entries = events.iter().map(|event| &event.entry);
            for entry in entries.filter(|entry| entry.kind == EntryKind::StandingCreated) {
                let id = entry
                    .argument("standing")
                    .context("a standing order's id")?;
                let order = entry.arguments.get(&"order".into()).cloned();
                let order = Order::from_value(order.context("a standing order's map")?)?;
                let schedule = order.schedule().context("a standing order's schedule")?;
                let payments = (0..).take_while(|paid| schedule.payment(*paid).is_some());
                let payments = u64::try_from(payments.take(PAYMENTS_MAX).count())?;
                self.standing.insert(id.to_owned(), payments);
            }
        }
    }

    /// Reads the bookings of an account. Returns by how much their sum differs from its balance.
    async fn read_account(&mut self, account: &AccountId) -> anyhow::Result<i128> {
        let subject = SubjectId::from(account);
        let (mut seen, mut sum, mut balance) = (Sequence::ZERO, 0_i128, 0_i128);
        loop {
            let events = self.bank.events_after(&subject, seen, EVENTS_MAX).await?;
            let Some((_, newest)) = events.last().and_then(|event| event.subject().ok()) else {
                return Ok((sum - balance).abs());
            };
            seen = newest;
            for entry in events.iter().map(|event| &event.entry) {
                let booked = entry.balances.get(&BalanceType::Booked);
                balance = booked.map_or(balance, |booked| i128::from(booked.minor_units()));
                let Some(booking) = &entry.booking else {
                    continue;
                };
                sum += i128::from(booking.amount.minor_units());
                if let Some(order) = &booking.order {
                    let moved = self.moved.entry(order.clone()).or_default();
                    moved.add(&booking.amount);
                }
            }
        }
    }

    pub(super) async fn state(
        &self,
        customer: &CustomerId,
        intent: IntentId,
    ) -> anyhow::Result<Option<OrderState>> {
        Ok(self.bank.order_state(customer, intent).await?)
    }

    /// Closes the database.
    pub(super) async fn close(self) {
        self.bank.close().await;
    }

    pub(super) async fn snapshot(&self, customer: &CustomerId) -> anyhow::Result<CustomerSnapshot> {
        Ok(self.bank.snapshot(customer).await?)
    }
}

impl Moved {
    fn add(&mut self, amount: &Money) {
        if amount.minor_units() < 0 {
            self.debits += 1;
            self.amount -= amount.minor_units();
        } else {
            self.credits += 1;
        }
    }
}
