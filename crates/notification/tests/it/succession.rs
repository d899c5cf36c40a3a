//! Signing keys and their successors: devices have a key on their list before it signs anything.

use crate::engine::ask;
use crate::world::{DAY_MS, START, World, range};
use protocol::ChannelKind;
use std::sync::atomic::Ordering;
use types::PublicKey;
use vault::Vault as _;

#[tokio::test(flavor = "multi_thread")]
async fn a_successor_signs_only_after_devices_had_a_day_to_get_it() {
    let world = World::new(1).await;
    let notification = world.open().await;
    world.customer("1").await;
    world.account("a", &["1"]).await;
    let mut one = world.enrolled(&notification, "1").await;
    let running = world.run_settled(&notification, world.events.clone()).await;
    // The first keys sign at once.
    world.post("a", "first").await;
    world.relay().await;
    world.until_read(&mut one, "a", 3).await;
    world.advance(61 * DAY_MS);
    assert!(notification.ensure_keys().await.unwrap());
    // The root lists the key late. The waiting time of a key starts with its listing.
    world.advance(2 * DAY_MS);
    let list = world.list(&notification, 2).await;
    notification.install_trust(list.as_bytes()).await.unwrap();
    // The device has the earlier list, and continues verifying.
    world.post("a", "listed").await;
    world.relay().await;
    world.until_read(&mut one, "a", 4).await;
    world.advance(DAY_MS - 1);
    // Another list does not restart the key's waiting time, and a restart of the process does not lose it.
    let later = world.list(&notification, 3).await;
    notification.install_trust(later.as_bytes()).await.unwrap();
    world.post("a", "nearly").await;
    world.relay().await;
    world.until_read(&mut one, "a", 5).await;
    running.stop().await;
    drop(notification);
    let notification = world.open().await;
    let running = world.run(&notification);
    world.advance(1);
    world.post("a", "settled").await;
    world.relay().await;
    let old = one.trust.clone();
    one.trust = later;
    world.until_read(&mut one, "a", 6).await;
    let signature = one.signature.clone().unwrap();
    assert!(
        one.head
            .verify(&signature, ChannelKind::Customer, &one.trust)
            .is_ok()
    );
    assert!(
        one.head
            .verify(&signature, ChannelKind::Customer, &old)
            .is_err(),
        "the successor signs now"
    );
    running.stop().await;
    assert_eq!(one.sequences("a"), range(3, 6));
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_made_after_the_clock_was_set_back() {
    let world = World::new(1).await;
    let notification = world.open().await;
    let before: Vec<PublicKey> = notification
        .signing_keys()
        .iter()
        .map(|key| key.key)
        .collect();
    world.time.store(START - DAY_MS, Ordering::SeqCst);
    assert!(notification.ensure_keys().await.unwrap());
    assert!(!notification.ensure_keys().await.unwrap());
    let now = world.now();
    let valid = notification
        .signing_keys()
        .into_iter()
        .filter(|key| (key.from..=key.until).contains(&now));
    assert_eq!(valid.filter(|key| !before.contains(&key.key)).count(), 3);
}

/// Whether the private half of each key is stored, in order of creation.
fn kept(world: &World) -> Vec<bool> {
    let select = "SELECT length(wrapped) FROM signing_key ORDER BY from_ms, purpose";
    let lengths = ask(&world.path(), select);
    lengths.lines().map(|length| length != "0").collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn private_halves_of_expired_keys_are_destroyed_once_successors_sign() {
    let world = World::new(1).await;
    let notification = world.open().await;
    world.customer("1").await;
    let mut one = world.enrolled(&notification, "1").await;
    world.advance(200 * DAY_MS);
    assert!(
        notification.ensure_keys().await.unwrap(),
        "by the clock, however it came there"
    );
    // The root may list them late. Until devices know the successors, nothing is destroyed, because a wrong clock may
    // be corrected.
    world.advance(9 * DAY_MS);
    notification.ensure_keys().await.unwrap();
    assert_eq!(kept(&world), [true; 6]);
    let list = world.list(&notification, 2).await;
    notification.install_trust(list.as_bytes()).await.unwrap();
    world.advance(DAY_MS - 1);
    notification.ensure_keys().await.unwrap();
    assert_eq!(kept(&world), [true; 6]);
    world.advance(1);
    notification.ensure_keys().await.unwrap();
    assert_eq!(kept(&world), [false, false, false, true, true, true]);
    let listed = notification.signing_keys();
    assert_eq!(listed.len(), 6, "their signatures are still verified");

    drop(notification);
    let notification = world.open().await;
    assert_eq!(notification.signing_keys(), listed);
    one.trust = list;
    one.checkpoint(&notification).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_keys_are_wrapped_again_so_that_an_old_key_encryption_key_can_be_destroyed() {
    let world = World::new(1).await;
    let notification = world.open().await;
    let listed = notification.signing_keys();
    world.vault.rotate().await.unwrap();
    notification.ensure_keys().await.unwrap();
    world.vault.destroy(1).await.unwrap();
    drop(notification);
    let notification = world.open().await;
    assert_eq!(notification.signing_keys(), listed);
}
