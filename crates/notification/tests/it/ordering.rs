//! What orders leave: the customer who ordered gets the order's outcome and its id, and nobody else does.

use crate::phone::Phone;
use crate::world::{World, until};
use core_bank::{CoreBank as _, OrderState, Placing};
use envelope::{ItemState, Section};
use notification::Notification;
use order::{Creditor, Order, OrderFields, OrderKind, Scheme};
use protocol::{Entry, EntryKind};
use types::{BusinessDate, CustomerId, DeviceId, IntentId, Money, Sequence, SubjectId, Time};

fn intent(number: u8) -> IntentId {
    IntentId::at(Time::from_ms(crate::world::START), [number; 10])
}

fn transfer(from: &str, to: &str) -> OrderFields {
    OrderFields {
        debit_account: Some(from.to_owned()),
        amount: Some(Money::new(5, "CZK".parse().unwrap())),
        creditor: Some(Creditor::new(Scheme::Account, to)),
        ..OrderFields::new(OrderKind::Transfer)
    }
}

async fn place(world: &World, customer: &str, number: u8, fields: OrderFields) -> OrderState {
    let placing = Placing {
        customer: customer.parse().unwrap(),
        device: DeviceId::at(Time::from_ms(crate::world::START), [0; 10]),
        intent: intent(number),
        order: Order::new(fields).unwrap(),
        created: Time::from_ms(1),
    };
    world.bank.bank.place(placing).await.unwrap()
}

/// Customers 1 and 2, enrolled. Both hold a; 2 holds b.
async fn begun() -> (World, Notification, Phone, Phone) {
    let world = World::new(2).await;
    let notification = world.open().await;
    world.customer("1").await;
    world.customer("2").await;
    world.account("a", &["1", "2"]).await;
    world.account("b", &["2"]).await;
    world.relay().await;
    let one = world.enrolled(&notification, "1").await;
    let two = world.enrolled(&notification, "2").await;
    (world, notification, one, two)
}

fn booked(phone: &Phone, account: &str) -> Vec<Entry> {
    let of = phone.entries.iter().filter(|entry| {
        let of = entry.account.as_ref().map(types::AccountId::as_str);
        entry.kind == EntryKind::Booked && of == Some(account)
    });
    of.cloned().collect()
}

fn order(entry: &Entry) -> Option<String> {
    entry.booking.as_ref().unwrap().order.clone()
}

fn about_customers(phone: &Phone) -> Vec<(String, u64)> {
    let subjects = phone
        .entries
        .iter()
        .filter_map(|entry| entry.subject.as_ref());
    subjects
        .filter(|(subject, _)| subject.customer().is_some())
        .map(|(subject, sequence)| (subject.to_string(), sequence.get()))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_orders_id_and_outcome_reach_the_customer_who_ordered_alone() {
    let (world, notification, mut one, mut two) = begun().await;
    let running = world.run(&notification);
    place(&world, "1", 1, transfer("a", "b")).await;
    world.relay().await;
    world.until_read(&mut one, "a", 4).await;
    world.until_read(&mut two, "a", 4).await;
    world.until_read(&mut two, "b", 3).await;
    until("the outcome", async || {
        one.sync(world.broker()).await;
        !about_customers(&one).is_empty()
    })
    .await;
    running.stop().await;
    two.sync(world.broker()).await;
    assert_eq!(about_customers(&one), [("customer:1".to_owned(), 1)]);
    assert_eq!(about_customers(&two), []);
    let id = intent(1).to_string();
    let (ones, twos) = (booked(&one, "a"), booked(&two, "a"));
    assert_eq!((order(&ones[0]), order(&twos[0])), (Some(id), None));
    assert_eq!(ones[0].without_order(), twos[0], "nothing else differs");
    assert!(twos[0].booking.as_ref().unwrap().bank_reference.is_some());
    assert_eq!(order(&booked(&two, "b")[0]), None);

    // The books and both channels agree, although the channels' entries differ.
    world.bank.bank.reopen().await.unwrap();
    notification.compare_now().await.unwrap();
    let contradicted = notification.contradicted_channels(None, 10).await.unwrap();
    assert!(contradicted.is_empty(), "{contradicted:?}");
    assert_eq!(notification.counters().entries, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_events_about_a_customer_are_found_by_the_comparison() {
    let (world, notification, mut one, _two) = begun().await;
    let running = world.run(&notification);
    place(&world, "1", 1, transfer("a", "b")).await;
    place(&world, "1", 2, transfer("a", "b")).await;
    world.lose().await;
    notification.compare_now().await.unwrap();
    until("both outcomes", async || {
        one.sync(world.broker()).await;
        about_customers(&one).len() == 2
    })
    .await;
    place(&world, "1", 3, transfer("a", "b")).await;
    world.lose().await;
    place(&world, "1", 4, transfer("a", "b")).await;
    // The gap is noticed by the next event.
    world.relay().await;
    until("all outcomes", async || {
        one.sync(world.broker()).await;
        about_customers(&one).len() == 4
    })
    .await;
    running.stop().await;
    let expected = [1, 2, 3, 4].map(|sequence| ("customer:1".to_owned(), sequence));
    assert_eq!(about_customers(&one), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_has_payees_standing_and_pending_orders_as_the_entries_say() {
    let (world, notification, mut one, _two) = begun().await;
    let later: BusinessDate = "2030-01-31".parse().unwrap();
    let payee = OrderFields {
        creditor: Some(Creditor::new(Scheme::Account, "b")),
        ..OrderFields::new(OrderKind::PayeeAdd)
    };
    let standing = OrderFields {
        kind: OrderKind::Standing,
        schedule: Some(order::Schedule {
            frequency: order::Frequency::Month,
            first: later,
            last: None,
        }),
        ..transfer("a", "b")
    };
    let dated = OrderFields {
        execution_date: Some(later),
        ..transfer("a", "b")
    };
    place(&world, "1", 1, payee).await;
    place(&world, "1", 2, standing).await;
    place(&world, "1", 3, dated).await;
    let customer: CustomerId = "1".parse().unwrap();
    let subject = SubjectId::from(&customer);
    let events = world
        .bank
        .bank
        .events_after(&subject, Sequence::ZERO, 9)
        .await
        .unwrap();
    let arguments = |kind: EntryKind| {
        let event = events.iter().find(|event| event.entry.kind == kind);
        event.unwrap().entry.arguments.clone()
    };

    let taken = one.ask_snapshot(&notification).await.unwrap();
    let items = one.items(&notification, &taken).await;
    let items: Vec<_> = items.into_iter().map(|(_, item)| item).collect();
    let sections: Vec<_> = items.iter().map(envelope::Item::section).collect();
    let expected = [
        Section::Customer,
        Section::Account,
        Section::Payee,
        Section::Standing,
        Section::Order,
    ];
    assert_eq!(sections, expected);
    let newest = events.last().unwrap().subject().unwrap().1;
    for item in items
        .iter()
        .filter(|item| item.section() != Section::Account)
    {
        assert_eq!(item.sequence, newest);
    }
    let states: Vec<_> = items[2..].iter().map(|item| item.state.clone()).collect();
    let expected = [
        ItemState::Payee(arguments(EntryKind::PayeeAdded)),
        ItemState::Standing(arguments(EntryKind::StandingCreated)),
        ItemState::Order(arguments(EntryKind::OrderPending)),
    ];
    assert_eq!(states, expected);
    assert_eq!(items[4].id, intent(3).to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_enrols_later_gets_the_events_after_its_snapshot() {
    let (world, notification, _one, _two) = begun().await;
    world.customer("3").await;
    world.account("c", &["3"]).await;
    place(&world, "3", 1, transfer("c", "b")).await;
    world.relay().await;
    let mut three = world.enrolled(&notification, "3").await;
    let running = world.run(&notification);
    place(&world, "3", 2, transfer("c", "b")).await;
    world.relay().await;
    until("the second outcome", async || {
        three.sync(world.broker()).await;
        !about_customers(&three).is_empty()
    })
    .await;
    running.stop().await;
    assert_eq!(about_customers(&three), [("customer:3".to_owned(), 2)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_whose_id_looks_like_a_customer_is_another_subject() {
    let (world, notification, mut one, _two) = begun().await;
    world.account("customer:1", &["1"]).await;
    let running = world.run(&notification);
    place(&world, "1", 1, transfer("a", "customer:1")).await;
    world.relay().await;
    world.until_read(&mut one, "customer:1", 3).await;
    until("the outcome", async || {
        one.sync(world.broker()).await;
        !about_customers(&one).is_empty()
    })
    .await;
    running.stop().await;
    assert_eq!(one.sequences("customer:1"), [2, 3]);
    assert_eq!(about_customers(&one), [("customer:1".to_owned(), 1)]);
}
