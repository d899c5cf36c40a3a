//! The comparison: its requests, and the steps that do not wait for it.

use crate::tables::count;
use crate::world::{World, range, until};
use notification::StatementRefused;
use protocol::http::CheckpointRequest;
use std::sync::atomic::Ordering;
use types::Nonce;

const REQUEST: CheckpointRequest = CheckpointRequest {
    nonce: Nonce::new([1; 16]),
    epoch: None,
    trust_version: None,
};

fn questions(world: &World) -> usize {
    world.bank.questions.load(Ordering::SeqCst)
}

#[tokio::test(flavor = "multi_thread")]
async fn subjects_without_an_enrolled_holder_need_no_request_each() {
    let world = World::new(1).await;
    let notification = world.open().await;
    world.customer("1").await;
    world.customer("2").await;
    let mut one = world.enrolled(&notification, "1").await;
    for account in 0..300 {
        world.account(&format!("n{account}"), &["2"]).await;
    }
    world.lose().await;
    notification.compare_now().await.unwrap();
    assert_eq!(questions(&world), 0);

    // An enrolled customer becomes a holder of one of them, and of one whose first event is lost, too.
    world.hold("n7", "1").await;
    world.account("a", &["1"]).await;
    world.lose().await;
    notification.compare_now().await.unwrap();
    assert_eq!(questions(&world), 1, "both in one request");
    let running = world.run(&notification);
    world.until_read(&mut one, "n7", 3).await;
    world.until_read(&mut one, "a", 2).await;
    running.stop().await;
    assert_eq!(one.sequences("n7"), [3]);
    assert_eq!(one.sequences("a"), [2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn events_of_many_subjects_are_requested_together() {
    const ACCOUNTS: usize = 200;
    let world = World::new(1).await;
    let notification = world.open().await;
    world.customer("1").await;
    let accounts: Vec<_> = (0..ACCOUNTS).map(|account| format!("a{account}")).collect();
    for account in &accounts {
        world.account(account, &["1"]).await;
    }
    let mut one = world.enrolled(&notification, "1").await;
    for account in &accounts {
        world.post_many(account, 2).await;
    }
    // More events of one subject than one request for many subjects returns.
    world.post_many("a0", 40).await;
    // The events of one subject cannot be read. The others do not wait for it.
    let withheld = types::SubjectId::from(&"a1".parse::<types::AccountId>().unwrap());
    *world.bank.withheld.lock().unwrap() = Some(withheld);
    world.lose().await;
    assert!(notification.compare_now().await.is_err());
    *world.bank.withheld.lock().unwrap() = None;
    let before = questions(&world);
    notification.compare_now().await.unwrap();
    assert_eq!(questions(&world) - before, 1, "only the withheld one");
    let running = world.run(&notification);
    for (account, newest) in accounts
        .iter()
        .zip([44].into_iter().chain([4].repeat(ACCOUNTS - 1)))
    {
        world.until_read(&mut one, account, newest).await;
        assert_eq!(one.sequences(account), range(3, newest));
    }
    running.stop().await;

    // Two batches of 128 and 72.
    for account in &accounts {
        world.post_many(account, 1).await;
    }
    world.lose().await;
    let before = questions(&world);
    notification.compare_now().await.unwrap();
    assert_eq!(questions(&world) - before, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn removed_devices_and_old_messages_do_not_wait_for_a_core_bank_that_hangs() {
    let mut world = World::new(1).await;
    world.settings.kept_ms = 1_000;
    world.settings.comparison_interval_ms = 50;
    let notification = world.open().await;
    world.customer("1").await;
    world.account("a", &["1"]).await;
    let one = world.enrolled(&notification, "1").await;
    let mut two = world.enrolled(&notification, "1").await;
    let running = world.run_settled(&notification, world.events.clone()).await;
    world.post_many("a", 3).await;
    world.relay().await;
    world.until_read(&mut two, "a", 5).await;

    world.bank.heads.arm();
    world.bank.heads.wait_for_arrival().await;
    let number = world.desk.next_number();
    world.desk.revoke(one.revocation(number));
    until("the device is excluded", async || {
        let stated = notification
            .checkpoint(one.channel, one.device, REQUEST)
            .await;
        matches!(stated, Err(StatementRefused::NotAReader))
    })
    .await;
    until("the acknowledged messages are deleted", async || {
        world.advance(1_000);
        count(&world, "SELECT COUNT(*) FROM outgoing") == 0
    })
    .await;
    world.bank.heads.open();
    running.stop().await;
}
