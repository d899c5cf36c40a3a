//! Broker and notification are restored from older copies.

use crate::engine::ask;
use crate::world::{World, range, until};
use channel_log::ChannelLog as _;
use envelope::Judgement;
use notification::{Notification, StatementRefused};
use protocol::EntryKind;
use std::sync::atomic::Ordering;
use types::{Generation, Position};

/// One customer with one device that has read up to sequence 12 of account a.
async fn begun(world: &World) -> (Notification, crate::phone::Phone) {
    let notification = world.open().await;
    world.customer("1").await;
    world.account("a", &["1"]).await;
    let mut one = world.enrolled(&notification, "1").await;
    post_and_read(world, &notification, &mut one, 10, 12).await;
    (notification, one)
}

async fn post_and_read(
    world: &World,
    notification: &Notification,
    phone: &mut crate::phone::Phone,
    count: usize,
    newest: u64,
) {
    let running = world.run(notification);
    world.post_many("a", count).await;
    world.relay().await;
    world.until_read(phone, "a", newest).await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_lags_gets_the_stored_bytes_again() {
    let mut world = World::new(1).await;
    let (notification, mut one) = begun(&world).await;
    let backup = world.back_up_broker().await;
    drop(notification);
    let notification = world.open().await;
    post_and_read(&world, &notification, &mut one, 5, 17).await;
    drop(notification);
    world.restore_broker(&backup).await;
    let newest = world.broker().head(one.channel).await.unwrap();
    assert!(newest.position.number < one.head.number);
    let notification = world.open().await;
    let running = world.run(&notification);
    until("what the broker lost", async || {
        let newest = world.broker().head(one.channel).await.unwrap();
        newest.position == one.head.position() && newest.hash == one.head.hash
    })
    .await;
    running.stop().await;
    post_and_read(&world, &notification, &mut one, 5, 22).await;
    assert_eq!(one.sequences("a"), range(3, 22));
    assert_eq!(notification.counters().restarts, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_broker_gets_everything_again() {
    let mut world = World::new(1).await;
    let (notification, mut one) = begun(&world).await;
    drop(notification);
    let nothing = world.directory.path().join("nothing");
    std::fs::create_dir(&nothing).unwrap();
    world.restore_broker(&nothing).await;
    let notification = world.open().await;
    let running = world.run(&notification);
    until("everything", async || {
        let newest = world.broker().head(one.channel).await;
        newest.is_ok_and(|newest| newest.position == one.head.position())
    })
    .await;
    running.stop().await;
    one.entries.clear();
    one.head = envelope::Head::start(one.channel, Generation::FIRST);
    one.sync(world.broker()).await;
    assert_eq!(one.sequences("a"), range(3, 12));
    assert_eq!(notification.counters().restarts, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_lost_on_both_sides_starts_a_later_generation() {
    let mut world = World::new(1).await;
    world.settings.kept_ms = 1_000;
    let (notification, mut one) = begun(&world).await;
    let backup = world.back_up_broker().await;
    drop(notification);
    let notification = world.open().await;
    post_and_read(&world, &notification, &mut one, 5, 17).await;
    notification.compare_now().await.unwrap();
    world.advance(2_000);
    notification.compare_now().await.unwrap();
    drop(notification);
    world.restore_broker(&backup).await;
    let notification = world.open().await;
    let running = world.run(&notification);
    notification.compare_now().await.unwrap();
    assert_eq!(one.judge(&notification).await, Judgement::Restarted);
    assert_eq!(one.snapshot(&notification).await[0].0.sequence.get(), 17);
    running.stop().await;
    one.entries.clear();
    post_and_read(&world, &notification, &mut one, 2, 19).await;
    assert_eq!(one.sequences("a"), range(18, 19));
    assert_eq!(one.generation(), Generation::FIRST.next());
}

#[tokio::test(flavor = "multi_thread")]
async fn notification_that_lags_reads_its_messages_back() {
    let world = World::new(1).await;
    let (notification, mut one) = begun(&world).await;
    let copy = world.back_up_notification();
    // The copy lacks these entries, a device, and an account with a new holder.
    post_and_read(&world, &notification, &mut one, 5, 17).await;
    let mut other = world.enrolled(&notification, "1").await;
    world.account("b", &["1"]).await;
    post_and_read(&world, &notification, &mut one, 5, 22).await;
    drop(notification);
    let notification = world.open_at(&copy).await;
    let running = world.run(&notification);
    notification.compare_now().await.unwrap();
    assert_eq!(one.judge(&notification).await, Judgement::Complete);
    assert_eq!(
        other.checkpoint(&notification).await.number,
        one.head.number
    );
    world.post_many("a", 3).await;
    world.post_many("b", 3).await;
    world.relay().await;
    world.until_read(&mut one, "a", 25).await;
    world.until_read(&mut one, "b", 5).await;
    world.until_read(&mut other, "a", 25).await;
    running.stop().await;
    assert_eq!(one.sequences("a"), range(3, 25));
    assert_eq!(one.sequences("b"), range(2, 5));
    assert_eq!(
        one.count(EntryKind::DeviceAdded),
        2,
        "no device entry is repeated"
    );
    assert_eq!(other.sequences("a"), one.sequences("a"));
    assert_eq!(notification.counters().restarts, 0);
}

/// A copy from before the customer enrolled, with the broker up or down.
async fn a_customer_whom_the_copy_does_not_know(broker_is_down: bool) {
    let world = World::new(1).await;
    let notification = world.open().await;
    let copy = world.back_up_notification();
    drop(notification);
    let (notification, mut one) = begun(&world).await;
    drop(notification);
    let before = one.head;
    let notification = world.open_at(&copy).await;
    world.messages.faults.set(usize::from(broker_is_down));
    notification.compare_now().await.unwrap();
    world.messages.faults.set(0);
    let running = world.run(&notification);
    until("the later generation", async || {
        let newest = world.broker().head(one.channel).await.unwrap();
        newest.position.generation > before.generation
    })
    .await;
    assert_eq!(one.judge(&notification).await, Judgement::Restarted);
    assert_eq!(one.snapshot(&notification).await[0].0.sequence.get(), 12);
    running.stop().await;
    one.entries.clear();
    post_and_read(&world, &notification, &mut one, 2, 14).await;
    assert_eq!(one.sequences("a"), range(13, 14));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_customers_numbers_are_not_used_again() {
    a_customer_whom_the_copy_does_not_know(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_used_again_without_the_broker_start_a_later_generation() {
    a_customer_whom_the_copy_does_not_know(true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_that_the_copy_lacks_and_the_broker_trimmed_start_a_later_generation() {
    let world = World::new(1).await;
    let (notification, mut one) = begun(&world).await;
    let copy = world.back_up_notification();
    post_and_read(&world, &notification, &mut one, 5, 17).await;
    drop(notification);
    let through = Position::new(one.generation(), one.head.number.previous().unwrap());
    world.broker_log.trim(one.channel, through).await.unwrap();
    let notification = world.open_at(&copy).await;
    notification.compare_now().await.unwrap();
    assert_eq!(notification.counters().restarts, 1);
    assert_eq!(one.judge(&notification).await, Judgement::Restarted);
    one.snapshot(&notification).await;
    one.entries.clear();
    post_and_read(&world, &notification, &mut one, 2, 19).await;
    assert_eq!(one.sequences("a"), range(18, 19));
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_restore_repeated_events_are_dropped_and_lost_ones_fetched() {
    let world = World::new(1).await;
    let (notification, mut one) = begun(&world).await;
    let copy = world.back_up_notification();
    // The event is acknowledged at pub/sub and numbered; the broker never received its message.
    world.messages.faults.set(1);
    let running = world.run(&notification);
    world.post_many("a", 5).await;
    world.relay().await;
    until("the numbering", async || {
        notification.counters().entries == 15
    })
    .await;
    running.stop().await;
    drop(notification);
    world.messages.faults.set(0);
    let notification = world.open_at(&copy).await;
    let running = world.run(&notification);
    notification.compare_now().await.unwrap();
    world.until_read(&mut one, "a", 17).await;
    running.stop().await;
    assert_eq!(one.sequences("a"), range(3, 17));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_epoch_that_the_copy_lacks_starts_a_later_generation() {
    let world = World::new(1).await;
    let (notification, mut one) = begun(&world).await;
    let mut revoked = world.enrolled(&notification, "1").await;
    let copy = world.back_up_notification();
    world.revoke(&notification, &revoked).await;
    post_and_read(&world, &notification, &mut one, 5, 17).await;
    let lost = one.epoch;
    drop(notification);
    let notification = world.open_at(&copy).await;
    let running = world.run(&notification);
    notification.compare_now().await.unwrap();
    assert_eq!(notification.counters().restarts, 1);
    assert_eq!(one.judge(&notification).await, Judgement::Restarted);
    assert_eq!(one.snapshot(&notification).await[0].0.sequence.get(), 17);
    // The copy did not contain this device's removal. ciam knows it.
    let refused = revoked.ask_snapshot(&notification).await.map(drop);
    let refused = refused.unwrap_err();
    assert!(matches!(refused, StatementRefused::NotAReader), "{refused}");
    one.entries.clear();
    running.stop().await;
    post_and_read(&world, &notification, &mut one, 2, 19).await;
    assert_eq!(one.sequences("a"), range(18, 19));
    assert_ne!(one.epoch, lost);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_reports_messages_that_both_lost_and_a_later_generation_starts() {
    let mut world = World::new(1).await;
    let (notification, mut one) = begun(&world).await;
    let backup = world.back_up_broker().await;
    let copy = world.back_up_notification();
    drop(notification);
    let notification = world.open().await;
    post_and_read(&world, &notification, &mut one, 5, 17).await;
    drop(notification);
    world.restore_broker(&backup).await;
    let notification = world.open_at(&copy).await;
    assert_eq!(one.judge(&notification).await, Judgement::Below);
    let (channel, device) = (one.channel, one.device);
    let mut forged = one.report();
    forged.number = forged.number.next();
    let refused = notification
        .report(channel, device, forged)
        .await
        .unwrap_err();
    assert!(
        matches!(refused, StatementRefused::ReportInvalid),
        "{refused}"
    );
    let unsigned = protocol::http::Report {
        signature: None,
        ..one.report()
    };
    let refused = notification
        .report(channel, device, unsigned)
        .await
        .unwrap_err();
    assert!(
        matches!(refused, StatementRefused::ReportInvalid),
        "{refused}"
    );
    notification
        .report(channel, device, one.report())
        .await
        .unwrap();
    notification
        .report(channel, device, one.report())
        .await
        .unwrap();
    assert_eq!(notification.counters().restarts, 1);
    assert_eq!(one.judge(&notification).await, Judgement::Restarted);
    assert_eq!(one.snapshot(&notification).await[0].0.sequence.get(), 17);
    one.entries.clear();
    post_and_read(&world, &notification, &mut one, 2, 19).await;
    assert_eq!(one.sequences("a"), range(18, 19));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_of_a_head_that_the_bank_has_changes_nothing() {
    let world = World::new(1).await;
    let (notification, one) = begun(&world).await;
    let report = one.report();
    notification
        .report(one.channel, one.device, report)
        .await
        .unwrap();
    assert_eq!(notification.counters().restarts, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_are_kept_for_a_while_and_new_ones_do_not_count_as_old() {
    let mut world = World::new(1).await;
    world.settings.kept_ms = 1_000;
    let (notification, mut one) = begun(&world).await;
    let kept = || -> i64 {
        let select = "SELECT COUNT(*) FROM outgoing";
        ask(&world.path(), select).trim().parse().unwrap()
    };
    assert_eq!(kept(), 11);
    world.advance(1);
    for _ in 0..3 {
        notification.compare_now().await.unwrap();
        world.advance(400);
    }
    assert_eq!(
        kept(),
        11,
        "the oldest acknowledgement is younger than that"
    );
    notification.compare_now().await.unwrap();
    assert_eq!(kept(), 0);
    // The acknowledgements of the last second still name the deleted messages.
    world.messages.faults.set(1);
    let running = world.run(&notification);
    world.post_many("a", 3).await;
    world.relay().await;
    until("the numbering", async || {
        notification.counters().entries == 13
    })
    .await;
    for _ in 0..5 {
        world.advance(400);
        assert!(
            notification.compare_now().await.is_err(),
            "the broker is down"
        );
    }
    assert_eq!(kept(), 3, "unsent messages are kept");
    world.messages.faults.set(0);
    world.until_read(&mut one, "a", 15).await;
    running.stop().await;
    assert_eq!(one.sequences("a"), range(3, 15));
}

#[tokio::test(flavor = "multi_thread")]
async fn all_channels_are_compared_at_the_start_and_after_a_failure_otherwise_in_turn() {
    let mut world = World::new(1).await;
    world.settings.compared_channels = 2;
    let notification = world.open().await;
    for customer in ["1", "2", "3"] {
        world.customer(customer).await;
        world.enrolled(&notification, customer).await;
    }
    let faults = &world.messages.faults;
    for _ in 0..2 {
        faults.set(1);
        assert!(notification.compare_now().await.is_err());
        faults.set(0);
        for compared in [3, 2, 1, 2] {
            faults.compared.store(0, Ordering::SeqCst);
            notification.compare_now().await.unwrap();
            assert_eq!(faults.compared.load(Ordering::SeqCst), compared);
        }
    }
}
