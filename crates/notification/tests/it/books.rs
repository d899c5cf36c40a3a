//! The core bank's books, restored from an older copy.

use crate::phone::Phone;
use crate::world::{World, range, until};
use envelope::Judgement;
use notification::{Notification, StatementRefused};
use types::Generation;

/// Customer 1 holds a, customer 2 holds b. Both have read up to sequence 5. Customer 1 has also read the events that
/// are lost afterwards, up to 8.
struct Restored {
    world: World,
    one: Phone,
    two: Phone,
}

async fn begun(world: &World) -> (Notification, Phone, Phone) {
    let notification = world.open().await;
    for (customer, account) in [("1", "a"), ("2", "b")] {
        world.customer(customer).await;
        world.account(account, &[customer]).await;
    }
    let mut one = world.enrolled(&notification, "1").await;
    let mut two = world.enrolled(&notification, "2").await;
    let running = world.run_settled(&notification, world.events.clone()).await;
    world.post_many("a", 3).await;
    world.post_many("b", 3).await;
    world.relay().await;
    world.until_read(&mut one, "a", 5).await;
    world.until_read(&mut two, "b", 5).await;
    running.stop().await;
    (notification, one, two)
}

/// Restores the books to three events of account a earlier. Customer 1 has read these events.
async fn restored(settings: impl FnOnce(&mut World)) -> Restored {
    let mut world = World::new(1).await;
    settings(&mut world);
    let (notification, mut one, two) = begun(&world).await;
    let copy = world.back_up_bank();
    let running = world.run(&notification);
    world.post_many("a", 3).await;
    world.relay().await;
    world.until_read(&mut one, "a", 8).await;
    // Books that return to the point of the last comparison show no difference.
    notification.compare_now().await.unwrap();
    running.stop().await;
    // The comparison follows the heads up to the lost events. This shows that the books went back.
    notification.compare_now().await.unwrap();
    world.restore_bank(&copy);
    Restored { world, one, two }
}

async fn is_refused(notification: &Notification, phone: &Phone) -> bool {
    matches!(
        phone.ask_for_checkpoint(notification).await,
        Err(StatementRefused::BooksInRepair)
    )
}

/// The expected result for both customers, however the contradiction was found.
async fn one_channel_stops_until_it_is_restarted(restored: Restored, reason: &str) {
    let Restored {
        world,
        mut one,
        mut two,
    } = restored;
    let notification = world.open().await;
    let running = world.run_settled(&notification, world.events.clone()).await;
    until("the contradiction", async || {
        is_refused(&notification, &one).await
    })
    .await;
    let contradicted = notification.contradicted_channels(None, 10).await.unwrap();
    let contradicted: Vec<_> = contradicted
        .iter()
        .map(|of| (of.channel, of.generation, of.reason.as_str()))
        .collect();
    assert_eq!(contradicted, [(one.channel, Generation::FIRST, reason)]);

    // Nothing more is numbered for the contradicted channel. The other customer's channel goes on.
    world.post_many("a", 4).await;
    world.post_many("b", 1).await;
    world.relay().await;
    let newest_of_b = u64::try_from(world.events_of("b").await.len()).unwrap();
    world.until_read(&mut two, "b", newest_of_b).await;
    assert_eq!(two.judge(&notification).await, Judgement::Complete);
    let before = one.head;
    one.sync(world.broker()).await;
    assert_eq!(one.head, before);

    assert!(
        notification
            .restart_contradicted(one.channel)
            .await
            .unwrap()
    );
    assert!(
        !notification
            .restart_contradicted(one.channel)
            .await
            .unwrap()
    );
    assert!(
        !notification
            .restart_contradicted(two.channel)
            .await
            .unwrap()
    );
    assert_eq!(one.judge(&notification).await, Judgement::Restarted);
    one.snapshot(&notification).await;
    one.entries.clear();
    let newest = world.events_of("a").await.len();
    let newest = u64::try_from(newest).unwrap();
    world.post("a", "after the restart").await;
    world.relay().await;
    world.until_read(&mut one, "a", newest + 1).await;
    running.stop().await;
    assert_eq!(one.sequences("a"), [newest + 1]);
    assert_eq!(one.generation(), Generation::FIRST.next());
    assert_eq!(two.sequences("b"), range(3, newest_of_b));
    assert_eq!(two.generation(), Generation::FIRST);
}

#[tokio::test(flavor = "multi_thread")]
async fn books_with_a_new_incarnation_stop_contradicted_channels() {
    let restored = restored(|_| {}).await;
    restored.world.bank.bank.reopen().await.unwrap();
    one_channel_stops_until_it_is_restarted(restored, "books_went_back").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn restored_books_are_noticed_without_a_new_incarnation() {
    let restored = restored(|_| {}).await;
    one_channel_stops_until_it_is_restarted(restored, "books_went_back").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn restored_books_with_new_events_are_noticed_by_an_events_content() {
    let restored = restored(|_| {}).await;
    restored.world.post_many("a", 3).await;
    restored.world.relay().await;
    one_channel_stops_until_it_is_restarted(restored, "another_event").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn restored_books_beyond_the_lost_events_are_noticed_by_their_incarnation() {
    let restored = restored(|_| {}).await;
    restored.world.post_many("a", 5).await;
    restored.world.bank.bank.reopen().await.unwrap();
    one_channel_stops_until_it_is_restarted(restored, "another_event").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_with_a_lower_sequence_starts_a_comparison_with_the_books() {
    let restored = restored(|_| {}).await;
    // The position in the list of changed subjects is beyond its former value. Only the events themselves show the
    // difference.
    restored.world.post_many("b", 10).await;
    restored.world.post_many("a", 1).await;
    restored.world.relay().await;
    one_channel_stops_until_it_is_restarted(restored, "books_went_back").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contradicted_channel_restarts_at_once_if_set() {
    let restored = restored(|world| world.settings.restart_contradicted = true).await;
    let Restored { world, mut one, .. } = restored;
    world.bank.bank.reopen().await.unwrap();
    let notification = world.open().await;
    let running = world.run_settled(&notification, world.events.clone()).await;
    until("the restart", async || {
        notification.counters().restarts == 1
    })
    .await;
    running.stop().await;
    assert_eq!(one.judge(&notification).await, Judgement::Restarted);
    let left = notification.contradicted_channels(None, 10).await.unwrap();
    assert_eq!(left, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn events_of_former_books_from_pubsub_are_dropped() {
    let mut world = World::new(1).await;
    let (notification, mut one, _) = begun(&world).await;
    drop(notification);
    let copy = world.back_up_bank();
    world.post_many("a", 3).await;
    world.relay().await;
    world.restore_bank(&copy);
    world.bank.bank.reopen().await.unwrap();
    world.post_many("a", 2).await;
    world.relay().await;
    let notification = world.open().await;
    let running = world.run_settled(&notification, world.events.clone()).await;
    world.until_read(&mut one, "a", 7).await;
    until("the acknowledgement", async || {
        notification.compare_now().await.is_ok() && notification.is_published()
    })
    .await;
    one.sync(world.broker()).await;
    running.stop().await;
    assert_eq!(one.sequences("a"), range(3, 7));
    let ids = |of: &[protocol::Event]| -> Vec<_> {
        of.iter()
            .skip(2)
            .map(|event| event.entry.id.clone())
            .collect()
    };
    let read: Vec<_> = one
        .entries
        .iter()
        .filter(|entry| entry.account.is_some())
        .map(|entry| entry.id.clone())
        .collect();
    assert_eq!(read, ids(&world.events_of("a").await), "the books' entries");
    assert_eq!(one.judge(&notification).await, Judgement::Complete);
}

#[tokio::test(flavor = "multi_thread")]
async fn corrected_books_release_the_channel() {
    let mut world = World::new(1).await;
    let (notification, mut one, _) = begun(&world).await;
    let older = world.back_up_bank();
    let running = world.run(&notification);
    world.post_many("a", 3).await;
    world.relay().await;
    world.until_read(&mut one, "a", 8).await;
    running.stop().await;
    let right = world.back_up_bank();
    world.restore_bank(&older);
    world.bank.bank.reopen().await.unwrap();
    let notification = world.open().await;
    notification.compare_now().await.unwrap();
    assert!(is_refused(&notification, &one).await);
    drop(notification);

    world.restore_bank(&right);
    world.bank.bank.reopen().await.unwrap();
    let notification = world.open().await;
    notification.compare_now().await.unwrap();
    assert_eq!(one.judge(&notification).await, Judgement::Complete);
    assert_eq!(notification.counters().restarts, 0);
}

/// Notification and the bank are restored from copies of one moment, the broker is not. Nothing in the books shows that
/// they went back, until the broker's messages are read back.
async fn check_read_back_against_books(posted_instead: usize, reason: &str) {
    let mut world = World::new(1).await;
    let (notification, mut one, mut two) = begun(&world).await;
    // The comparison follows the changes up to here.
    notification.compare_now().await.unwrap();
    let (books, copy) = (world.back_up_bank(), world.back_up_notification());
    let running = world.run(&notification);
    world.post_many("a", 3).await;
    world.post_many("b", 3).await;
    let right = world.back_up_bank();
    world.relay().await;
    world.until_read(&mut one, "a", 8).await;
    world.until_read(&mut two, "b", 8).await;
    running.stop().await;
    drop(notification);
    world.restore_bank(&books);
    world.post_many("a", posted_instead).await;
    world.post_many("b", posted_instead).await;
    let notification = world.open_at(&copy).await;
    notification.compare_now().await.unwrap();
    for phone in [&one, &two] {
        assert!(is_refused(&notification, phone).await, "{}", phone.channel);
    }
    let contradicted = notification.contradicted_channels(None, 10).await.unwrap();
    let reasons: Vec<_> = contradicted.iter().map(|of| of.reason.as_str()).collect();
    assert_eq!(reasons, [reason; 2]);
    // Corrected books agree with all messages that were read back.

    // Where the books are put right, all that was read back agrees with them.
    world.restore_bank(&right);
    world.bank.bank.reopen().await.unwrap();
    let notification = world.open_at(&copy).await;
    notification.compare_now().await.unwrap();
    assert_eq!(one.judge(&notification).await, Judgement::Complete);
    assert_eq!(notification.counters().restarts, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_back_event_that_the_books_lack_stops_the_channel() {
    check_read_back_against_books(0, "books_went_back").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_back_event_that_differs_from_the_books_stops_the_channel() {
    check_read_back_against_books(5, "another_event").await;
}
