//! Checkpoints, and the trust list.

use crate::engine::hold_writer;
use crate::world::{DAY_MS, START, World};
use envelope::{Judgement, Purpose, TrustError};
use notification::{Failure, StatementRefused, TrustRefused};
use protocol::http::CheckpointRequest;
use types::{Hash, Nonce, Number, Time};

#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_shows_whether_a_device_is_complete() {
    let world = World::new(1).await;
    let notification = world.open().await;
    world.customer("1").await;
    world.account("a", &["1"]).await;
    let mut one = world.enrolled(&notification, "1").await;
    let running = world.run(&notification);
    world.post_many("a", 2).await;
    world.relay().await;
    world.until_read(&mut one, "a", 4).await;
    assert_eq!(one.judge(&notification).await, Judgement::Complete);
    let (complete, head) = (one.head, one.head);
    world.post("a", "more").await;
    world.relay().await;
    world.until_read(&mut one, "a", 5).await;
    running.stop().await;
    one.head = complete;
    assert_eq!(one.judge(&notification).await, Judgement::Withheld);
    one.head.number = one.head.number.next();
    one.head.hash = Hash::of(b"another");
    assert_eq!(one.judge(&notification).await, Judgement::Contradicted);
    one.head.number = Number::new(head.number.get() + 2).unwrap();
    assert_eq!(one.judge(&notification).await, Judgement::Below);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_time_of_statements_and_messages_never_goes_back() {
    let world = World::new(1).await;
    let notification = world.open().await;
    world.customer("1").await;
    world.account("a", &["1"]).await;
    let mut one = world.enrolled(&notification, "1").await;
    world.advance(60_000);
    let first = one.checkpoint(&notification).await;
    assert_eq!(first.time, Time::from_ms(START + 60_000));
    // The server's clock is set back, and the process restarts.
    world.time.store(START, std::sync::atomic::Ordering::SeqCst);
    drop(notification);
    let notification = world.open().await;
    assert_eq!(one.checkpoint(&notification).await.time, first.time);
    let running = world.run(&notification);
    world.advance(120_000);
    world.post("a", "t").await;
    world.relay().await;
    world.until_read(&mut one, "a", 3).await;
    world
        .time
        .store(START + 1, std::sync::atomic::Ordering::SeqCst);
    world.post("a", "u").await;
    world.relay().await;
    world.until_read(&mut one, "a", 4).await;
    running.stop().await;
    assert_eq!(one.head.time, Time::from_ms(START + 120_000));
    let last = one.checkpoint(&notification).await;
    assert_eq!(
        last.time,
        Time::from_ms(START + 120_000),
        "not before its message's time"
    );
}

/// Numbering has one writer, and every connecting device requests a checkpoint, which must not wait for that writer.
#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_does_not_wait_for_the_writer() {
    let world = World::new(1).await;
    let notification = world.open().await;
    world.customer("1").await;
    world.account("a", &["1"]).await;
    let mut one = world.enrolled(&notification, "1").await;
    world.advance(60_000);
    let first = one.checkpoint(&notification).await;
    let writing = hold_writer(&world.path());
    world.advance(900);
    let stated = one.checkpoint(&notification).await;
    assert_eq!(stated.number, first.number);
    assert_eq!(stated.time, first.time, "one second old at most");
    drop(writing);
    world.advance(200);
    let stated = one.checkpoint(&notification).await;
    assert_eq!(stated.time, world.now());
}

#[tokio::test(flavor = "multi_thread")]
async fn grants_and_statements_need_no_broker() {
    let world = World::new(1).await;
    let notification = world.open().await;
    world.customer("1").await;
    world.account("a", &["1"]).await;
    let mut one = world.phone(&notification, "1").await;
    world.messages.faults.set(1);
    one.enrol(&notification).await;
    let mut two = world.enrolled(&notification, "1").await;
    world.revoke(&notification, &two).await;
    assert_eq!(one.checkpoint(&notification).await.number.get(), 4);
    assert_eq!(one.snapshot(&notification).await.len(), 1);
    let running = world.run(&notification);
    world.messages.faults.set(0);
    two.left_out = false;
    crate::world::until("the messages", async || {
        one.sync(world.broker()).await;
        one.head.number.get() == 4
    })
    .await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_get_no_statements() {
    let world = World::new(1).await;
    let notification = world.open().await;
    world.customer("1").await;
    let one = world.enrolled(&notification, "1").await;
    let stranger = world.phone(&notification, "1").await;
    let request = CheckpointRequest {
        nonce: Nonce::new([1; 16]),
        epoch: None,
        trust_version: None,
    };
    let refused = notification
        .checkpoint(one.channel, stranger.device, request.clone())
        .await
        .unwrap_err();
    assert!(matches!(refused, StatementRefused::NotAReader), "{refused}");
    let nowhere = crate::world::channel_of("nobody");
    let refused = notification
        .checkpoint(nowhere, one.device, request)
        .await
        .unwrap_err();
    assert!(
        matches!(refused, StatementRefused::ChannelUnknown),
        "{refused}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_used_only_while_the_root_lists_them() {
    let world = World::new(1).await;
    let notification = world.open().await;
    world.customer("1").await;
    world.account("a", &["1"]).await;
    let mut one = world.enrolled(&notification, "1").await;
    let mut of_first = notification.signing_keys();
    assert_eq!(of_first.len(), 3);
    world.advance(61 * DAY_MS);
    assert!(notification.ensure_keys().await.unwrap(), "successors");
    assert!(!notification.ensure_keys().await.unwrap());
    assert_eq!(notification.signing_keys().len(), 6);
    // Verified with the first list: the successors are not in use yet.
    one.checkpoint(&notification).await;
    // The first keys expire, and nobody has listed the successors, so events wait.
    world.advance(30 * DAY_MS);
    let running = world.run(&notification);
    world.post("a", "waits").await;
    world.relay().await;
    let request = CheckpointRequest {
        nonce: Nonce::new([1; 16]),
        epoch: None,
        trust_version: Some(1),
    };
    let (channel, device) = (one.channel, one.device);
    let refused = notification
        .checkpoint(channel, device, request.clone())
        .await
        .unwrap_err();
    let failure = matches!(refused, StatementRefused::Failed(Failure::NoSigningKey(_)));
    assert!(failure, "{refused}");
    let refused = one.ask_snapshot(&notification).await.map(drop);
    let refused = refused.unwrap_err();
    let failure = matches!(refused, StatementRefused::Failed(Failure::NoSigningKey(_)));
    assert!(failure, "{refused}");
    let list = world.list(&notification, 2).await;
    notification.install_trust(list.as_bytes()).await.unwrap();
    notification.install_trust(list.as_bytes()).await.unwrap();
    let answer = notification
        .checkpoint(channel, device, request)
        .await
        .unwrap();
    assert_eq!(answer.trust.unwrap().0, list.as_bytes());
    one.trust = list;
    world.until_read(&mut one, "a", 3).await;
    running.stop().await;
    let older = world.list(&notification, 1).await;
    let refused = notification
        .install_trust(older.as_bytes())
        .await
        .unwrap_err();
    assert!(
        matches!(refused, TrustRefused::Trust(TrustError::OlderVersion)),
        "{refused}"
    );
    of_first.retain(|key| key.purpose == Purpose::Head);
    assert!(
        notification.signing_keys().contains(&of_first[0]),
        "listed as long as its messages are read"
    );
    assert_eq!(notification.trust().unwrap(), one.trust.as_bytes());
}

#[tokio::test(flavor = "multi_thread")]
async fn no_message_is_older_than_an_earlier_statement() {
    let world = World::new(1).await;
    let notification = world.open().await;
    world.customer("1").await;
    world.account("a", &["1"]).await;
    let mut one = world.enrolled(&notification, "1").await;
    let other = world.enrolled(&notification, "1").await;
    let running = world.run(&notification);
    world.advance(60_000);
    let stated = one.checkpoint(&notification).await.time;
    world.time.store(START, std::sync::atomic::Ordering::SeqCst);
    world.post("a", "t").await;
    world.relay().await;
    world.until_read(&mut one, "a", 3).await;
    assert_eq!(one.head.time, stated);
    world.advance(90_000);
    let stated = one.checkpoint(&notification).await.time;
    world.time.store(START, std::sync::atomic::Ordering::SeqCst);
    world.revoke(&notification, &other).await;
    world.enrolled(&notification, "1").await;
    crate::world::until("everything", async || {
        one.sync(world.broker()).await;
        one.head.number.get() == 6
    })
    .await;
    running.stop().await;
    assert_eq!(one.head.time, stated);
}
