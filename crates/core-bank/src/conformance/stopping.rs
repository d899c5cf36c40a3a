//! A customer who stops everything.

use super::{Books, Fixture, amount, booked, cancel, events, outcomes, placing, state, transfer};
use crate::{CoreBank, CoreBankError, OrderState, Placing};
use order::{
    Creditor, Frequency, Order, OrderFields, OrderKind, Outcome, OutcomeKind, Reason, Schedule,
};
use std::sync::Arc;
use types::{AccountId, BalanceType, Money, SubjectId};

/// A transfer of ten units, so many days from today.
fn dated(fixture: &impl Fixture, books: &Books, number: u8, days: u32) -> Placing {
    let mut fields = transfer(books, 10, &books.foreign);
    fields.execution_date = fixture.today().plus_days(days);
    placing(&books.customer, number, fields)
}

/// A payment to another bank, which waits for clearing while its money is held.
fn cleared(books: &Books, number: u8) -> Placing {
    let fields = OrderFields {
        creditor: Some(books.costly.clone()),
        ..transfer(books, 10, &books.foreign)
    };
    placing(&books.customer, number, fields)
}

/// The available balance of an account, by its newest event that has one.
async fn available(bank: &dyn CoreBank, account: &AccountId) -> i64 {
    let events = events(bank, &SubjectId::from(account)).await;
    let balances = events.iter().rev().map(|event| &event.entry.balances);
    let mut available = balances.filter_map(|balances| balances.get(&BalanceType::Available));
    available.next().map_or(0, Money::minor_units)
}

/// Dated orders and orders whose money is held for clearing. What was executed stays.
pub async fn a_stop_cancels_what_waits_and_releases_it(fixture: &mut impl Fixture) {
    let (bank, books) = (fixture.open().await, fixture.books());
    let before = available(&*bank, &books.account).await;
    let executed = placing(&books.customer, 1, transfer(&books, 1, &books.foreign));
    let done = bank.place(executed.clone()).await.unwrap();
    let waiting = [dated(fixture, &books, 2, 3), cleared(&books, 3)];
    for order in &waiting {
        let placed = bank.place(order.clone()).await.unwrap();
        assert!(matches!(placed, OrderState::Pending { .. }), "{placed:?}");
    }
    let other = Placing {
        customer: books.other.clone(),
        order: Order::new(OrderFields {
            debit_account: Some(books.foreign.to_string()),
            creditor: transfer(&books, 10, &books.second).creditor,
            ..dated(fixture, &books, 2, 3).order.fields().clone()
        })
        .unwrap(),
        ..waiting[0].clone()
    };
    bank.place(other.clone()).await.unwrap();
    let one = books.one.minor_units();
    let held = available(&*bank, &books.account).await;
    assert!(held < before - 10 * one, "the second one is held");

    for _ in 0..2 {
        assert_eq!(bank.stop_orders(&books.customer, 7).await.unwrap(), 2);
    }
    for order in &waiting {
        assert_eq!(state(&*bank, order).await, OrderState::Cancelled);
        let told = [OutcomeKind::Pending, OutcomeKind::Cancelled];
        assert_eq!(outcomes(&*bank, order).await, told);
    }
    assert_eq!(state(&*bank, &executed).await, done);
    let after = available(&*bank, &books.account).await;
    assert_eq!(after, before - one, "nothing is held any more");
    fixture.pass_days(9).await;
    assert_eq!(booked(&*bank, &books.account).await, before - one);
    let others = state(&*bank, &other).await;
    assert!(matches!(others, OrderState::Executed { .. }), "{others:?}");
    let nobody = "nobody".parse().unwrap();
    let refused = bank.stop_orders(&nobody, 1).await.unwrap_err();
    let unknown = matches!(refused, CoreBankError::CustomerUnknown(_));
    assert!(unknown, "{refused:?}");
    fixture.close().await;
}

/// Every order is cancelled as soon as it is placed, and stays so after the stop has ended.
pub async fn nothing_is_executed_until_the_stop_ends(fixture: &mut impl Fixture) {
    let (bank, books) = (fixture.open().await, fixture.books());
    let before = booked(&*bank, &books.account).await;
    assert_eq!(bank.stop_orders(&books.customer, 1).await.unwrap(), 0);
    let payee = OrderFields {
        creditor: Some(Creditor {
            name: Some("Jana".to_owned()),
            ..transfer(&books, 1, &books.foreign).creditor.unwrap()
        }),
        ..OrderFields::new(OrderKind::PayeeAdd)
    };
    let transfer_now = placing(&books.customer, 1, transfer(&books, 1, &books.second));
    let orders = [
        transfer_now.clone(),
        dated(fixture, &books, 2, 2),
        placing(&books.customer, 3, payee),
        placing(&books.customer, 4, cancel(&transfer_now)),
    ];
    for order in &orders {
        for _ in 0..2 {
            let placed = bank.place(order.clone()).await.unwrap();
            assert_eq!(placed, OrderState::Cancelled);
        }
        assert_eq!(outcomes(&*bank, order).await, [OutcomeKind::Cancelled]);
    }
    assert_eq!(bank.stop_orders(&books.customer, 1).await.unwrap(), 4);
    bank.resume_orders(&books.customer, 2).await.unwrap();
    bank.resume_orders(&books.customer, 2).await.unwrap();
    fixture.pass_days(5).await;
    for order in &orders {
        let placed = bank.place(order.clone()).await.unwrap();
        assert_eq!(placed, OrderState::Cancelled, "it stays so");
    }
    assert_eq!(booked(&*bank, &books.account).await, before);
    let snapshot = bank.snapshot(&books.customer).await.unwrap();
    assert!(snapshot.payees.is_empty());

    let later = placing(&books.customer, 9, transfer(&books, 1, &books.second));
    let placed = bank.place(later).await.unwrap();
    assert!(matches!(placed, OrderState::Executed { .. }), "{placed:?}");
    fixture.close().await;
}

/// A payment that is due while everything is stopped is refused, and is not made up for. Later ones are made.
pub async fn a_standing_order_pauses(fixture: &mut impl Fixture) {
    let (bank, books) = (fixture.open().await, fixture.books());
    let before = booked(&*bank, &books.account).await;
    let schedule = Schedule {
        frequency: Frequency::Week,
        first: fixture.today().plus_days(1).unwrap(),
        last: None,
    };
    let fields = OrderFields {
        schedule: Some(schedule),
        kind: OrderKind::Standing,
        ..transfer(&books, 10, &books.foreign)
    };
    let standing = placing(&books.customer, 1, fields);
    bank.place(standing).await.unwrap();
    bank.stop_orders(&books.customer, 1).await.unwrap();
    fixture.pass_days(3).await;
    assert_eq!(booked(&*bank, &books.account).await, before);
    let snapshot = bank.snapshot(&books.customer).await.unwrap();
    assert_eq!(snapshot.standing.len(), 1, "it is still there");
    let told = events(&*bank, &SubjectId::from(&books.customer)).await;
    let refused = told.iter().filter_map(|event| {
        let entry = &event.entry;
        Outcome::from_entry(&entry.kind, &entry.arguments)?
            .unwrap()
            .reason
    });
    assert_eq!(refused.collect::<Vec<_>>(), [Reason::CustomerStopped]);
    bank.resume_orders(&books.customer, 2).await.unwrap();
    fixture.pass_days(1).await;
    assert_eq!(booked(&*bank, &books.account).await, before);
    fixture.pass_days(7).await;
    let moved = before - booked(&*bank, &books.account).await;
    assert_eq!(moved, amount(&books, 10).minor_units());
    fixture.close().await;
}

/// A call that was delayed changes nothing that a later one did.
pub async fn the_newest_number_decides(fixture: &mut impl Fixture) {
    let (bank, books) = (fixture.open().await, fixture.books());
    let place = async |number: u8| {
        let order = placing(&books.customer, number, transfer(&books, 1, &books.second));
        bank.place(order).await.unwrap()
    };
    bank.resume_orders(&books.customer, 2).await.unwrap();
    bank.stop_orders(&books.customer, 1).await.unwrap();
    assert!(matches!(place(1).await, OrderState::Executed { .. }));
    bank.stop_orders(&books.customer, 3).await.unwrap();
    bank.resume_orders(&books.customer, 2).await.unwrap();
    assert_eq!(place(2).await, OrderState::Cancelled);
    fixture.close().await;
}

/// Each has one outcome, and money moved for the executed ones alone.
pub async fn an_order_raced_by_a_stop_is_executed_or_cancelled(fixture: &mut impl Fixture) {
    let (bank, books) = (fixture.open().await, fixture.books());
    let before = booked(&*bank, &books.account).await;
    let orders: Vec<_> = (0..24_u8)
        .map(|number| placing(&books.customer, number, transfer(&books, 1, &books.second)))
        .collect();
    let place = |order: &Placing| {
        let (bank, order) = (Arc::clone(&bank), order.clone());
        tokio::spawn(async move { bank.place(order).await.unwrap() })
    };
    let first: Vec<_> = orders[..12].iter().map(place).collect();
    let stop = tokio::spawn({
        let (bank, customer) = (Arc::clone(&bank), books.customer.clone());
        async move { bank.stop_orders(&customer, 1).await.unwrap() }
    });
    let second: Vec<_> = orders[12..].iter().map(place).collect();
    stop.await.unwrap();
    let mut executed = 0;
    for (order, placed) in orders.iter().zip(first.into_iter().chain(second)) {
        let placed = placed.await.unwrap();
        assert_eq!(state(&*bank, order).await, placed);
        match placed {
            OrderState::Executed { .. } => {
                executed += 1;
                assert_eq!(outcomes(&*bank, order).await, [OutcomeKind::Executed]);
            }
            OrderState::Cancelled => {
                assert_eq!(outcomes(&*bank, order).await, [OutcomeKind::Cancelled]);
            }
            other => panic!("{:?}: {other:?}", order.intent),
        }
    }
    let stopped = bank.stop_orders(&books.customer, 1).await.unwrap();
    assert_eq!(stopped + executed, 24);
    let moved = before - booked(&*bank, &books.account).await;
    assert_eq!(
        moved,
        books.one.minor_units() * i64::try_from(executed).unwrap()
    );
    fixture.close().await;
}

/// A bank that was restarted still executes nothing.
pub async fn a_restart_keeps_the_stop(fixture: &mut impl Fixture) {
    let (bank, books) = (fixture.open().await, fixture.books());
    let waiting = dated(fixture, &books, 1, 2);
    bank.place(waiting.clone()).await.unwrap();
    bank.stop_orders(&books.customer, 1).await.unwrap();
    drop(bank);
    fixture.close().await;
    let bank = fixture.open().await;
    let order = placing(&books.customer, 2, transfer(&books, 1, &books.second));
    assert_eq!(bank.place(order).await.unwrap(), OrderState::Cancelled);
    fixture.pass_days(4).await;
    assert_eq!(state(&*bank, &waiting).await, OrderState::Cancelled);
    assert_eq!(bank.stop_orders(&books.customer, 1).await.unwrap(), 2);
    fixture.close().await;
}
