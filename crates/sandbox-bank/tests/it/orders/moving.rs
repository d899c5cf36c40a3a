//! Money between accounts here: booked on both sides at once, once.

use super::{NOON, Rig, crowns, date, here, intent, of, phone, transfer};
use core_bank::{CoreBank as _, CoreBankError, HeadsCursor, OrderState, Placing, entry_hash};
use order::{Order, Outcome, OutcomeKind};
use protocol::{Entry, EntryKind};
use types::{ErrorCode, Role, Sequence, SubjectId};

#[tokio::test]
async fn a_transfer_is_booked_on_both_sides_and_reported_to_who_ordered() {
    let rig = Rig::new().await;
    let state = rig
        .place("2", 1, transfer("a", crowns(300), here("c")))
        .await;
    let OrderState::Executed {
        bank_reference: Some(reference),
        date: day,
    } = state
    else {
        panic!("{state:?}")
    };
    assert_eq!(day, date("2026-03-25"));
    let booked = async |account| {
        let event = rig.of_account(account).await.pop().unwrap();
        (event.ordered_by.clone(), event.entry.booking.unwrap())
    };
    let (by, debit) = booked("a").await;
    assert_eq!(by, Some(of("2")));
    assert_eq!(
        (debit.amount, debit.number, debit.date),
        (crowns(-300), 2, day)
    );
    assert_eq!(debit.operation, "transfer_out");
    assert_eq!(debit.purpose.as_deref(), Some("rent"));
    assert_eq!(debit.counterparty_account.as_deref(), Some("c"));
    assert_eq!(debit.order, Some(intent(1).to_string()));
    assert_eq!(debit.bank_reference, Some(reference.clone()));

    let (by, credit) = booked("c").await;
    assert_eq!(by, None, "the creditor does not learn the id of the order");
    assert_eq!((credit.amount, credit.number), (crowns(300), 2));
    assert_eq!(credit.operation, "transfer_in");
    assert_eq!(credit.counterparty_account.as_deref(), Some("a"));
    assert_eq!(credit.order, None);
    assert_eq!(credit.bank_reference, Some(reference.clone()));
    assert_eq!(credit.transaction, debit.transaction);
    assert_eq!(rig.balances("a").await, (70_000, 70_000));
    assert_eq!(rig.balances("c").await, (130_000, 0));

    let mut events = rig.of_customer("2").await;
    assert_eq!(events.len(), 1);
    let event = events.pop().unwrap();
    assert_eq!(event.subject().unwrap().1, Sequence::FIRST);
    assert_eq!(event.holders, [(of("2"), Role::Owner)]);
    assert_eq!(event.entry.kind, EntryKind::OrderExecuted);
    let outcome = Outcome::from_entry(&event.entry.kind, &event.entry.arguments);
    let outcome = outcome.unwrap().unwrap();
    assert_eq!(
        (outcome.kind, outcome.intent),
        (OutcomeKind::Executed, intent(1))
    );
    assert_eq!(
        (outcome.date, outcome.bank_reference),
        (Some(day), Some(reference))
    );
    assert_eq!(rig.names_booking("2").await, rig.newest("a").await);
    assert!(rig.of_customer("3").await.is_empty());
}

#[tokio::test]
async fn an_authorised_holder_orders_and_the_owner_does_not_learn_the_orders_id() {
    let rig = Rig::new().await;
    rig.place("3", 1, transfer("j", crowns(5), here("c"))).await;
    let event = rig.of_account("j").await.pop().unwrap();
    assert_eq!(event.ordered_by, Some(of("3")));
    let order = |entry: &Entry| entry.booking.as_ref().unwrap().order.clone();
    assert_eq!(
        order(&event.entry_of(&of("3"))),
        Some(intent(1).to_string())
    );
    assert_eq!(order(&event.entry_of(&of("2"))), None);
    // Petr holds both accounts, so both entries name the order for him.
    let credit = rig.of_account("c").await.pop().unwrap();
    assert_eq!(
        order(&credit.entry_of(&of("3"))),
        Some(intent(1).to_string())
    );
    let history = rig
        .bank
        .history(&"j".parse().unwrap(), 0, 9, 9)
        .await
        .unwrap();
    assert!(history.entries.iter().all(|entry| order(entry).is_none()));
    assert_eq!(
        entry_hash(&event.entry),
        entry_hash(&event.entry_of(&of("2")))
    );
}

#[tokio::test]
async fn a_repeated_order_is_executed_once_and_answered_the_same() {
    let rig = Rig::new().await;
    let order = || transfer("a", crowns(300), here("b"));
    let first = rig.place("2", 1, order()).await;
    for _ in 0..3 {
        assert_eq!(rig.place("2", 1, order()).await, first);
    }
    assert_eq!(rig.state("2", 1).await, first);
    assert_eq!(rig.balances("a").await.0, 70_000);
    assert_eq!(rig.told("2").await, ["order.executed"]);
    // A refused order stays refused, even when it could be executed now.
    let refused = rig
        .place("2", 2, transfer("a", crowns(900), here("b")))
        .await;
    rig.bank
        .post(crate::order("more", "a", 1_000_000))
        .await
        .unwrap();
    let again = rig
        .place("2", 2, transfer("a", crowns(900), here("b")))
        .await;
    assert_eq!(again, refused);
    assert_eq!(rig.balances("a").await.0, 1_070_000);

    let other = Placing {
        customer: of("2"),
        device: phone(),
        intent: intent(1),
        order: Order::new(transfer("a", crowns(301), here("b"))).unwrap(),
        created: NOON,
    };
    let conflict = rig.bank.place(other).await.unwrap_err();
    assert!(matches!(conflict, CoreBankError::OrderConflict(id) if id == intent(1)));
    // The id is the customer's: another customer may use the same.
    let state = rig.place("3", 1, transfer("c", crowns(1), here("d"))).await;
    assert!(matches!(state, OrderState::Executed { .. }), "{state:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_order_that_is_placed_at_once_by_many_is_executed_once() {
    let rig = Rig::new().await;
    let placing = Placing {
        customer: of("2"),
        device: phone(),
        intent: intent(1),
        order: Order::new(transfer("a", crowns(1), here("b"))).unwrap(),
        created: NOON,
    };
    let placed = (0..20).map(|_| {
        let (bank, placing) = (rig.bank.clone(), placing.clone());
        tokio::spawn(async move { bank.place(placing).await.unwrap() })
    });
    let placed: Vec<_> = placed.collect();
    let mut states = Vec::new();
    for placed in placed {
        states.push(placed.await.unwrap());
    }
    assert!(states.iter().all(|state| *state == states[0]));
    assert_eq!(rig.balances("a").await.0, 99_900);
}

#[tokio::test]
async fn heads_and_snapshot_include_the_events_about_customers() {
    let rig = Rig::new().await;
    let before = rig.bank.heads(HeadsCursor::START, 100).await.unwrap();
    let none = rig.bank.snapshot(&of("2")).await.unwrap();
    assert_eq!(none.sequence, Sequence::ZERO);
    rig.place("2", 1, transfer("a", crowns(1), here("b"))).await;
    rig.place("2", 2, transfer("a", crowns(1), here("b"))).await;
    let heads = rig.bank.heads(before.next, 100).await.unwrap();
    let subjects: Vec<_> = heads
        .subjects
        .iter()
        .map(|head| head.subject.as_str())
        .collect();
    assert_eq!(subjects, ["account:a", "account:b", "customer:2"]);
    let newest = rig.of_customer("2").await.pop().unwrap();
    let head = heads.subjects.last().unwrap();
    assert_eq!(head.sequence, newest.subject().unwrap().1);
    assert_eq!(head.hash, entry_hash(&newest.entry));
    assert_eq!(head.holders, [of("2")]);
    assert_eq!((heads.next, heads.newest), (heads.newest, heads.next));
    let snapshot = rig.bank.snapshot(&of("2")).await.unwrap();
    assert_eq!(
        (snapshot.sequence, snapshot.hash),
        (head.sequence, head.hash)
    );
}

#[tokio::test]
async fn an_accounts_id_that_looks_like_a_customer_is_another_subject() {
    let rig = Rig::new().await;
    rig.bank
        .load_accounts(vec![crate::account("customer:2")])
        .await
        .unwrap();
    rig.place("2", 1, transfer("a", crowns(1), here("customer:2")))
        .await;
    assert_eq!(rig.told("2").await, ["order.executed"]);
    let account: types::AccountId = "customer:2".parse().unwrap();
    let events = rig.events(SubjectId::from(&account)).await;
    let kinds: Vec<_> = events
        .iter()
        .map(|event| event.entry.kind.as_str())
        .collect();
    assert_eq!(kinds, ["account.opened", "booked"]);
}

#[tokio::test]
async fn no_other_transaction_gets_an_orders_id() {
    let rig = Rig::new().await;
    rig.place("2", 1, transfer("a", crowns(1), here("b"))).await;
    let event = rig.of_account("a").await.pop().unwrap();
    let taken = event.entry.booking.unwrap().transaction;
    let refused = rig
        .bank
        .post(crate::order(taken.as_str(), "a", 5))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), ErrorCode::TransactionConflict);
}
