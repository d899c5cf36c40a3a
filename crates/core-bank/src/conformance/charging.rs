//! What payments cost beside their amounts.

use super::{Fixture, ORDERED, amount, booked, events, placing, transfer};
use crate::OrderState;
use order::{Order, OrderFields, Reason, fee_of};
use types::{Money, SubjectId};

/// A payment costs the fee of the schedule, once. Only the payment's entry names the order.
pub async fn a_payment_costs_what_the_schedule_says(fixture: &mut impl Fixture) {
    let (bank, books) = (fixture.open().await, fixture.books());
    let before = booked(&*bank, &books.account).await;
    let fields = OrderFields {
        creditor: Some(books.costly.clone()),
        ..transfer(&books, 10, &books.second)
    };
    let order = placing(&books.customer, 1, fields);
    let schedule = bank.fees().await.unwrap();
    let fee = fee_of(&schedule, &order.order, ORDERED);
    let fee = fee.expect("payments to this creditor cost a fee");
    for _ in 0..2 {
        bank.place(order.clone()).await.unwrap();
    }
    // Long enough for any clearing.
    fixture.pass_days(7).await;
    let state = bank.place(order.clone()).await.unwrap();
    assert!(matches!(state, OrderState::Executed { .. }), "{state:?}");
    let paid = amount(&books, 10);
    let total = paid.checked_add(&fee).unwrap();
    let moved = before - booked(&*bank, &books.account).await;
    assert_eq!(moved, total.minor_units());
    let events = events(&*bank, &SubjectId::from(&books.account)).await;
    let bookings = events
        .iter()
        .filter_map(|event| event.entry.booking.as_ref());
    let of_order = bookings.filter(|booking| booking.order == Some(order.intent.to_string()));
    let of_order: Vec<Money> = of_order.map(|booking| booking.amount).collect();
    assert_eq!(of_order, [paid.checked_neg().unwrap()]);
    fixture.close().await;
}

/// Amount and fee are charged together or not at all.
pub async fn without_the_funds_for_the_fee_nothing_moves(fixture: &mut impl Fixture) {
    let (bank, books) = (fixture.open().await, fixture.books());
    let before = events(&*bank, &SubjectId::from(&books.account)).await;
    let fields = OrderFields {
        creditor: Some(books.costly.clone()),
        ..transfer(&books, 1_000, &books.second)
    };
    let order = placing(&books.customer, 1, fields);
    let free = Order::new(transfer(&books, 1_000, &books.second)).unwrap();
    assert_eq!(fee_of(&bank.fees().await.unwrap(), &free, ORDERED), None);
    let refused = OrderState::Refused(Reason::InsufficientFunds);
    assert_eq!(bank.place(order).await.unwrap(), refused);
    fixture.pass_days(7).await;
    let after = events(&*bank, &SubjectId::from(&books.account)).await;
    assert_eq!(after, before);
    fixture.close().await;
}
