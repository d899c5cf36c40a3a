//! The suite that every core bank must pass for orders. An adapter's tests describe how to start it ([`Fixture`]) and
//! expand [`conformance_suite!`](crate::conformance_suite), which makes a test for each behaviour.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "this is the body of tests, where a panic is the failure"
)]

pub mod charging;
pub mod faults;
pub mod placing;
pub mod reporting;
pub mod stopping;
pub mod waiting;

use crate::{CoreBank, OrderState, Placing};
use async_trait::async_trait;
use order::{Creditor, Order, OrderFields, OrderKind, Outcome, OutcomeKind, Scheme};
use protocol::Event;
use std::sync::Arc;
use types::{
    AccountId, BalanceType, BusinessDate, CustomerId, DeviceId, IntentId, Money, Sequence,
    SubjectId, Time,
};

/// What the fixture's bank contains when it is started for the first time.
#[derive(Debug, Clone)]
pub struct Books {
    /// A customer who owns `account` and `second`.
    pub customer: CustomerId,
    /// A customer who owns `foreign`.
    pub other: CustomerId,
    /// An account with 1,000 units available of `one`, and no more.
    pub account: AccountId,
    /// An account like it.
    pub second: AccountId,
    /// An account like it.
    pub foreign: AccountId,
    /// A creditor for whom a payment in the accounts' currency costs a fee of at least one unit, and who takes every payment.
    /// Transfers between the accounts cost nothing.
    pub costly: Creditor,
    /// One unit of the accounts' currency.
    pub one: Money,
}

/// Starts and ends a core bank for the suite.
#[async_trait]
pub trait Fixture: Send {
    /// Starts the bank on the fixture's storage, with [`books`](Self::books) the first time.
    async fn open(&mut self) -> Arc<dyn CoreBank>;

    /// Ends the bank that was started last.
    async fn close(&mut self);

    /// What the bank contains.
    fn books(&self) -> Books;

    /// The bank's day.
    fn today(&self) -> BusinessDate;

    /// Lets days pass at the running bank, and waits until what is due by then is done.
    async fn pass_days(&mut self, days: u32);
}

/// A test for each behaviour of a core bank; the argument is an expression that makes a new [`Fixture`].
#[macro_export]
macro_rules! conformance_suite {
    ($fixture:expr) => {
        $crate::conformance_suite! { @ $fixture;
            placing: an_order_is_executed_once, one_of_many_equal_calls_executes_it,
                another_order_with_the_id_is_refused, a_refused_order_stays_refused,
                ids_are_each_customers_own, orders_are_independent, an_unknown_order_has_no_state,
                what_speaks_against_an_order_is_known_before_it_is_placed;
            faults: a_call_may_be_dropped_at_any_await, a_restart_changes_no_outcome,
                the_outcome_may_come_before_the_answer;
            waiting: a_dated_order_is_executed_on_its_day, a_cancelled_order_is_never_executed,
                a_cancellation_may_come_too_late, what_was_missed_is_done_after_a_restart;
            charging: a_payment_costs_what_the_schedule_says,
                without_the_funds_for_the_fee_nothing_moves;
            reporting: each_state_is_reported_to_the_customer_alone,
                booked_entries_name_the_order_for_who_ordered, snapshots_agree_with_the_events,
                only_what_the_customer_holds_pays;
            stopping: a_stop_cancels_what_waits_and_releases_it, nothing_is_executed_until_the_stop_ends,
                a_standing_order_pauses, the_newest_number_decides,
                an_order_raced_by_a_stop_is_executed_or_cancelled, a_restart_keeps_the_stop;
        }
    };
    (@ $fixture:expr; $($module:ident: $($behaviour:ident),+;)+) => {
        $(mod $module {
            use super::*;
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $behaviour() {
                    $crate::conformance::$module::$behaviour(&mut $fixture).await;
                }
            )+
        })+
    };
}

/// When the suite's orders were made.
const ORDERED: Time = Time::from_ms(1_790_000_000_000);

/// The same id for the same number.
fn intent(number: u8) -> IntentId {
    IntentId::at(ORDERED, [number; 10])
}

fn amount(books: &Books, units: i64) -> Money {
    Money::new(books.one.minor_units() * units, books.one.currency())
}

/// A transfer between accounts here.
fn transfer(books: &Books, units: i64, to: &AccountId) -> OrderFields {
    OrderFields {
        debit_account: Some(books.account.to_string()),
        amount: Some(amount(books, units)),
        creditor: Some(Creditor::new(Scheme::Account, to.as_str())),
        ..OrderFields::new(OrderKind::Transfer)
    }
}

/// An order that cancels another of the same customer.
fn cancel(target: &Placing) -> OrderFields {
    let fields = target.order.fields();
    OrderFields {
        target: Some(target.intent.to_string()),
        debit_account: fields.debit_account.clone(),
        amount: fields.amount,
        creditor: fields.creditor.clone(),
        ..OrderFields::new(OrderKind::Cancel)
    }
}

fn placing(customer: &CustomerId, number: u8, fields: OrderFields) -> Placing {
    Placing {
        customer: customer.clone(),
        device: DeviceId::at(ORDERED, [0; 10]),
        intent: intent(number),
        order: Order::new(fields).expect("the suite's orders are valid"),
        created: ORDERED,
    }
}

async fn events(bank: &dyn CoreBank, subject: &SubjectId) -> Vec<Event> {
    let mut all: Vec<Event> = Vec::new();
    loop {
        let seen = all
            .last()
            .map_or(Sequence::ZERO, |event| event.subject().unwrap().1);
        let more = bank
            .events_after(subject, seen, crate::EVENTS_MAX)
            .await
            .unwrap();
        if more.is_empty() {
            return all;
        }
        all.extend(more);
    }
}

/// The outcomes that were reported of an order, in order.
async fn outcomes(bank: &dyn CoreBank, placing: &Placing) -> Vec<OutcomeKind> {
    let events = events(bank, &SubjectId::from(&placing.customer)).await;
    let outcomes = events.iter().filter_map(|event| {
        let entry = &event.entry;
        Some(Outcome::from_entry(&entry.kind, &entry.arguments)?.unwrap())
    });
    outcomes
        .filter(|outcome| outcome.intent == placing.intent)
        .map(|outcome| outcome.kind)
        .collect()
}

/// The booked balance of an account, by its newest event that has one.
async fn booked(bank: &dyn CoreBank, account: &AccountId) -> i64 {
    let events = events(bank, &SubjectId::from(account)).await;
    let balances = events.iter().rev().map(|event| &event.entry.balances);
    let mut booked = balances.filter_map(|balances| balances.get(&BalanceType::Booked));
    booked.next().map_or(0, Money::minor_units)
}

async fn state(bank: &dyn CoreBank, placing: &Placing) -> OrderState {
    let state = bank.order_state(&placing.customer, placing.intent).await;
    state.unwrap().expect("the order is placed")
}
