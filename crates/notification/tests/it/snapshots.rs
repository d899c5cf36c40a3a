//! Snapshots: everything that a customer has, in parts, with the histories behind it.

use crate::engine::ask;
use crate::phone::Phone;
use crate::tables::count;
use crate::taking::{Taken, number_of};
use crate::world::{DAY_MS, START, World, range};
use core_bank::CoreBank as _;
use envelope::Section;
use notification::{Failure, Notification, StatementRefused};
use protocol::http::{AccountRow, HolderRow};
use std::sync::atomic::Ordering;
use types::{AccountKind, BalanceType, Role, SnapshotId, Time};

/// A customer with one account of that many booked entries, and a device of the customer.
async fn one_account(world: &World, entries: usize) -> (Notification, Phone) {
    let notification = world.open().await;
    world.customer("1").await;
    world.account("a", &["1"]).await;
    post_together(world, "a", entries).await;
    let one = world.enrolled(&notification, "1").await;
    (notification, one)
}

/// Posts many transactions concurrently, so that they share commits.
async fn post_together(world: &World, account: &str, count: usize) {
    let posts = (0..count).map(|index| async move {
        world.post(account, &format!("{account}-{index}")).await;
    });
    let posts = futures_util::stream::iter(posts);
    futures_util::StreamExt::for_each_concurrent(posts, 256, |post| post).await;
}

/// Opens that many accounts for a customer.
async fn open_accounts(world: &World, customer: &str, numbers: std::ops::Range<usize>) {
    let ids: Vec<_> = numbers.map(|number| format!("E{number:06}")).collect();
    for ids in ids.chunks(1_000) {
        let accounts = ids.iter().map(|id| AccountRow {
            account: id.parse().unwrap(),
            kind: AccountKind::Current,
            name: format!("{:x<40}", format!("Sub-account {id}")),
            currency: "CZK".parse().unwrap(),
            opened: None,
            limit: None,
        });
        let holders = ids.iter().map(|id| HolderRow {
            account: id.parse().unwrap(),
            customer: customer.parse().unwrap(),
            role: Role::Owner,
        });
        let bank = &world.bank.bank;
        bank.load_accounts(accounts.collect()).await.unwrap();
        bank.load_holders(holders.collect()).await.unwrap();
    }
}

async fn taken(one: &mut Phone, notification: &Notification) -> Taken {
    one.ask_snapshot(notification).await.unwrap()
}

fn rows_of(world: &World, table: &str) -> i64 {
    count(world, &format!("SELECT COUNT(*) FROM {table}"))
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
    let snapshot = taken(&mut one, &notification).await;
    let books = world.bank.bank.snapshot(&one.customer).await.unwrap();
    assert_eq!(snapshot.snapshot.incarnation, books.incarnation);
    let items = one.items(&notification, &snapshot).await;
    let of: Vec<_> = items.iter().map(|(_, item)| item.place()).collect();
    let expected = [
        (Section::Customer, "1"),
        (Section::Account, "a"),
        (Section::Account, "empty"),
    ];
    assert_eq!(of, expected);
    let accounts = one.snapshot(&notification).await;
    let (a, history) = &accounts[0];
    assert_eq!((a.history().unwrap().pages, a.sequence.get()), (3, 403));
    let numbers: Vec<u64> = history.iter().map(number_of).collect();
    assert_eq!(numbers, range(1, 401));
    let last = &history[400].balances[&BalanceType::Booked];
    assert_eq!(last.minor_units(), 401 * 987_654_321);
    let envelope::ItemState::Account { state, .. } = &a.state else {
        panic!("an account")
    };
    assert_eq!(state.balances[&BalanceType::Booked], *last);
    let (empty, history) = &accounts[1];
    assert_eq!((empty.history().unwrap().pages, history.len()), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_of_ten_thousand_accounts_has_a_snapshot_in_parts() {
    let world = World::new(1).await;
    let notification = world.open().await;
    world.customer("escrow").await;
    open_accounts(&world, "escrow", 0..10_000).await;
    world.post_many("E009999", 3).await;
    let mut one = world.enrolled(&notification, "escrow").await;
    let first = notification.first_snapshot(one.channel, one.device).await;
    let first = one.verify(first.unwrap().snapshot, None);
    assert_eq!(first.snapshot.parts, 101, "a customer and 10,000 accounts");
    assert!(first.parts.len() < 101, "{} at once", first.parts.len());
    let items = one.items(&notification, &first).await;
    assert_eq!(items.len(), 10_001);
    let (part, last) = &items[10_000];
    assert_eq!((last.id.as_str(), *part), ("E009999", 101));
    let history = one.history(&notification, &first, &items[10_000]).await;
    assert_eq!(history.iter().map(number_of).collect::<Vec<_>>(), [1, 2, 3]);
    // One more account is in the next snapshot.
    open_accounts(&world, "escrow", 10_000..10_001).await;
    assert_eq!(one.snapshot(&notification).await.len(), 10_001);
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_and_pages_stay_unchanged_for_the_requesting_device() {
    let world = World::new(1).await;
    let (notification, mut one) = one_account(&world, 210).await;
    let snapshot = taken(&mut one, &notification).await;
    let parts = one.parts(&notification, &snapshot, 1).await.unwrap();
    assert_eq!(parts, snapshot.parts);
    // The account and the channel advance, and the key changes.
    let mut other = world.enrolled(&notification, "1").await;
    let revoked = world.enrolled(&notification, "1").await;
    world.revoke(&notification, &revoked).await;
    world.post_many("a", 200).await;
    other.snapshot(&notification).await;
    assert_eq!(one.parts(&notification, &snapshot, 1).await.unwrap(), parts);
    let item = one.items(&notification, &snapshot).await.remove(1);
    assert_eq!(
        one.history(&notification, &snapshot, &item).await.len(),
        210
    );

    let unknown = |refused: StatementRefused| {
        assert!(
            matches!(refused, StatementRefused::PageUnknown),
            "{refused}"
        )
    };
    for from in [0, 2, u64::MAX] {
        unknown(one.parts(&notification, &snapshot, from).await.unwrap_err());
    }
    for asked in [
        (1, "a", 0),
        (1, "a", 3),
        (2, "a", 1),
        (0, "a", 1),
        (u64::MAX, "a", 1),
        (1, "a", u64::MAX),
        (1, "b", 1),
    ] {
        unknown(
            one.pages(&notification, &snapshot, asked)
                .await
                .unwrap_err(),
        );
    }
    let gone = |refused: StatementRefused| {
        assert!(
            matches!(refused, StatementRefused::SnapshotUnknown),
            "{refused}"
        )
    };
    let never_made = Taken {
        id: SnapshotId::new([7; 16]),
        parts: Vec::new(),
        snapshot: snapshot.snapshot.clone(),
    };
    gone(one.parts(&notification, &never_made, 1).await.unwrap_err());
    // Another device of the channel has its own snapshot.
    gone(other.parts(&notification, &snapshot, 1).await.unwrap_err());
    gone(
        other
            .pages(&notification, &snapshot, (1, "a", 1))
            .await
            .unwrap_err(),
    );
    let refused = revoked.parts(&notification, &snapshot, 1).await;
    let refused = refused.unwrap_err();
    assert!(matches!(refused, StatementRefused::NotAReader), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_two_newest_snapshots_of_a_device_are_kept_for_a_day() {
    let world = World::new(1).await;
    let (notification, mut one) = one_account(&world, 1).await;
    let first = notification.first_snapshot(one.channel, one.device).await;
    let first = one.verify(first.unwrap().snapshot, None);
    let mut other = world.enrolled(&notification, "1").await;
    let of_other = taken(&mut other, &notification).await;
    let second = taken(&mut one, &notification).await;
    one.parts(&notification, &first, 1).await.unwrap();
    let third = taken(&mut one, &notification).await;
    let refused = one.parts(&notification, &first, 1).await.unwrap_err();
    assert!(
        matches!(refused, StatementRefused::SnapshotUnknown),
        "{refused}"
    );
    one.parts(&notification, &second, 1).await.unwrap();
    other.parts(&notification, &of_other, 1).await.unwrap();
    assert_eq!(
        (
            rows_of(&world, "snapshot"),
            rows_of(&world, "snapshot_part")
        ),
        (3, 3)
    );

    world.advance(DAY_MS);
    one.pages(&notification, &third, (1, "a", 1)).await.unwrap();
    notification.compare_now().await.unwrap();
    assert_eq!(rows_of(&world, "snapshot"), 3);
    world.advance(1);
    let refused = one.pages(&notification, &third, (1, "a", 1)).await;
    let refused = refused.unwrap_err();
    assert!(
        matches!(refused, StatementRefused::SnapshotUnknown),
        "{refused}"
    );
    notification.compare_now().await.unwrap();
    assert_eq!(
        (
            rows_of(&world, "snapshot"),
            rows_of(&world, "snapshot_part")
        ),
        (0, 0)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_history_is_read_once_however_often_the_request_is_interrupted() {
    let world = World::new(1).await;
    let (notification, mut one) = one_account(&world, 7_100).await;
    let bank = &world.bank;
    bank.histories.store(6, Ordering::SeqCst);
    let refused = one.ask_snapshot(&notification).await.map(drop);
    let refused = refused.unwrap_err();
    assert!(
        matches!(refused, StatementRefused::Failed(Failure::CoreBank(_))),
        "{refused}"
    );
    assert_eq!(bank.read.swap(0, Ordering::SeqCst), 6_000);
    bank.histories.store(usize::MAX, Ordering::SeqCst);
    taken(&mut one, &notification).await;
    let read = bank.read.swap(0, Ordering::SeqCst);
    assert!(read <= 7_100 - 3_000, "{read} entries were read again");
    // From now on a snapshot reads no entry. A history that grew is read from its last page.
    drop(notification);
    let notification = world.open().await;
    taken(&mut one, &notification).await;
    assert_eq!(bank.read.swap(0, Ordering::SeqCst), 0);
    world.post("a", "one more").await;
    let snapshot = taken(&mut one, &notification).await;
    assert_eq!(bank.read.swap(0, Ordering::SeqCst), 101);
    let item = one.items(&notification, &snapshot).await.remove(1);
    assert_eq!(item.1.history().unwrap().pages, 36);
    let history = one.history(&notification, &snapshot, &item).await;
    assert_eq!(
        history.iter().map(number_of).collect::<Vec<_>>(),
        range(1, 7_101)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_of_former_books_has_no_pages_and_the_next_one_has() {
    let world = World::new(1).await;
    let (notification, mut one) = one_account(&world, 450).await;
    let before = taken(&mut one, &notification).await;
    let incarnation = world.bank.bank.reopen().await.unwrap();
    let refused = one.pages(&notification, &before, (1, "a", 1)).await;
    let refused = refused.unwrap_err();
    assert!(
        matches!(refused, StatementRefused::SnapshotUnknown),
        "{refused}"
    );
    let after = taken(&mut one, &notification).await;
    assert_eq!(after.snapshot.incarnation, incarnation);
    assert_eq!(
        world.bank.read.load(Ordering::SeqCst),
        450 + 200 + 450,
        "read again"
    );
    let item = one.items(&notification, &after).await.remove(1);
    assert_eq!(one.history(&notification, &after, &item).await.len(), 450);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_of_the_core_bank_that_lacks_numbered_events_is_not_stated() {
    let world = World::new(1).await;
    let (notification, mut one) = one_account(&world, 1).await;
    let old = world.bank.bank.snapshot(&one.customer).await.unwrap();
    let running = world.run(&notification);
    world.post("a", "later").await;
    world.relay().await;
    world.until_read(&mut one, "a", 4).await;
    running.stop().await;
    let answers = |count| {
        let mut answers = world.bank.old_snapshots.lock().unwrap();
        *answers = vec![old.clone(); count].into();
    };
    answers(2);
    assert_eq!(one.snapshot(&notification).await[0].0.sequence.get(), 4);
    answers(100);
    let refused = one.ask_snapshot(&notification).await.map(drop);
    let refused = refused.unwrap_err();
    assert!(
        matches!(refused, StatementRefused::Failed(Failure::BooksBehind)),
        "{refused}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_that_cannot_be_signed_leaves_nothing_behind() {
    let world = World::new(1).await;
    let (notification, mut one) = one_account(&world, 1).await;
    world.advance(91 * DAY_MS);
    let refused = one.ask_snapshot(&notification).await.map(drop);
    let refused = refused.unwrap_err();
    let failure = matches!(refused, StatementRefused::Failed(Failure::NoSigningKey(_)));
    assert!(failure, "{refused}");
    let request = protocol::http::CheckpointRequest {
        nonce: types::Nonce::new([1; 16]),
        epoch: None,
        trust_version: None,
    };
    let refused = notification
        .checkpoint(one.channel, one.device, request)
        .await;
    let refused = refused.unwrap_err();
    let failure = matches!(refused, StatementRefused::Failed(Failure::NoSigningKey(_)));
    assert!(failure, "{refused}");
    assert_eq!(
        (
            rows_of(&world, "snapshot"),
            rows_of(&world, "snapshot_part")
        ),
        (0, 0)
    );
    world.time.store(START + 7, Ordering::SeqCst);
    let snapshot = taken(&mut one, &notification).await;
    assert_eq!(snapshot.snapshot.time, Time::from_ms(START + 7));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_time_of_a_snapshot_is_not_before_earlier_statements() {
    let world = World::new(1).await;
    let (notification, mut one) = one_account(&world, 1).await;
    world.advance(60_000);
    let checkpoint = one.checkpoint(&notification).await.time;
    world.time.store(START, Ordering::SeqCst);
    let first = taken(&mut one, &notification).await.snapshot.time;
    assert_eq!(first, checkpoint);
    world.advance(90_000);
    let second = taken(&mut one, &notification).await.snapshot.time;
    assert_eq!(second, Time::from_ms(START + 90_000));
    world.time.store(START, Ordering::SeqCst);
    assert_eq!(one.checkpoint(&notification).await.time, second);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_message_numbered_during_a_snapshot_is_older_than_the_snapshot() {
    let world = World::new(1).await;
    let (notification, mut one) = one_account(&world, 1).await;
    let running = world.run_settled(&notification, world.events.clone()).await;
    let mut reader = world.enrolled(&notification, "1").await;
    world.bank.snapshots.arm();
    let taking = async {
        let taken = taken(&mut one, &notification).await;
        (taken.snapshot.number, taken.snapshot.time)
    };
    let numbering = async {
        world.bank.snapshots.wait_for_arrival().await;
        world.post("a", "meanwhile").await;
        world.relay().await;
        world.until_read(&mut reader, "a", 4).await;
        world.advance(5_000);
        world.bank.snapshots.open();
    };
    let ((number, time), ()) = tokio::join!(taking, numbering);
    assert!(number < reader.head.number);
    assert!(
        time <= reader.head.time,
        "{time:?} is after {:?}",
        reader.head.time
    );
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_of_an_older_database_proves_its_head_from_the_message_or_by_a_rekey() {
    let world = World::new(1).await;
    let (notification, mut one) = one_account(&world, 1).await;
    let running = world.run(&notification);
    world.post("a", "numbered").await;
    world.relay().await;
    world.until_read(&mut one, "a", 4).await;
    let older = || {
        ask(
            &world.path(),
            "UPDATE channel SET before = NULL, hole = NULL",
        )
    };
    older();
    assert_eq!(
        taken(&mut one, &notification).await.snapshot.number,
        one.head.number
    );
    assert_eq!(one.keys.len(), 1);
    older();
    ask(&world.path(), "DELETE FROM outgoing");
    let number = one.head.number;
    let snapshot = taken(&mut one, &notification).await.snapshot;
    assert_eq!(snapshot.number, number.next());
    assert!(Some(snapshot.epoch) > one.epoch);
    world.post("a", "under the new key").await;
    world.relay().await;
    world.until_read(&mut one, "a", 5).await;
    running.stop().await;
    assert_eq!(one.epoch, Some(snapshot.epoch));
    assert_eq!(one.snapshot(&notification).await[0].0.sequence.get(), 5);
}
