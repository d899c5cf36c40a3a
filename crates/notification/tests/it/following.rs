//! Following ciam: a failure with one device delays neither the grant nor the removal of another.

use crate::world::World;
use notification::ports::Revocation;
use notification::{Failure, StatementRefused};
use protocol::http::CheckpointRequest;
use std::sync::atomic::Ordering;
use types::Nonce;

const REQUEST: CheckpointRequest = CheckpointRequest {
    nonce: Nonce::new([1; 16]),
    epoch: None,
    trust_version: None,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_statement_delays_no_revocation_and_no_other_statement() {
    let world = World::new(1).await;
    let notification = world.open().await;
    world.customer("1").await;
    world.customer("2").await;
    world.account("a", &["1"]).await;
    let removed = world.enrolled(&notification, "1").await;
    world.bank.no_snapshots.store(true, Ordering::SeqCst);
    let waiting = world.phone(&notification, "2").await;
    let behind = world.phone(&notification, "1").await;
    let number = world.desk.next_number();
    world.desk.revoke(removed.revocation(number));
    assert!(notification.compare_now().await.is_err());
    let stated = notification
        .checkpoint(removed.channel, removed.device, REQUEST)
        .await;
    assert!(
        matches!(stated, Err(StatementRefused::NotAReader)),
        "{stated:?}"
    );
    let stated = notification
        .checkpoint(behind.channel, behind.device, REQUEST)
        .await;
    assert!(stated.is_ok(), "{stated:?}");

    // The failing statement is retried.
    world.bank.no_snapshots.store(false, Ordering::SeqCst);
    notification.compare_now().await.unwrap();
    let stated = notification
        .checkpoint(waiting.channel, waiting.device, REQUEST)
        .await;
    assert!(stated.is_ok(), "{stated:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revocation_with_anothers_number_does_not_count_as_processed() {
    let world = World::new(1).await;
    let notification = world.open().await;
    world.customer("1").await;
    world.customer("2").await;
    let one = world.enrolled(&notification, "1").await;
    let other = world.enrolled(&notification, "1").await;
    let stranger = world.phone(&notification, "2").await;
    let done = one.revocation(7);
    notification.rekey(done).await.unwrap();
    notification.rekey(done).await.unwrap();
    for wrong in [other.revocation(7), stranger.revocation(7)] {
        let refused = notification.rekey(wrong).await;
        assert!(matches!(refused, Err(Failure::Broken(_))), "{refused:?}");
    }
    let right = Revocation {
        number: 8,
        ..other.revocation(7)
    };
    notification.rekey(right).await.unwrap();
}
