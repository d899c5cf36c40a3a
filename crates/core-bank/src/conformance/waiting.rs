//! Orders that wait for their day, and their cancellation.

use super::{Books, Fixture, booked, cancel, outcomes, placing, state, transfer};
use crate::{OrderState, Placing, Target};
use order::{OrderKind, OutcomeKind, Reason};

/// A transfer of ten units, so many days from today.
fn dated(fixture: &impl Fixture, books: &Books, number: u8, days: u32) -> Placing {
    let mut fields = transfer(books, 10, &books.foreign);
    fields.execution_date = fixture.today().plus_days(days);
    placing(&books.customer, number, fields)
}

/// It is pending until then, and repeating it changes nothing.
pub async fn a_dated_order_is_executed_on_its_day(fixture: &mut impl Fixture) {
    let (bank, books) = (fixture.open().await, fixture.books());
    let before = booked(&*bank, &books.account).await;
    let order = dated(fixture, &books, 1, 3);
    let date = order.order.execution_date();
    let pending = OrderState::Pending { date };
    assert_eq!(bank.place(order.clone()).await.unwrap(), pending);
    fixture.pass_days(2).await;
    assert_eq!(bank.place(order.clone()).await.unwrap(), pending);
    assert_eq!(booked(&*bank, &books.account).await, before);
    fixture.pass_days(1).await;
    let done = state(&*bank, &order).await;
    let OrderState::Executed { date: executed, .. } = done else {
        panic!("its day has come: {done:?}")
    };
    assert_eq!(Some(executed), date);
    fixture.pass_days(9).await;
    assert_eq!(bank.place(order.clone()).await.unwrap(), done);
    let moved = before - booked(&*bank, &books.account).await;
    assert_eq!(moved, books.one.minor_units() * 10);
    let told = [OutcomeKind::Pending, OutcomeKind::Executed];
    assert_eq!(outcomes(&*bank, &order).await, told);
    fixture.close().await;
}

/// The cancellation is an order of its own, with its own outcome.
pub async fn a_cancelled_order_is_never_executed(fixture: &mut impl Fixture) {
    let (bank, books) = (fixture.open().await, fixture.books());
    let before = booked(&*bank, &books.account).await;
    let order = dated(fixture, &books, 1, 3);
    bank.place(order.clone()).await.unwrap();
    let target = order.intent.to_string();
    let found = bank
        .target(&books.customer, OrderKind::Cancel, &target)
        .await
        .unwrap();
    assert_eq!(found, Target::Active(order.order.clone()));
    let foreign = bank.target(&books.other, OrderKind::Cancel, &target).await;
    assert_eq!(foreign.unwrap(), Target::Unknown);
    let stranger = placing(&books.other, 2, cancel(&order));
    let refused = OrderState::Refused(Reason::TargetUnknown);
    assert_eq!(bank.place(stranger).await.unwrap(), refused);

    let undo = placing(&books.customer, 2, cancel(&order));
    for _ in 0..2 {
        let undone = bank.place(undo.clone()).await.unwrap();
        assert!(matches!(undone, OrderState::Executed { .. }), "{undone:?}");
    }
    assert_eq!(state(&*bank, &order).await, OrderState::Cancelled);
    let found = bank
        .target(&books.customer, OrderKind::Cancel, &target)
        .await
        .unwrap();
    assert_eq!(found, Target::Done(OutcomeKind::Cancelled));
    fixture.pass_days(5).await;
    assert_eq!(
        bank.place(order.clone()).await.unwrap(),
        OrderState::Cancelled
    );
    assert_eq!(booked(&*bank, &books.account).await, before);
    let told = [OutcomeKind::Pending, OutcomeKind::Cancelled];
    assert_eq!(outcomes(&*bank, &order).await, told);
    fixture.close().await;
}

/// What is executed stays executed.
pub async fn a_cancellation_may_come_too_late(fixture: &mut impl Fixture) {
    let (bank, books) = (fixture.open().await, fixture.books());
    let order = dated(fixture, &books, 1, 1);
    bank.place(order.clone()).await.unwrap();
    fixture.pass_days(1).await;
    let undo = placing(&books.customer, 2, cancel(&order));
    let late = OrderState::Refused(Reason::TooLate);
    assert_eq!(bank.place(undo).await.unwrap(), late);
    assert!(matches!(
        state(&*bank, &order).await,
        OrderState::Executed { .. }
    ));
    fixture.close().await;
}

/// A bank that was away on the day executes the order once when it is back.
pub async fn what_was_missed_is_done_after_a_restart(fixture: &mut impl Fixture) {
    let (bank, books) = (fixture.open().await, fixture.books());
    let before = booked(&*bank, &books.account).await;
    let order = dated(fixture, &books, 1, 2);
    bank.place(order.clone()).await.unwrap();
    drop(bank);
    fixture.close().await;
    let bank = fixture.open().await;
    fixture.pass_days(4).await;
    fixture.pass_days(1).await;
    assert!(matches!(
        state(&*bank, &order).await,
        OrderState::Executed { .. }
    ));
    let moved = before - booked(&*bank, &books.account).await;
    assert_eq!(moved, books.one.minor_units() * 10);
    fixture.close().await;
}
