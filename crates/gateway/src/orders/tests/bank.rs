//! A core bank that knows what a world of the vectors says, and keeps what becomes of orders.

use async_trait::async_trait;
use core_bank::{
    CoreBank, CoreBankError, CustomerSnapshot, Heads, HeadsCursor, History, OrderState, PayeeCheck,
    Placing, SubjectHead, Target,
};
use order::{Creditor, Fee, Order, OrderKind, OutcomeKind, Reason};
use protocol::Event;
use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use types::{
    AccountId, Currency, CustomerId, Incarnation, IntentId, Rate, Role, Sequence, SubjectId, Time,
};

/// What an order made, by the customer and its id.
type Made = HashMap<(CustomerId, String), Target>;

#[derive(Default)]
pub(super) struct TestBank {
    pub(super) roles: HashMap<(CustomerId, AccountId), Role>,
    pub(super) fees: Mutex<Vec<Fee>>,
    pub(super) rates: HashMap<(Currency, Currency), Rate>,
    /// Why the bank would refuse an order, by the creditor.
    pub(super) would_refuse: Mutex<HashMap<String, Reason>>,
    /// Orders that can be cancelled, or could be.
    pub(super) orders: Mutex<Made>,
    pub(super) standing: Mutex<Made>,
    pub(super) payees: Mutex<Made>,
    /// When each order that was placed was made.
    pub(super) created: Mutex<HashMap<IntentId, Time>>,
    /// How often each order was placed.
    pub(super) placed: Mutex<HashMap<IntentId, usize>>,
    /// The newest call about each customer who stopped everything: its number, whether it stopped, and how many orders were
    /// cancelled.
    pub(super) stops: Mutex<HashMap<CustomerId, (u64, bool, u64)>>,
    /// Whether the bank answers nothing.
    pub(super) away: AtomicBool,
    /// A customer whose stop is never answered.
    pub(super) never_stopped: Mutex<Option<CustomerId>>,
    /// What changed, oldest first.
    pub(super) heads: Mutex<Vec<SubjectHead>>,
    /// What happens once while the fees are on their way to gateway.
    pub(super) meanwhile: Mutex<Option<Box<dyn FnOnce() + Send>>>,
}

impl TestBank {
    fn answer(&self) -> Result<(), CoreBankError> {
        if self.away.load(Ordering::SeqCst) {
            return Err(CoreBankError::Unavailable("it is away".into()));
        }
        Ok(())
    }

    fn made(&self, kind: OrderKind) -> &Mutex<Made> {
        match kind {
            OrderKind::StandingEnd => &self.standing,
            OrderKind::PayeeRemove => &self.payees,
            _ => &self.orders,
        }
    }
}

fn state(target: &Target) -> OrderState {
    match target {
        Target::Active(_) => OrderState::Pending { date: None },
        Target::Done(OutcomeKind::Cancelled) => OrderState::Cancelled,
        Target::Done(OutcomeKind::Refused) => OrderState::Refused(Reason::InsufficientFunds),
        Target::Done(_) | Target::Unknown => OrderState::Executed {
            bank_reference: None,
            date: "2026-09-21".parse().unwrap(),
        },
    }
}

#[async_trait]
impl CoreBank for TestBank {
    async fn place(&self, placing: Placing) -> Result<OrderState, CoreBankError> {
        let (customer, order) = (placing.customer, placing.order);
        self.answer()?;
        let mut placed = self.placed.lock().unwrap();
        *placed.entry(placing.intent).or_default() += 1;
        let mut created = self.created.lock().unwrap();
        created.insert(placing.intent, placing.created);
        let kind = order.kind();
        let mut stops = self.stops.lock().unwrap();
        let stop = stops.get_mut(&customer).filter(|(_, stopped, _)| *stopped);
        let becomes = if let Some((_, _, cancelled)) = stop {
            let key = (customer.clone(), placing.intent.to_string());
            if !self.orders.lock().unwrap().contains_key(&key) {
                *cancelled += 1;
            }
            Target::Done(OutcomeKind::Cancelled)
        } else if let Some(target) = order.target() {
            let outcome = match kind {
                OrderKind::Cancel => OutcomeKind::Cancelled,
                _ => OutcomeKind::Executed,
            };
            let key = (customer.clone(), target.to_owned());
            let mut made = self.made(kind).lock().unwrap();
            made.insert(key, Target::Done(outcome));
            Target::Done(OutcomeKind::Executed)
        } else {
            Target::Active(order)
        };
        let key = (customer, placing.intent.to_string());
        let mut orders = self.orders.lock().unwrap();
        let known = orders.entry(key).or_insert(becomes.clone());
        match (&*known, &becomes) {
            (Target::Active(known), Target::Active(order)) if known != order => {
                Err(CoreBankError::OrderConflict(placing.intent))
            }
            _ => Ok(state(known)),
        }
    }

    async fn order_state(
        &self,
        customer: &CustomerId,
        intent: IntentId,
    ) -> Result<Option<OrderState>, CoreBankError> {
        let orders = self.orders.lock().unwrap();
        Ok(orders
            .get(&(customer.clone(), intent.to_string()))
            .map(state))
    }

    async fn target(
        &self,
        customer: &CustomerId,
        kind: OrderKind,
        target: &str,
    ) -> Result<Target, CoreBankError> {
        let made = self.made(kind).lock().unwrap();
        let target = made.get(&(customer.clone(), target.to_owned()));
        Ok(target.cloned().unwrap_or(Target::Unknown))
    }

    async fn role(
        &self,
        customer: &CustomerId,
        account: &AccountId,
    ) -> Result<Option<Role>, CoreBankError> {
        self.answer()?;
        let key = (customer.clone(), account.clone());
        Ok(self.roles.get(&key).cloned())
    }

    async fn fees(&self) -> Result<Vec<Fee>, CoreBankError> {
        self.answer()?;
        let fees = self.fees.lock().unwrap().clone();
        if let Some(happens) = self.meanwhile.lock().unwrap().take() {
            happens();
        }
        Ok(fees)
    }

    async fn stop_orders(&self, customer: &CustomerId, number: u64) -> Result<u64, CoreBankError> {
        self.answer()?;
        if self.never_stopped.lock().unwrap().as_ref() == Some(customer) {
            return std::future::pending().await;
        }
        let mut stops = self.stops.lock().unwrap();
        let stop = stops.entry(customer.clone()).or_default();
        if stop.0 < number {
            *stop = (number, true, 0);
            let mut orders = self.orders.lock().unwrap();
            let own = orders
                .iter_mut()
                .filter(|((whose, _), _)| whose == customer);
            for (_, made) in own.filter(|(_, made)| matches!(made, Target::Active(_))) {
                *made = Target::Done(OutcomeKind::Cancelled);
                stop.2 += 1;
            }
        }
        Ok(stop.2)
    }

    async fn resume_orders(&self, customer: &CustomerId, number: u64) -> Result<(), CoreBankError> {
        self.answer()?;
        let mut stops = self.stops.lock().unwrap();
        let stop = stops.entry(customer.clone()).or_default();
        if stop.0 < number {
            *stop = (number, false, 0);
        }
        Ok(())
    }

    async fn rate(&self, from: Currency, to: Currency) -> Result<Option<Rate>, CoreBankError> {
        Ok(self.rates.get(&(from, to)).copied())
    }

    async fn examine(
        &self,
        _: &CustomerId,
        order: &Order,
    ) -> Result<Option<Reason>, CoreBankError> {
        self.answer()?;
        let refused = self.would_refuse.lock().unwrap();
        let creditor = order.creditor();
        Ok(creditor.and_then(|creditor| refused.get(&creditor.identification).cloned()))
    }

    async fn check_payee(&self, _: &Creditor) -> Result<PayeeCheck, CoreBankError> {
        unreachable!("no order asks for it")
    }

    async fn events_after(
        &self,
        _: &SubjectId,
        _: Sequence,
        _: usize,
    ) -> Result<Vec<Event>, CoreBankError> {
        unreachable!("gateway reads no events")
    }

    async fn events_of_each(
        &self,
        _: &[(SubjectId, Sequence)],
        _: usize,
    ) -> Result<Vec<Vec<Event>>, CoreBankError> {
        unreachable!("gateway reads no events")
    }

    /// The cursor is a position in the list.
    async fn heads(&self, after: HeadsCursor, limit: usize) -> Result<Heads, CoreBankError> {
        let all = self.heads.lock().unwrap().clone();
        let after = usize::try_from(after.get()).unwrap();
        let subjects: Vec<_> = all.iter().skip(after).take(limit).cloned().collect();
        let cursor = |position: usize| HeadsCursor::new(position.try_into().unwrap());
        Ok(Heads {
            incarnation: Incarnation::new([1; 16]),
            next: cursor(after + subjects.len()),
            newest: cursor(all.len()),
            subjects,
        })
    }

    async fn snapshot(&self, _: &CustomerId) -> Result<CustomerSnapshot, CoreBankError> {
        unreachable!("gateway reads no snapshot")
    }

    async fn history(
        &self,
        _: &AccountId,
        _: u64,
        _: u64,
        _: usize,
    ) -> Result<History, CoreBankError> {
        unreachable!("gateway reads no history")
    }

    async fn holders(&self, _: &AccountId) -> Result<Vec<(CustomerId, Role)>, CoreBankError> {
        unreachable!("gateway reads no holders")
    }
}

/// An order as the vectors show it: integer keys are decimal text.
pub(super) fn order(map: &serde_json::Value) -> Order {
    Order::from_value(cbor_of(map)).unwrap()
}

fn cbor_of(json: &serde_json::Value) -> protocol::cbor::Value {
    use protocol::cbor::{Key, Value};
    match json {
        serde_json::Value::Object(map) => Value::Map(
            map.iter()
                .map(|(key, value)| (Key::Unsigned(key.parse().unwrap()), cbor_of(value)))
                .collect(),
        ),
        serde_json::Value::Array(values) => Value::Array(values.iter().map(cbor_of).collect()),
        serde_json::Value::String(text) => Value::from(text.as_str()),
        number => Value::from(number.as_i64().unwrap()),
    }
}
