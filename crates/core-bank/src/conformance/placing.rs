//! An order is executed once or refused once.

use super::{Fixture, booked, cancel, intent, outcomes, placing, state, transfer};
use crate::{CoreBankError, OrderState};
use order::{OrderFields, OrderKind, OutcomeKind, Reason};
use std::sync::Arc;

/// The same order again is answered with its state and changes nothing.
pub async fn an_order_is_executed_once(fixture: &mut impl Fixture) {
    let (bank, books) = (fixture.open().await, fixture.books());
    let before = booked(&*bank, &books.account).await;
    let order = placing(&books.customer, 1, transfer(&books, 10, &books.foreign));
    let first = bank.place(order.clone()).await.unwrap();
    let OrderState::Executed { date, .. } = first else {
        panic!("a transfer here is executed at once, not {first:?}")
    };
    assert_eq!(date, fixture.today());
    for _ in 0..3 {
        assert_eq!(bank.place(order.clone()).await.unwrap(), first);
    }
    assert_eq!(state(&*bank, &order).await, first);
    let moved = before - booked(&*bank, &books.account).await;
    assert_eq!(moved, books.one.minor_units() * 10);
    assert_eq!(outcomes(&*bank, &order).await, [OutcomeKind::Executed]);
    fixture.close().await;
}

/// Equal calls at the same time execute the order once, and all get its state.
pub async fn one_of_many_equal_calls_executes_it(fixture: &mut impl Fixture) {
    let (bank, books) = (fixture.open().await, fixture.books());
    let before = booked(&*bank, &books.account).await;
    let order = placing(&books.customer, 1, transfer(&books, 10, &books.second));
    let calls: Vec<_> = (0..16)
        .map(|_| {
            let (bank, order) = (Arc::clone(&bank), order.clone());
            tokio::spawn(async move { bank.place(order).await.unwrap() })
        })
        .collect();
    for call in calls {
        assert!(matches!(call.await.unwrap(), OrderState::Executed { .. }));
    }
    let moved = before - booked(&*bank, &books.account).await;
    assert_eq!(moved, books.one.minor_units() * 10);
    assert_eq!(outcomes(&*bank, &order).await, [OutcomeKind::Executed]);
    fixture.close().await;
}

/// An id stands for one order.
pub async fn another_order_with_the_id_is_refused(fixture: &mut impl Fixture) {
    let (bank, books) = (fixture.open().await, fixture.books());
    let order = placing(&books.customer, 1, transfer(&books, 10, &books.second));
    let first = bank.place(order.clone()).await.unwrap();
    let after = booked(&*bank, &books.account).await;
    let others = [
        transfer(&books, 11, &books.second),
        transfer(&books, 10, &books.foreign),
        cancel(&order),
    ];
    for other in others {
        let refused = bank.place(placing(&books.customer, 1, other)).await;
        let refused = refused.unwrap_err();
        assert!(
            matches!(refused, CoreBankError::OrderConflict(id) if id == intent(1)),
            "{refused}"
        );
    }
    assert_eq!(booked(&*bank, &books.account).await, after);
    assert_eq!(state(&*bank, &order).await, first);
    fixture.close().await;
}

/// A refusal is an outcome. It stays when the cause has gone.
pub async fn a_refused_order_stays_refused(fixture: &mut impl Fixture) {
    let (bank, books) = (fixture.open().await, fixture.books());
    let order = placing(&books.customer, 1, transfer(&books, 1_001, &books.second));
    let refused = OrderState::Refused(Reason::InsufficientFunds);
    assert_eq!(bank.place(order.clone()).await.unwrap(), refused);
    let mut back = transfer(&books, 500, &books.account);
    back.debit_account = Some(books.second.to_string());
    let more = placing(&books.customer, 2, back);
    assert!(matches!(
        bank.place(more).await.unwrap(),
        OrderState::Executed { .. }
    ));
    assert_eq!(bank.place(order.clone()).await.unwrap(), refused);
    assert_eq!(outcomes(&*bank, &order).await, [OutcomeKind::Refused]);
    fixture.close().await;
}

/// Two customers may use the same id.
pub async fn ids_are_each_customers_own(fixture: &mut impl Fixture) {
    let (bank, books) = (fixture.open().await, fixture.books());
    let one = placing(&books.customer, 1, transfer(&books, 1, &books.foreign));
    let mut fields = transfer(&books, 2, &books.account);
    fields.debit_account = Some(books.foreign.to_string());
    let other = placing(&books.other, 1, fields);
    bank.place(one.clone()).await.unwrap();
    assert_eq!(
        bank.order_state(&books.other, intent(1)).await.unwrap(),
        None
    );
    bank.place(other.clone()).await.unwrap();
    assert_ne!(
        state(&*bank, &one).await,
        state(&*bank, &other).await,
        "the bank's references differ"
    );
    assert_eq!(outcomes(&*bank, &other).await, [OutcomeKind::Executed]);
    fixture.close().await;
}

/// Orders placed at the same time are each executed, whatever becomes of the others.
pub async fn orders_are_independent(fixture: &mut impl Fixture) {
    let (bank, books) = (fixture.open().await, fixture.books());
    let before = booked(&*bank, &books.account).await;
    let orders: Vec<_> = (0..30_u8)
        .map(|number| {
            let units = if number % 3 == 0 { 5_000 } else { 1 };
            placing(
                &books.customer,
                number,
                transfer(&books, units, &books.second),
            )
        })
        .collect();
    let calls: Vec<_> = orders
        .iter()
        .map(|order| {
            let (bank, order) = (Arc::clone(&bank), order.clone());
            tokio::spawn(async move { bank.place(order).await.unwrap() })
        })
        .collect();
    let mut executed = 0;
    for call in calls {
        executed += i64::from(matches!(call.await.unwrap(), OrderState::Executed { .. }));
    }
    assert_eq!(executed, 20);
    let moved = before - booked(&*bank, &books.account).await;
    assert_eq!(moved, books.one.minor_units() * 20);
    fixture.close().await;
}

/// An order that was never placed is not confused with a pending one.
pub async fn an_unknown_order_has_no_state(fixture: &mut impl Fixture) {
    let (bank, books) = (fixture.open().await, fixture.books());
    let state = bank.order_state(&books.customer, intent(9)).await;
    assert_eq!(state.unwrap(), None);
    fixture.close().await;
}

/// Examining an order places nothing, and says what placing it will say, but for the funds.
pub async fn what_speaks_against_an_order_is_known_before_it_is_placed(fixture: &mut impl Fixture) {
    let (bank, books) = (fixture.open().await, fixture.books());
    let nowhere = "no-such-account".parse().unwrap();
    let good = transfer(&books, 10, &books.second);
    let from_another = OrderFields {
        debit_account: Some(books.foreign.to_string()),
        ..good.clone()
    };
    let in_the_past = OrderFields {
        execution_date: Some("2020-01-01".parse().unwrap()),
        ..good.clone()
    };
    let to_nobody = transfer(&books, 10, &nowhere);
    let add_nobody = OrderFields {
        creditor: to_nobody.creditor.clone(),
        ..OrderFields::new(OrderKind::PayeeAdd)
    };
    let refused = [
        (to_nobody, Reason::CreditorUnknown),
        (transfer(&books, 10, &books.account), Reason::SameAccount),
        (from_another, Reason::AccountUnknown),
        (in_the_past, Reason::DateInPast),
        (add_nobody, Reason::CreditorUnknown),
    ];
    for (number, (fields, reason)) in (1..).zip(refused) {
        let order = placing(&books.customer, number, fields);
        let examined = bank.examine(&books.customer, &order.order).await;
        assert_eq!(examined.unwrap(), Some(reason.clone()));
        let state = bank.order_state(&books.customer, order.intent).await;
        assert_eq!(state.unwrap(), None, "nothing is placed");
        let placed = bank.place(order).await.unwrap();
        assert_eq!(placed, OrderState::Refused(reason));
    }
    let beyond_funds = transfer(&books, 1_001, &books.second);
    let before = booked(&*bank, &books.account).await;
    for fields in [good, beyond_funds] {
        let order = placing(&books.customer, 100, fields).order;
        let examined = bank.examine(&books.customer, &order).await;
        assert_eq!(examined.unwrap(), None);
    }
    assert_eq!(booked(&*bank, &books.account).await, before);
    fixture.close().await;
}
