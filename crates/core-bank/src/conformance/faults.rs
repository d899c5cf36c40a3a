//! Lost answers, restarts, and outcomes that are faster than answers.

use super::{Fixture, booked, events, outcomes, placing, state, transfer};
use crate::OrderState;
use order::{Outcome, OutcomeKind};
use std::sync::Arc;
use std::time::Duration;
use types::SubjectId;

/// A caller that is dropped at any moment knows nothing. It places the order again, and the order is executed once.
pub async fn a_call_may_be_dropped_at_any_await(fixture: &mut impl Fixture) {
    let (bank, books) = (fixture.open().await, fixture.books());
    let before = booked(&*bank, &books.account).await;
    for number in 0..40_u8 {
        let order = placing(&books.customer, number, transfer(&books, 1, &books.second));
        let call = tokio::spawn({
            let (bank, order) = (Arc::clone(&bank), order.clone());
            async move { bank.place(order).await }
        });
        for _ in 0..number % 10 {
            tokio::task::yield_now().await;
        }
        call.abort();
        let _lost = call.await;
        let again = bank.place(order.clone()).await.unwrap();
        assert!(matches!(again, OrderState::Executed { .. }), "{again:?}");
        assert_eq!(outcomes(&*bank, &order).await, [OutcomeKind::Executed]);
    }
    let moved = before - booked(&*bank, &books.account).await;
    assert_eq!(moved, books.one.minor_units() * 40);
    fixture.close().await;
}

/// Calls that were under way when the bank ended are placed again after its restart.
pub async fn a_restart_changes_no_outcome(fixture: &mut impl Fixture) {
    let (mut bank, books) = (fixture.open().await, fixture.books());
    let before = booked(&*bank, &books.account).await;
    for round in 0..4_u8 {
        let orders: Vec<_> = (0..8_u8)
            .map(|number| {
                let number = round * 8 + number;
                placing(&books.customer, number, transfer(&books, 1, &books.second))
            })
            .collect();
        let calls: Vec<_> = orders
            .iter()
            .map(|order| {
                let (bank, order) = (Arc::clone(&bank), order.clone());
                tokio::spawn(async move { bank.place(order).await })
            })
            .collect();
        drop(bank);
        fixture.close().await;
        let mut answered = Vec::new();
        for call in calls {
            answered.push(call.await.unwrap().ok());
        }
        bank = fixture.open().await;
        for (order, answered) in orders.iter().zip(answered) {
            let again = bank.place(order.clone()).await.unwrap();
            assert!(matches!(again, OrderState::Executed { .. }), "{again:?}");
            assert!(answered.is_none_or(|answered| answered == again));
            assert_eq!(outcomes(&*bank, order).await, [OutcomeKind::Executed]);
        }
    }
    let moved = before - booked(&*bank, &books.account).await;
    assert_eq!(moved, books.one.minor_units() * 32);
    fixture.close().await;
}

/// Whoever sees the event of an outcome may ask for the order's state at once, and gets that outcome: even before the
/// caller who placed the order has its answer.
pub async fn the_outcome_may_come_before_the_answer(fixture: &mut impl Fixture) {
    let (bank, books) = (fixture.open().await, fixture.books());
    let orders: Vec<_> = (0..20_u8)
        .map(|number| placing(&books.customer, number, transfer(&books, 1, &books.second)))
        .collect();
    let watching = tokio::spawn({
        let (bank, orders) = (Arc::clone(&bank), orders.clone());
        async move {
            let subject = SubjectId::from(&orders[0].customer);
            let mut seen = 0;
            while seen < orders.len() {
                let events = events(&*bank, &subject).await;
                for event in events.iter().skip(seen) {
                    let entry = &event.entry;
                    let outcome = Outcome::from_entry(&entry.kind, &entry.arguments);
                    let outcome = outcome.unwrap().unwrap();
                    let order = orders.iter().find(|order| order.intent == outcome.intent);
                    let state = state(&*bank, order.unwrap()).await;
                    assert!(matches!(state, OrderState::Executed { .. }), "{state:?}");
                }
                seen = events.len();
                tokio::task::yield_now().await;
            }
        }
    });
    let calls: Vec<_> = orders
        .iter()
        .map(|order| {
            let (bank, order) = (Arc::clone(&bank), order.clone());
            tokio::spawn(async move { bank.place(order).await.unwrap() })
        })
        .collect();
    for call in calls {
        call.await.unwrap();
    }
    let watched = tokio::time::timeout(Duration::from_secs(60), watching).await;
    watched.expect("every outcome is reported").unwrap();
    fixture.close().await;
}
