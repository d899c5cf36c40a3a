//! Events that pub/sub did not deliver are fetched. An event that cannot be processed stops its subject alone.

use crate::engine::{ask, bytes};
use crate::ports::Script;
use crate::world::{World, range, relay_keys, until};
use bytes::Bytes;
use envelope::RelayKeys;
use notification::StatementRefused;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use types::{ChannelId, KeyEpoch, Sequence, SubjectId};

async fn sealed(world: &World, account: &str, keys: &RelayKeys) -> Vec<Bytes> {
    let events = world.events_of(account).await;
    let seal = |event| keys.seal(event, "/sandbox", &rand::random()).unwrap();
    let json = events.iter().map(|event| seal(event).to_json().unwrap());
    json.map(Bytes::from).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gap_is_fetched_from_the_core_bank() {
    let world = World::new(1).await;
    let notification = world.open().await;
    world.customer("1").await;
    world.customer("2").await;
    world.account("a", &["1", "2"]).await;
    let mut one = world.enrolled(&notification, "1").await;
    let mut two = world.enrolled(&notification, "2").await;
    let running = world.run_settled(&notification, world.events.clone()).await;
    world.post_many("a", 5).await;
    world.lose().await;
    world.post("a", "the next").await;
    world.relay().await;
    world.until_read(&mut one, "a", 9).await;
    world.until_read(&mut two, "a", 9).await;
    running.stop().await;
    assert_eq!(one.sequences("a"), range(4, 9));
    assert_eq!(two.sequences("a"), range(4, 9));
    assert_eq!(notification.counters().fetched, 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn events_after_a_gap_wait_until_the_core_bank_answers() {
    let world = World::new(1).await;
    let notification = world.open().await;
    world.customer("1").await;
    world.account("a", &["1"]).await;
    world.account("b", &["1"]).await;
    let mut one = world.enrolled(&notification, "1").await;
    world.post("a", "lost").await;
    world.lose().await;
    world.bank.down.store(true, Ordering::SeqCst);
    let running = world.run(&notification);
    world.post_many("a", 3).await;
    world.post("b", "not affected").await;
    world.relay().await;
    world.until_read(&mut one, "b", 3).await;
    assert_eq!(one.sequences("a"), [0_u64; 0]);
    assert!(notification.compare_now().await.is_err());
    running.stop().await;
    // The waiting events survive a restart of the process.
    drop(notification);
    let notification = world.open().await;
    world.bank.down.store(false, Ordering::SeqCst);
    notification.compare_now().await.unwrap();
    let running = world.run(&notification);
    world.until_read(&mut one, "a", 6).await;
    running.stop().await;
    assert_eq!(one.sequences("a"), range(3, 6));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_comparison_finds_undelivered_events() {
    let world = World::new(1).await;
    let notification = world.open().await;
    world.customer("1").await;
    world.customer("2").await;
    world.account("a", &["1"]).await;
    world.account("b", &[]).await;
    let mut one = world.enrolled(&notification, "1").await;
    let mut two = world.enrolled(&notification, "2").await;
    let running = world.run_settled(&notification, world.events.clone()).await;
    world.relay().await;
    notification.compare_now().await.unwrap();
    // Lost events: the last of a; all of b, which nobody held until then; and the one that adds a holder to a.
    world.post("a", "lost").await;
    world.hold("b", "2").await;
    world.post("b", "lost too").await;
    world.hold("a", "2").await;
    world.lose().await;
    notification.compare_now().await.unwrap();
    world.until_read(&mut one, "a", 4).await;
    world.until_read(&mut two, "b", 3).await;
    world.until_read(&mut two, "a", 4).await;
    let fetched = notification.counters().fetched;
    notification.compare_now().await.unwrap();
    assert_eq!(
        notification.counters().fetched,
        fetched,
        "nothing is fetched again"
    );
    running.stop().await;
    assert_eq!(one.sequences("a"), range(3, 4));
    assert_eq!(two.sequences("a"), [4]);
    assert_eq!(two.sequences("b"), range(2, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_comparison_runs_regularly_without_a_request() {
    let mut world = World::new(1).await;
    world.settings.comparison_interval_ms = 50;
    let notification = world.open().await;
    world.customer("1").await;
    world.account("a", &["1"]).await;
    let mut one = world.enrolled(&notification, "1").await;
    let running = world.run_settled(&notification, world.events.clone()).await;
    world.relay().await;
    // Each event is found by a comparison of its own: the next is lost only after the previous one was read.
    for sequence in 3..=5 {
        world.post("a", &format!("lost {sequence}")).await;
        world.lose().await;
        world.until_read(&mut one, "a", sequence).await;
    }
    running.stop().await;
    assert_eq!(one.sequences("a"), range(3, 5));
}

#[tokio::test(flavor = "multi_thread")]
async fn events_that_pubsub_alters_or_invents_stop_no_subject() {
    let world = World::new(1).await;
    let notification = world.open().await;
    world.customer("1").await;
    world.account("a", &["1"]).await;
    world.account("b", &["1"]).await;
    let mut one = world.enrolled(&notification, "1").await;
    let script = Arc::new(Script::default());
    let running = world.run_settled(&notification, script.clone()).await;
    world.post_many("a", 4).await;
    world.post_many("b", 4).await;
    let (good_a, good_b) = (
        sealed(&world, "a", &relay_keys()).await,
        sealed(&world, "b", &relay_keys()).await,
    );
    // The ciphertext is altered; the attributes are unchanged.
    let text = String::from_utf8(good_a[3].to_vec()).unwrap();
    let at = text.find("data_base64").unwrap() + 80;
    let other = if text.as_bytes()[at] == b'A' {
        "B"
    } else {
        "A"
    };
    let altered = Bytes::from([&text[..at], other, &text[at + 1..]].concat());
    let foreign = RelayKeys::derive(&[8; 32], KeyEpoch::FIRST);
    let foreign = sealed(&world, "b", &foreign).await.swap_remove(2);
    script.hand(vec![good_a[2].clone(), altered, good_b[2].clone()]);
    script.hand(vec![Bytes::from_static(b"{}"), foreign]);
    until("the acknowledgement", async || script.is_done()).await;
    // The altered event is fetched from the core bank without a request.
    world.until_read(&mut one, "a", 6).await;
    world.until_read(&mut one, "b", 6).await;
    running.stop().await;
    assert_eq!(one.sequences("a"), range(3, 6));
    assert_eq!(one.sequences("b"), range(3, 6));
    assert_eq!(notification.counters().unprocessable, 3);
    assert_eq!(notification.stopped_subjects(10).await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_of_the_core_bank_that_cannot_be_processed_stops_its_subject_alone() {
    let world = World::new(1).await;
    let notification = world.open().await;
    world.customer("1").await;
    world.customer("2").await;
    world.account("a", &["1"]).await;
    world.account("b", &["2"]).await;
    let mut one = world.enrolled(&notification, "1").await;
    let mut two = world.enrolled(&notification, "2").await;
    let subject = SubjectId::from(&"a".parse::<types::AccountId>().unwrap());
    let oversized = (subject.clone(), Sequence::new(5).unwrap());
    *world.bank.oversized.lock().unwrap() = Some(oversized);
    world.post_many("a", 4).await;
    world.post_many("b", 4).await;
    world.lose().await;
    notification.compare_now().await.unwrap();
    let running = world.run(&notification);
    world.until_read(&mut two, "b", 6).await;
    world.until_read(&mut one, "a", 4).await;
    let stopped = notification.stopped_subjects(10).await.unwrap();
    let stopped: Vec<_> = stopped
        .iter()
        .map(|stop| (&stop.subject, stop.reason.as_str(), stop.sequence.get()))
        .collect();
    assert_eq!(stopped, [(&subject, "entry_too_long", 5)]);
    // The holder of a stopped subject gets no confirmation of completeness.
    let refused = one.ask_for_checkpoint(&notification).await.unwrap_err();
    assert!(matches!(refused, StatementRefused::BooksInRepair));
    two.checkpoint(&notification).await;
    running.stop().await;
    drop(notification);

    // The subject stays stopped, also for the comparison, until a person releases it.
    let notification = world.open().await;
    let running = world.run_settled(&notification, world.events.clone()).await;
    one.sync(world.broker()).await;
    assert_eq!(one.sequences("a"), range(3, 4));
    *world.bank.oversized.lock().unwrap() = None;
    assert!(notification.release_subject(&subject).await.unwrap());
    assert!(!notification.release_subject(&subject).await.unwrap());
    world.until_read(&mut one, "a", 6).await;
    running.stop().await;
    assert_eq!(one.sequences("a"), range(3, 6));
    assert_eq!(notification.counters().fetched, 2, "from where it stopped");
    one.checkpoint(&notification).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_cannot_be_sealed_for_delays_no_other() {
    let world = World::new(1).await;
    let notification = world.open().await;
    world.customer("1").await;
    world.customer("2").await;
    world.account("a", &["1", "2"]).await;
    let mut one = world.enrolled(&notification, "1").await;
    let mut two = world.enrolled(&notification, "2").await;
    drop(notification);
    let channel = one.channel;
    let set = |wrapped: &[u8]| set_wrapped(&world, channel, wrapped);
    let wrapped = wrapped(&world, channel);
    set(&vec![0; wrapped.len()]);
    let notification = world.open().await;
    let running = world.run(&notification);
    world.post_many("a", 3).await;
    world.relay().await;
    world.until_read(&mut two, "a", 6).await;
    // The worker goes on to the next events.
    world.post("a", "later").await;
    world.relay().await;
    world.until_read(&mut two, "a", 7).await;
    one.sync(world.broker()).await;
    assert_eq!(one.sequences("a"), [0_u64; 0]);
    set(&wrapped);
    notification.compare_now().await.unwrap();
    world.until_read(&mut one, "a", 7).await;
    running.stop().await;
    assert_eq!(one.sequences("a"), range(4, 7));
    assert_eq!(two.sequences("a"), range(4, 7));
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_events_are_delivered_when_the_missing_one_arrives() {
    let world = World::new(1).await;
    let notification = world.open().await;
    world.customer("1").await;
    world.account("a", &["1"]).await;
    let mut one = world.enrolled(&notification, "1").await;
    let script = Arc::new(Script::default());
    let running = world.run_settled(&notification, script.clone()).await;
    world.post_many("a", 4).await;
    world.bank.down.store(true, Ordering::SeqCst);
    let events = sealed(&world, "a", &relay_keys()).await;
    for late in [5, 4, 3, 2] {
        script.hand(vec![events[late].clone()]);
    }
    world.until_read(&mut one, "a", 6).await;
    running.stop().await;
    assert_eq!(one.sequences("a"), range(3, 6));
    assert_eq!(notification.counters().fetched, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_could_not_accept_fetched_events_gets_them_later_though_no_other_lags() {
    let world = World::new(1).await;
    let notification = world.open().await;
    world.customer("1").await;
    world.customer("2").await;
    world.account("a", &["1"]).await;
    let mut one = world.enrolled(&notification, "1").await;
    let mut two = world.enrolled(&notification, "2").await;
    drop(notification);
    let channel = two.channel;
    let wrapped = wrapped(&world, channel);
    let set = |wrapped: &[u8]| set_wrapped(&world, channel, wrapped);
    set(&vec![0; wrapped.len()]);
    let notification = world.open().await;
    let running = world.run_settled(&notification, world.events.clone()).await;
    world.hold("a", "2").await;
    world.lose().await;
    let _held = notification.compare_now().await;
    world.until_read(&mut one, "a", 3).await;
    // The same again, with no other channel lagging. The following event does not wait for the blocked channel.
    world.account("b", &["1"]).await;
    world.lose().await;
    let _held = notification.compare_now().await;
    world.until_read(&mut one, "b", 2).await;
    set(&wrapped);
    notification.compare_now().await.unwrap();
    world.until_read(&mut two, "a", 3).await;
    let lagging = "SELECT count(*) FROM lagging";
    let lagging: i64 = ask(&world.path(), lagging).trim().parse().unwrap();
    assert_eq!(lagging, 0);
    running.stop().await;
    assert_eq!(one.sequences("a"), [3]);
    assert_eq!(two.sequences("a"), [3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subject_that_cannot_be_fetched_delays_no_other() {
    let world = World::new(1).await;
    let notification = world.open().await;
    world.customer("1").await;
    world.account("a", &["1"]).await;
    world.account("b", &["1"]).await;
    let mut one = world.enrolled(&notification, "1").await;
    let running = world.run_settled(&notification, world.events.clone()).await;
    world.post("a", "lost").await;
    world.post("b", "lost too").await;
    world.lose().await;
    *world.bank.withheld.lock().unwrap() =
        Some(SubjectId::from(&"a".parse::<types::AccountId>().unwrap()));
    assert!(notification.compare_now().await.is_err());
    world.until_read(&mut one, "b", 3).await;
    assert!(notification.compare_now().await.is_err());
    *world.bank.withheld.lock().unwrap() = None;
    notification.compare_now().await.unwrap();
    world.until_read(&mut one, "a", 3).await;
    running.stop().await;
}

/// The wrapped message key of a channel with one epoch.
fn wrapped(world: &World, channel: ChannelId) -> Vec<u8> {
    let channel = bytes(channel.as_bytes());
    let select = format!("SELECT wrapped FROM message_key WHERE channel = {channel}");
    let wrapped = ask(&world.path(), &select);
    types::hex::decode(wrapped.trim().trim_start_matches("\\x")).unwrap()
}

fn set_wrapped(world: &World, channel: ChannelId, wrapped: &[u8]) {
    let (wrapped, channel) = (bytes(wrapped), bytes(channel.as_bytes()));
    let update = format!(
        "UPDATE message_key SET wrapped = {wrapped} WHERE channel = {channel} RETURNING epoch"
    );
    assert_eq!(ask(&world.path(), &update).lines().count(), 1);
}
