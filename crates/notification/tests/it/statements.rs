//! Checkpoints, snapshots with their pages, and the trust list.

use crate::world::{DAY_MS, START, World, range};
use envelope::{Judgement, Purpose, Snapshot, TrustError, open_page};
use notification::{Failure, StatementRefused, TrustRefused};
use protocol::http::CheckpointRequest;
use types::{BalanceType, Hash, Nonce, Number, Time};

#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_tells_who_is_complete() {
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
    // The server's clock is set back, and the process starts anew.
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
        "not below its message's"
    );
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
async fn a_snapshot_has_everything_and_its_pages_open() {
    let world = World::new(1).await;
    let notification = world.open().await;
    world.customer("1").await;
    world.account("a", &["1"]).await;
    world.account("empty", &["1"]).await;
    world.account("of somebody else", &[]).await;
    world.post_many("a", 401).await;
    let mut one = world.enrolled(&notification, "1").await;
    let accounts = one.snapshot(&notification).await;
    assert_eq!(accounts.len(), 2);
    let (a, history) = &accounts[0];
    assert_eq!(
        (a.account.as_str(), a.pages.len(), a.sequence.get()),
        ("a", 3, 403)
    );
    let numbers: Vec<u64> = history
        .iter()
        .map(|entry| entry.booking.as_ref().unwrap().number)
        .collect();
    assert_eq!(numbers, range(1, 401));
    let balance = &a.state.balances[&BalanceType::Booked];
    assert_eq!(balance.minor_units(), 401 * 987_654_321);
    assert_eq!(
        history.last().unwrap().balances[&BalanceType::Booked],
        *balance
    );
    let (empty, history) = &accounts[1];
    assert_eq!((empty.pages.len(), history.len()), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_of_a_snapshot_stay_what_they_were() {
    let world = World::new(1).await;
    let notification = world.open().await;
    world.customer("1").await;
    world.account("a", &["1"]).await;
    world.post_many("a", 210).await;
    let mut one = world.enrolled(&notification, "1").await;
    let answer = notification
        .snapshot(one.channel, one.device, Default::default())
        .await
        .unwrap();
    one.take_grant(&answer.grant.unwrap().0);
    let snapshot = Snapshot::verify(&answer.snapshot.0, one.channel, &one.trust).unwrap();
    let key = &one.keys[&snapshot.epoch];
    let account = snapshot.open(key).unwrap().swap_remove(0);
    // The account goes on, the channel too, and the key changes.
    let other = world.enrolled(&notification, "1").await;
    world.revoke(&notification, &other).await;
    world.post_many("a", 200).await;
    let mut count = 0;
    for (page, hash) in (1..).zip(&account.pages) {
        let (at, id) = (snapshot.position(), account.account.clone());
        let answer = notification.page(one.channel, at, id, page).await.unwrap();
        let place = (&account.account, page);
        count += open_page(&snapshot, key, place, hash, &answer.sealed.0)
            .unwrap()
            .len();
    }
    assert_eq!(count, 210);
    let refused = async |at, account: &str, page| {
        let account = account.parse().unwrap();
        notification
            .page(one.channel, at, account, page)
            .await
            .unwrap_err()
    };
    let at = snapshot.position();
    assert!(matches!(
        refused(at, "a", 3).await,
        StatementRefused::PageUnknown
    ));
    assert!(matches!(
        refused(at, "a", 0).await,
        StatementRefused::PageUnknown
    ));
    assert!(matches!(
        refused(at, "b", 1).await,
        StatementRefused::PageUnknown
    ));
    let elsewhere = types::Position::new(at.generation, Number::new(77).unwrap());
    assert!(matches!(
        refused(elsewhere, "a", 1).await,
        StatementRefused::SnapshotUnknown
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_stated_to_strangers() {
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
async fn keys_are_used_once_the_root_lists_them_and_no_longer_than_it_does() {
    let world = World::new(1).await;
    let notification = world.open().await;
    world.customer("1").await;
    world.account("a", &["1"]).await;
    let mut one = world.enrolled(&notification, "1").await;
    let mut of_first = notification.signing_keys();
    assert_eq!(of_first.len(), 2);
    world.advance(61 * DAY_MS);
    assert!(notification.ensure_keys().await.unwrap(), "successors");
    assert!(!notification.ensure_keys().await.unwrap());
    assert_eq!(notification.signing_keys().len(), 4);
    // Verified with the first list: the successors are not used yet.
    one.checkpoint(&notification).await;
    // The first keys end, and nobody has listed the successors: events wait.
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
        "listed as long as it is read"
    );
    assert_eq!(notification.trust().unwrap(), one.trust.as_bytes());
}

#[tokio::test(flavor = "multi_thread")]
async fn no_message_is_older_than_a_statement_made_before_it() {
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

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_is_kept_for_an_hour_however_busy_the_channel_is() {
    let world = World::new(1).await;
    let notification = world.open().await;
    world.customer("1").await;
    world.account("a", &["1"]).await;
    world.post_many("a", 1).await;
    let mut one = world.enrolled(&notification, "1").await;
    let first = notification
        .snapshot(one.channel, one.device, Default::default())
        .await
        .unwrap();
    let first = Snapshot::verify(&first.snapshot.0, one.channel, &one.trust).unwrap();
    let running = world.run(&notification);
    let mut numbered = 3;
    for minute in 0..70 {
        world.post("a", &format!("of minute {minute}")).await;
        numbered += 1;
        world.relay().await;
        world.until_read(&mut one, "a", numbered).await;
        one.snapshot(&notification).await;
        let page = notification
            .page(one.channel, first.position(), "a".parse().unwrap(), 1)
            .await;
        assert_eq!(page.is_ok(), minute <= 60, "in minute {minute}: {page:?}");
        world.advance(60_000);
    }
    running.stop().await;
}
