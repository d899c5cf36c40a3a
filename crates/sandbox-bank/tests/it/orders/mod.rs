//! Orders, on a bank with a clock that the tests set.

mod clearing;
mod dated;
mod devices;
mod fees;
mod histories;
mod lists;
mod moving;
mod refused;
mod standing;

use crate::{account, customer, czk, holder};
use core_bank::{CoreBank as _, OrderState, Placing};
use order::{Creditor, Fee, Order, OrderFields, OrderKind, Scheme};
use protocol::Event;
use protocol::cbor::{FromValue as _, Key};
use protocol::http::{AccountRow, CustomerRow};
use sandbox_bank::SandboxBank;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tempfile::TempDir;
use types::{
    BalanceType, BusinessDate, CustomerId, DeviceId, IntentId, Money, Role, Sequence, SubjectId,
    Time,
};

/// Wednesday, 2026-03-25, noon UTC.
pub(crate) const NOON: Time = Time::from_ms(1_774_440_000_000);
pub(crate) const HOUR_MS: u64 = 3_600_000;
pub(crate) const DAY_MS: u64 = 24 * HOUR_MS;

/// Jana (2) owns a and b, and j together with Petr (3), who is authorised there and owns c. Nobody holds d. Each has
/// 1,000.00 crowns; a, b and j have no limit below zero. e is in euros, of Jana.
pub(crate) struct Rig {
    pub(crate) bank: SandboxBank,
    pub(crate) time: Arc<AtomicU64>,
    directory: TempDir,
}

pub(crate) fn date(text: &str) -> BusinessDate {
    text.parse().unwrap()
}

pub(crate) fn crowns(amount: i64) -> Money {
    Money::new(amount * 100, czk())
}

/// The device from which all order.
pub(crate) fn phone() -> DeviceId {
    DeviceId::at(NOON, [0; 10])
}

pub(crate) fn intent(number: u64) -> IntentId {
    let mut random = [0; 10];
    random[2..].copy_from_slice(&number.to_be_bytes());
    IntentId::at(NOON, random)
}

pub(crate) fn here(account: &str) -> Creditor {
    Creditor::new(Scheme::Account, account)
}

/// An account at another bank.
pub(crate) fn away(scheme: Scheme, identification: &str) -> Creditor {
    let bank = match scheme {
        Scheme::Swift => Some("CHASUS33".to_owned()),
        Scheme::Domestic => Some("0800".to_owned()),
        _ => None,
    };
    Creditor {
        bank,
        name: Some("Eva Nová".to_owned()),
        ..Creditor::new(scheme, identification)
    }
}

pub(crate) fn transfer(from: &str, amount: Money, to: Creditor) -> OrderFields {
    OrderFields {
        debit_account: Some(from.to_owned()),
        amount: Some(amount),
        creditor: Some(to),
        reference: Some("rent".to_owned()),
        ..OrderFields::new(OrderKind::Transfer)
    }
}

/// The id of a customer.
pub(crate) fn of(customer: &str) -> CustomerId {
    customer.parse().unwrap()
}

impl Rig {
    pub(crate) async fn new() -> Self {
        Self::with_fees(&[]).await
    }

    /// The same, of a bank that charges fees.
    pub(crate) async fn with_fees(fees: &[Fee]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let time = Arc::new(AtomicU64::new(NOON.ms()));
        let rig = Self {
            bank: open(&directory, &time),
            time,
            directory,
        };
        for fee in fees {
            rig.bank.announce_fee(*fee).await.unwrap();
        }
        rig.fill().await;
        rig
    }

    async fn fill(&self) {
        let named = |id, name: &str| CustomerRow {
            name: Some(name.to_owned()),
            ..customer(id)
        };
        let customers = vec![named("2", "Jana Malá"), named("3", "Petr Malý")];
        self.bank.load_customers(customers).await.unwrap();
        let bounded = |id| AccountRow {
            limit: Some(Money::new(0, czk())),
            ..account(id)
        };
        let euros = AccountRow {
            currency: "EUR".parse().unwrap(),
            ..account("e")
        };
        let accounts = vec![
            bounded("a"),
            bounded("b"),
            account("c"),
            account("d"),
            bounded("j"),
        ];
        self.bank.load_accounts(accounts).await.unwrap();
        self.bank.load_accounts(vec![euros]).await.unwrap();
        let holders = vec![
            holder("a", "2", Role::Owner),
            holder("b", "2", Role::Owner),
            holder("e", "2", Role::Owner),
            holder("j", "2", Role::Owner),
            holder("j", "3", Role::Authorised),
            holder("c", "3", Role::Owner),
        ];
        self.bank.load_holders(holders).await.unwrap();
        for account in ["a", "b", "c", "d", "j"] {
            let id = format!("first {account}");
            self.bank
                .post(crate::order(&id, account, 100_000))
                .await
                .unwrap();
        }
    }

    pub(crate) async fn place(
        &self,
        customer: &str,
        number: u64,
        fields: OrderFields,
    ) -> OrderState {
        let placing = Placing {
            customer: of(customer),
            device: phone(),
            intent: intent(number),
            order: Order::new(fields).unwrap(),
            created: self.now(),
        };
        let state = self.bank.place(placing).await.unwrap();
        self.bank.trial_balance().await.unwrap();
        state
    }

    pub(crate) async fn state(&self, customer: &str, number: u64) -> OrderState {
        let state = self.bank.order_state(&of(customer), intent(number)).await;
        state.unwrap().unwrap()
    }

    /// The same bank, opened once more, as after a restart.
    pub(crate) fn open_again(&self) -> SandboxBank {
        open(&self.directory, &self.time)
    }

    pub(crate) fn now(&self) -> Time {
        Time::from_ms(self.time.load(Ordering::SeqCst))
    }

    pub(crate) fn set(&self, time: Time) {
        self.time.store(time.ms(), Ordering::SeqCst);
    }

    /// Sets the clock, and executes what is due by then.
    pub(crate) async fn at(&self, time: Time) {
        self.set(time);
        self.bank.run_due().await.unwrap();
        self.bank.trial_balance().await.unwrap();
    }

    /// Noon of a day.
    pub(crate) async fn on(&self, day: &str) {
        let day = date(day);
        let mut noon = NOON;
        while BusinessDate::of_utc(noon) < day {
            noon = noon.plus_ms(DAY_MS);
        }
        assert_eq!(
            BusinessDate::of_utc(noon),
            day,
            "the clock only goes forwards"
        );
        self.at(noon).await;
    }

    pub(crate) async fn events(&self, subject: SubjectId) -> Vec<Event> {
        let events = self
            .bank
            .events_after(&subject, Sequence::ZERO, 1_000)
            .await;
        events.unwrap()
    }

    pub(crate) async fn of_account(&self, id: &str) -> Vec<Event> {
        self.events(crate::subject(id)).await
    }

    pub(crate) async fn of_customer(&self, id: &str) -> Vec<Event> {
        self.events(SubjectId::from(&of(id))).await
    }

    /// The sequence of the account's newest event.
    pub(crate) async fn newest(&self, account: &str) -> Option<Sequence> {
        let newest = self.of_account(account).await.pop();
        newest.map(|event| event.subject().unwrap().1)
    }

    /// The sequence of the booking that the customer's newest event names.
    pub(crate) async fn names_booking(&self, customer: &str) -> Option<Sequence> {
        let event = self.of_customer(customer).await.pop().unwrap();
        let booked = event.entry.arguments.get(&Key::from("booked")).cloned();
        booked.map(|booked| Sequence::from_value(booked).unwrap())
    }

    /// The kinds of the events about a customer, in order.
    pub(crate) async fn told(&self, customer: &str) -> Vec<String> {
        let events = self.of_customer(customer).await;
        events
            .iter()
            .map(|event| event.entry.kind.to_string())
            .collect()
    }

    /// Booked and available balance, in minor units, by the newest event; 0 if there is no available balance.
    pub(crate) async fn balances(&self, id: &str) -> (i64, i64) {
        let newest = self.of_account(id).await.pop().unwrap();
        let of = |kind: BalanceType| {
            let money = newest.entry.balances.get(&kind);
            money.map_or(0, Money::minor_units)
        };
        (of(BalanceType::Booked), of(BalanceType::Available))
    }
}

fn open(directory: &TempDir, time: &Arc<AtomicU64>) -> SandboxBank {
    let path = directory.path().join("bank.sqlite");
    let time = time.clone();
    let clock = Arc::new(move || Time::from_ms(time.load(Ordering::SeqCst)));
    let holidays: BTreeSet<BusinessDate> = [date("2026-04-03"), date("2026-04-06")].into();
    SandboxBank::open(crate::location(&path), clock)
        .unwrap()
        .with_holidays(holidays)
}
