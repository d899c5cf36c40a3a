//! The first grant: the start of a customer's channel, whatever is committed meanwhile; and refused grants.

use crate::world::{World, range};
use envelope::{DeviceStatement, Signer as _, SoftwareKey};
use notification::{Failure, GrantRefused};
use protocol::EntryKind;
use std::sync::atomic::Ordering;
use types::DeviceId;

#[tokio::test(flavor = "multi_thread")]
async fn events_committed_after_the_snapshot_was_read_wait_and_follow() {
    let world = World::new(1).await;
    let notification = world.open().await;
    world.customer("1").await;
    world.customer("2").await;
    world.account("a", &["1", "2"]).await;
    world.account("b", &[]).await;
    let mut two = world.enrolled(&notification, "2").await;
    let events = world.events.clone();
    let running = world.run_settled(&notification, events).await;
    let mut one = world.phone(&notification, "1").await;
    world.bank.snapshots.arm();
    let (granting, statement) = (notification.clone(), one.statement.clone());
    let granted = tokio::spawn(async move { granting.grant(&statement).await.unwrap() });
    world.bank.snapshots.wait_for_arrival().await;
    world.post_many("a", 5).await;
    world.hold("b", "1").await;
    world.post("b", "t").await;
    world.relay().await;
    // A customer whose channel is ready does not wait.
    world.until_read(&mut two, "a", 8).await;
    world.bank.snapshots.open();
    let granted = granted.await.unwrap();
    one.take_grant(&granted.grant);
    one.epoch = Some(granted.epoch);
    world.until_read(&mut one, "a", 8).await;
    world.until_read(&mut one, "b", 3).await;
    running.stop().await;
    assert_eq!(one.sequences("a"), range(4, 8));
    assert_eq!(one.sequences("b"), range(2, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_lost_while_the_snapshot_is_read_is_found_later() {
    let world = World::new(1).await;
    let notification = world.open().await;
    world.customer("1").await;
    world.account("a", &["1"]).await;
    let mut one = world.phone(&notification, "1").await;
    world.bank.snapshots.arm();
    let (granting, statement) = (notification.clone(), one.statement.clone());
    let granted = tokio::spawn(async move { granting.grant(&statement).await.unwrap() });
    world.bank.snapshots.wait_for_arrival().await;
    world.post("a", "lost").await;
    world.lose().await;
    // The comparison finds the event while the channel cannot accept it.
    world.bank.no_snapshots.store(true, Ordering::SeqCst);
    assert!(notification.compare_now().await.is_err());
    world.bank.no_snapshots.store(false, Ordering::SeqCst);
    world.bank.snapshots.open();
    let granted = granted.await.unwrap();
    one.take_grant(&granted.grant);
    one.epoch = Some(granted.epoch);
    notification.compare_now().await.unwrap();
    let running = world.run(&notification);
    world.until_read(&mut one, "a", 3).await;
    running.stop().await;
    assert_eq!(one.sequences("a"), [3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_first_grant_continues() {
    let world = World::new(1).await;
    let notification = world.open().await;
    world.customer("1").await;
    world.account("a", &["1"]).await;
    let mut one = world.phone(&notification, "1").await;
    world.bank.down.store(true, Ordering::SeqCst);
    let refused = notification.grant(&one.statement).await.unwrap_err();
    assert!(
        matches!(refused, GrantRefused::Failed(Failure::CoreBank(_))),
        "{refused}"
    );
    let running = world.run(&notification);
    world.post_many("a", 3).await;
    world.relay().await;
    world.bank.down.store(false, Ordering::SeqCst);
    one.enrol(&notification).await;
    world.post("a", "after").await;
    world.relay().await;
    world.until_read(&mut one, "a", 6).await;
    running.stop().await;
    // The earlier events may be in the snapshot or in the channel, depending on timing. None is missing.
    let sequences = one.sequences("a");
    let (account, history) = one.snapshot(&notification).await.swap_remove(0);
    assert_eq!((account.sequence.get(), history.len()), (6, 4));
    assert_eq!(sequences, range(sequences[0], 6));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_request_returns_the_same_grant_and_changes_nothing() {
    let world = World::new(1).await;
    let notification = world.open().await;
    world.customer("1").await;
    let mut one = world.phone(&notification, "1").await;
    let first = notification.grant(&one.statement).await.unwrap();
    world.advance(1_000);
    assert_eq!(notification.grant(&one.statement).await.unwrap(), first);
    drop(notification);
    let notification = world.open().await;
    assert_eq!(notification.grant(&one.statement).await.unwrap(), first);
    // The comparison with ciam, which knows the statement, changes nothing either.
    notification.compare_now().await.unwrap();
    assert_eq!(notification.grant(&one.statement).await.unwrap(), first);
    let mut other = world.enrolled(&notification, "1").await;
    let running = world.run(&notification);
    one.enrol(&notification).await;
    for phone in [&mut one, &mut other] {
        let all = async |phone: &mut crate::phone::Phone| {
            phone.sync(world.broker()).await;
            phone.count(EntryKind::DeviceAdded) == 2
        };
        crate::world::until("both devices", async || all(phone).await).await;
        assert_eq!(
            phone.entries.len(),
            2,
            "one entry for each device, seen by both"
        );
    }
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_comparison_grants_a_device_that_ciam_knows() {
    let world = World::new(1).await;
    let notification = world.open().await;
    world.customer("1").await;
    let mut one = world.phone(&notification, "1").await;
    notification.compare_now().await.unwrap();
    let granted = notification.grant(&one.statement).await.unwrap();
    assert_eq!(
        granted.position.number.get(),
        1,
        "the device's entry is there already"
    );
    one.take_grant(&granted.grant);
}

#[tokio::test(flavor = "multi_thread")]
async fn foreign_and_contradicting_statements_are_refused() {
    let world = World::new(1).await;
    let notification = world.open().await;
    for customer in ["1", "2"] {
        world.customer(customer).await;
    }
    let one = world.enrolled(&notification, "1").await;
    let stated = DeviceStatement::verify(&one.statement, &one.trust).unwrap();
    let refuse = async |statement: &DeviceStatement, key: &SoftwareKey| {
        let statement = statement.sign(key).unwrap();
        notification.grant(&statement).await.unwrap_err()
    };
    let thief = SoftwareKey::from_bytes(&rand::random()).unwrap();
    let refused = refuse(&stated, &thief).await;
    assert!(matches!(refused, GrantRefused::Statement(_)), "{refused}");
    let contradictions = [
        DeviceStatement {
            channel: crate::world::channel_of("3"),
            ..stated.clone()
        },
        DeviceStatement {
            customer: "2".parse().unwrap(),
            ..stated.clone()
        },
        DeviceStatement {
            agreement: *thief.public_key(),
            ..stated.clone()
        },
    ];
    for contradiction in contradictions {
        let refused = refuse(&contradiction, &world.device_key).await;
        assert!(matches!(refused, GrantRefused::Contradiction), "{refused}");
    }
    for _ in 1..64 {
        world.enrolled(&notification, "1").await;
    }
    let beyond = DeviceStatement {
        device: DeviceId::at(world.now(), rand::random()),
        ..stated
    };
    let refused = refuse(&beyond, &world.device_key).await;
    assert!(matches!(refused, GrantRefused::TooManyDevices), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_holder_who_left_before_the_first_grant_gets_no_event() {
    let world = World::new(1).await;
    let notification = world.open().await;
    world.customer("1").await;
    world.account("a", &["1"]).await;
    world.account("b", &["1"]).await;
    world.post_many("a", 3).await;
    // All of this ends before anybody is enrolled. Only the leaving event is still to be delivered.
    world.lose().await;
    let running = world.run_settled(&notification, world.events.clone()).await;
    let left = world
        .bank
        .bank
        .remove_holder("a".parse().unwrap(), "1".parse().unwrap());
    left.await.unwrap();
    let mut one = world.enrolled(&notification, "1").await;
    world.relay().await;
    world.post("b", "after it").await;
    world.relay().await;
    world.until_read(&mut one, "b", 3).await;
    notification.compare_now().await.unwrap();
    crate::world::until("everything", async || notification.is_published()).await;
    one.sync(world.broker()).await;
    running.stop().await;
    assert_eq!(one.sequences("a"), [0_u64; 0]);
}
