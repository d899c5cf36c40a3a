//! What a customer's devices show in a history of orders.

use super::HOUR_MS;
use client::Projection;
use core_bank::{Arrangement, CustomerSnapshot, OrderState, Placing};
use envelope::{AccountState, History, Item, ItemState};
use futures_util::FutureExt as _;
use order::{Fee, Intent, Locale, Order, OrderKind, Orderer, Outcome, fee_of};
use protocol::cbor::{FromValue as _, Map};
use protocol::{Entry, Event};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use std::collections::{HashMap, VecDeque};
use types::{AccountId, BalanceType, ChannelId, DeviceId, IntentId, Money, VoucherId};

/// A device of a customer.
pub(super) struct Device<'h> {
    orderer: Orderer,
    fees: &'h [Fee],
    projection: Projection,
    random: StdRng,
}

impl<'h> Device<'h> {
    /// A device that begins with what the bank states.
    pub(super) fn new(stated: &CustomerSnapshot, fees: &'h [Fee], seed: u64) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        let orderer = Orderer {
            customer: stated.customer.clone(),
            channel: ChannelId::new(random.random()),
            device: DeviceId::at(super::NOON, random.random()),
        };
        let snapshot = (stated.sequence, items(stated));
        let projection = Projection::new(orderer.clone(), snapshot, StdRng::seed_from_u64(seed));
        Self {
            orderer,
            fees,
            projection: projection.now_or_never().unwrap().unwrap(),
            random,
        }
    }

    /// The customer orders, and the events arrive, in any order that keeps each subject's; but nothing arrives of an
    /// order before it is made.
    pub(super) fn go_on<'e>(
        &mut self,
        orders: impl Iterator<Item = &'e Placing>,
        mut events: Vec<VecDeque<&'e Event>>,
    ) {
        let mut orders: VecDeque<_> = orders
            .filter(|placing| placing.customer == self.orderer.customer)
            .collect();
        loop {
            events.retain(|subject| !subject.is_empty());
            let chosen = self.random.random_range(0..=events.len());
            let Some(subject) = events.get_mut(chosen) else {
                match orders.pop_front() {
                    Some(placing) => self.order(placing),
                    None if events.is_empty() => return,
                    None => {}
                }
                continue;
            };
            let event = subject.pop_front().unwrap();
            let about = intent_of(&event.entry);
            while orders.iter().any(|placing| Some(placing.intent) == about) {
                self.order(orders.pop_front().unwrap());
            }
            let entry = event.entry_of(&self.orderer.customer);
            let projected = self.projection.project(&entry);
            projected.now_or_never().unwrap().unwrap();
        }
    }

    fn order(&mut self, placing: &Placing) {
        let (order, created) = (placing.order.clone(), placing.created);
        let fee = fee_of(self.fees, &order, created);
        let voucher = (!order.kind().has_target()).then(|| VoucherId::new([1; 16]));
        let times = (created, created.plus_ms(HOUR_MS));
        let orderer = self.orderer.clone();
        let intent = Intent::new(placing.intent, orderer, order, voucher, times, Locale::En);
        let ordered = self.projection.order(intent.unwrap(), fee);
        ordered.now_or_never().unwrap().unwrap();
    }

    /// The device shows what the bank states.
    pub(super) fn agrees_with(&self, stated: &CustomerSnapshot) {
        assert_eq!(self.projection.found(), []);
        let shown = self.projection.shown();
        let accounts = shown.accounts(None).unwrap();
        let accounts = accounts.into_iter().map(|shown| shown.account);
        assert!(accounts.eq(stated.accounts.iter().map(|stated| stated.account.clone())));
        for account in &stated.accounts {
            let id = &account.account;
            let funds = shown.funds(id).unwrap().unwrap();
            let (held, not_held) = pending(stated, id);
            let minor = |of| account.balances.get(of).map(Money::minor_units);
            assert_eq!(
                Some(funds.booked.minor_units()),
                minor(&BalanceType::Booked)
            );
            assert_eq!(funds.pending.minor_units(), held + not_held, "{id}");
            let available = minor(&BalanceType::Available).map(|available| available - not_held);
            assert_eq!(
                funds.available.map(|money| money.minor_units()),
                available,
                "{id}"
            );
        }
        let orders = shown.pending_orders().unwrap().into_iter();
        assert!(orders.map(|one| one.id.to_string()).eq(ids(&stated.orders)));
        let standing = shown.standing_orders().unwrap().into_iter();
        let standing = standing.map(|one| one.id.to_string());
        assert!(standing.eq(ids(&stated.standing)));
    }

    /// The device shows of each order what became of it, and no amount is pending.
    pub(super) fn has_outcomes(&self, states: &HashMap<IntentId, OrderState>) {
        for order in self.projection.shown().orders().unwrap() {
            let expected = match states[&order.intent] {
                OrderState::Pending { .. } => "scheduled",
                OrderState::Executed { .. } => "done",
                OrderState::Refused(_) => "refused",
                OrderState::Cancelled => "cancelled",
            };
            assert_eq!(order.state.as_str(), expected);
            assert!(!order.amount_is_pending);
        }
    }
}

/// The order that an entry is about.
fn intent_of(entry: &Entry) -> Option<IntentId> {
    let booked = entry.booking.as_ref().and_then(|b| b.order.as_deref());
    let outcome = Outcome::from_entry(&entry.kind, &entry.arguments);
    let intent = outcome.map(|outcome| outcome.unwrap().intent);
    intent.or_else(|| booked?.parse().ok())
}

fn ids(arrangements: &[Arrangement]) -> impl Iterator<Item = String> {
    arrangements.iter().map(|one| one.id.clone())
}

/// What will leave an account for the pending orders, in minor units: what the bank holds already, and the rest.
fn pending(stated: &CustomerSnapshot, account: &AccountId) -> (i64, i64) {
    let (mut held, mut not_held) = (0, 0);
    for pending in &stated.orders {
        let argument = |name: &str| pending.arguments.get(&name.into()).cloned();
        let order = Order::from_value(argument("order").unwrap()).unwrap();
        let once = matches!(order.kind(), OrderKind::Transfer | OrderKind::Bill);
        if !once || order.debit_account() != Some(account.as_str()) {
            continue;
        }
        let fee = argument("fee").map_or(0, |fee| Money::from_value(fee).unwrap().minor_units());
        let sum = match argument("held") {
            Some(_) => &mut held,
            None => &mut not_held,
        };
        *sum += order.amount().unwrap().minor_units() + fee;
    }
    (held, not_held)
}

/// The items of a snapshot, with accounts that have no history.
fn items(stated: &CustomerSnapshot) -> Vec<Item> {
    let accounts = stated.accounts.iter().map(|account| {
        let state = AccountState {
            kind: account.kind.clone(),
            role: account.role.clone(),
            name: account.name.clone(),
            currency: account.currency,
            balances: account.balances.clone(),
        };
        Item::account(&account.account, account.sequence, state, History::none())
    });
    let arranged = |make: fn(Map) -> ItemState, arranged: &'_ [Arrangement]| {
        let items = arranged.iter().map(|one| Item {
            id: one.id.clone(),
            sequence: stated.sequence,
            state: make(one.arguments.clone()),
        });
        items.collect::<Vec<_>>()
    };
    accounts
        .chain(arranged(ItemState::Standing, &stated.standing))
        .chain(arranged(ItemState::Order, &stated.orders))
        .collect()
}
