//! What is stored, for how long, and what is destroyed.

use crate::engine::bytes;
use crate::tables::{actions, count};
use crate::world::{DAY_MS, World, range, until};
use notification::StatementRefused;

const MINUTE_MS: u64 = 60_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_the_broker_refuses_delays_no_other() {
    let mut world = World::new(1).await;
    world.settings.kept_ms = 1_000;
    let notification = world.open().await;
    for (customer, account) in [("1", "a"), ("2", "b")] {
        world.customer(customer).await;
        world.account(account, &[customer]).await;
    }
    let one = world.enrolled(&notification, "1").await;
    let mut two = world.enrolled(&notification, "2").await;
    *world.messages.faults.refused.lock().unwrap() = Some(one.channel);
    let running = world.run_settled(&notification, world.events.clone()).await;
    world.post_many("a", 3).await;
    world.post_many("b", 3).await;
    world.relay().await;
    world.until_read(&mut two, "b", 5).await;
    until("the numbering", async || {
        notification.counters().entries == 6
    })
    .await;
    until("the broker's progress in the tables", async || {
        count(&world, "SELECT COUNT(*) FROM channel WHERE sent < number") == 1
    })
    .await;
    let of = |phone: &crate::phone::Phone| {
        let channel = bytes(phone.channel.as_bytes());
        count(
            &world,
            &format!("SELECT COUNT(*) FROM outgoing WHERE channel = {channel}"),
        )
    };
    // One comparison stores the state. Ten minutes later the alarm is raised, and a second after that the other
    // channel's messages are deleted.
    for ms in [0, 10 * MINUTE_MS, 2_000, 2_000] {
        world.advance(ms);
        let _the_broker_refuses = notification.compare_now().await;
    }
    assert_eq!(of(&two), 0, "accepted messages are deleted");
    assert_eq!(of(&one), 4, "refused messages are kept");
    assert_eq!(count(&world, "SELECT COUNT(*) FROM stuck"), 1);

    // After the broker accepts them, they are kept as long as all others.
    *world.messages.faults.refused.lock().unwrap() = None;
    notification.compare_now().await.unwrap();
    until("the acknowledgement", async || {
        let newest = world.broker().head(one.channel).await.unwrap();
        newest.position.number.get() == 4 && notification.is_published()
    })
    .await;
    until("the note of it", async || {
        notification.compare_now().await.unwrap();
        count(&world, "SELECT COUNT(*) FROM stuck WHERE taken_ms IS NULL") == 0
    })
    .await;
    assert_eq!(of(&one), 4);
    for ms in [2_000, 0] {
        world.advance(ms);
        notification.compare_now().await.unwrap();
    }
    assert_eq!(of(&one), 0);
    running.stop().await;
    assert_eq!(two.sequences("b"), range(3, 5));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_cannot_be_signed_leaves_nothing_behind() {
    let world = World::new(1).await;
    let notification = world.open().await;
    world.customer("1").await;
    let mut one = world.enrolled(&notification, "1").await;
    one.checkpoint(&notification).await;
    let stated = || count(&world, "SELECT stated_ms FROM channel");
    let before = stated();
    // Beyond the validity of all keys.
    world.advance(200 * DAY_MS);
    let refused = one.ask_for_checkpoint(&notification).await.unwrap_err();
    assert!(matches!(refused, StatementRefused::Failed(_)), "{refused}");
    assert_eq!(stated(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_of_an_epoch_is_destroyed_when_its_last_message_is_trimmed() {
    let world = World::new(1).await;
    let notification = world.open().await;
    world.customer("1").await;
    let one = world.enrolled(&notification, "1").await;
    let other = world.enrolled(&notification, "1").await;
    world.revoke(&notification, &other).await;
    let kept = || count(&world, "SELECT COUNT(*) FROM message_key");
    let retention = world.settings.retention_ms;
    notification.compare_now().await.unwrap();
    assert_eq!(kept(), 2);
    world.advance(retention - 1);
    let _no_keys_to_sign_with = notification.compare_now().await;
    assert_eq!(kept(), 2, "its last message is still stored");
    world.advance(1);
    let _no_keys_to_sign_with = notification.compare_now().await;
    assert_eq!(kept(), 1);
    assert_eq!(
        count(&world, "SELECT MIN(epoch) FROM device_grant"),
        count(&world, "SELECT epoch FROM message_key"),
        "the grants of it are gone, too"
    );
    let destroyed = |action: &&String| *action == "message_keys.destroyed";
    assert_eq!(actions(&world).iter().filter(destroyed).count(), 1);
    drop(one);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_customer_leaves_no_key_and_can_enrol_again() {
    let world = World::new(1).await;
    let notification = world.open().await;
    for (customer, account) in [("1", "a"), ("2", "b")] {
        world.customer(customer).await;
        world.account(account, &[customer]).await;
    }
    let mut one = world.enrolled(&notification, "1").await;
    let mut two = world.enrolled(&notification, "2").await;
    let running = world.run_settled(&notification, world.events.clone()).await;
    world.post("a", "before").await;
    world.relay().await;
    world.until_read(&mut one, "a", 3).await;
    let customer = one.customer.clone();
    assert_eq!(
        notification.erase(&customer).await.unwrap(),
        Some(one.channel)
    );
    assert_eq!(notification.erase(&customer).await.unwrap(), None);
    let refused = one.ask_for_checkpoint(&notification).await.unwrap_err();
    assert!(matches!(refused, StatementRefused::ChannelUnknown));
    assert_eq!(count(&world, "SELECT COUNT(*) FROM message_key"), 1);

    // Later events of the erased customer reach nobody, and the other customers go on.
    world.post("a", "after").await;
    world.post("b", "after, too").await;
    world.relay().await;
    world.until_read(&mut two, "b", 3).await;
    running.stop().await;
    assert_eq!(notification.counters().entries, 2);
}
