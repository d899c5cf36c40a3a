//! A key epoch names one key, in whatever order older copies are restored.

use crate::phone::Phone;
use crate::world::{World, range};
use envelope::Judgement;
use notification::Notification;
use std::collections::BTreeMap;
use std::path::Path;
use types::{KeyEpoch, MessageKey};

/// The message keys that devices were granted, across all restores of the tables.
#[derive(Default)]
struct Granted(BTreeMap<KeyEpoch, MessageKey>);

impl Granted {
    fn note(&mut self, phone: &Phone) {
        for (epoch, key) in &phone.keys {
            let known = self.0.entry(*epoch).or_insert_with(|| key.clone());
            assert_eq!(known.expose(), key.expose(), "epoch {epoch} names two keys");
        }
    }
}

/// Restores the copy of notification's tables, which stays unchanged, and opens it.
async fn put_back(world: &World, copy: &Path) -> Notification {
    let path = copy.with_extension(format!("{}.sqlite", rand::random::<u64>()));
    crate::engine::copy(copy, &path);
    world.open_at(&path).await
}

async fn posted(world: &World, notification: &Notification, phone: &mut Phone, newest: u64) {
    let running = world.run(notification);
    world.post_many("a", 1).await;
    world.relay().await;
    world.until_read(phone, "a", newest).await;
    running.stop().await;
}

/// One account, and two devices that have read up to sequence 3 of it.
async fn begun(world: &World) -> (Notification, Phone, Phone) {
    let notification = world.open().await;
    world.customer("1").await;
    world.account("a", &["1"]).await;
    let mut one = world.enrolled(&notification, "1").await;
    let mut other = world.enrolled(&notification, "1").await;
    posted(world, &notification, &mut one, 3).await;
    world.until_read(&mut other, "a", 3).await;
    (notification, one, other)
}

/// The channel was restarted. The device starts from there, with the new generation's key, and reads on.
async fn goes_on(world: &World, notification: &Notification, one: &mut Phone, newest: u64) {
    assert_eq!(one.judge(notification).await, Judgement::Restarted);
    let accounts = one.snapshot(notification).await;
    assert_eq!(accounts[0].0.sequence.get(), newest - 1);
    one.entries.clear();
    posted(world, notification, one, newest).await;
    assert_eq!(one.sequences("a"), range(newest, newest));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_restored_repeatedly_uses_each_epoch_for_one_key() {
    let world = World::new(1).await;
    let (notification, mut one, removed) = begun(&world).await;
    let copy = world.back_up_notification();
    let mut granted = Granted::default();
    // The broker has the rekey that the copy lacks, so the channel is restarted each time.
    world.advance(1_000);
    world.revoke(&notification, &removed).await;
    posted(&world, &notification, &mut one, 4).await;
    granted.note(&one);
    drop(notification);
    for newest in 5..8 {
        world.advance(1_000);
        let notification = put_back(&world, &copy).await;
        notification.compare_now().await.unwrap();
        assert_eq!(notification.counters().restarts, 1);
        goes_on(&world, &notification, &mut one, newest).await;
        granted.note(&one);
    }
    assert_eq!(
        granted.0.len(),
        5,
        "epochs of the start, of the rekey, of the restarts"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_epoch_of_a_lost_rekey_is_not_used_again() {
    let mut world = World::new(1).await;
    let (notification, mut one, removed) = begun(&world).await;
    let mut late = world.enrolled(&notification, "1").await;
    drop(notification);
    let backup = world.back_up_broker().await;
    let copy = world.back_up_notification();
    let mut granted = Granted::default();
    world.advance(1_000);
    let notification = world.open().await;
    world.revoke(&notification, &removed).await;
    posted(&world, &notification, &mut one, 4).await;
    granted.note(&one);
    drop(notification);
    world.restore_broker(&backup).await;
    world.advance(1_000);
    let notification = put_back(&world, &copy).await;
    // It learns of the removal from ciam, and numbers a rekey that replaces the lost one.
    notification.compare_now().await.unwrap();
    posted(&world, &notification, &mut late, 5).await;
    granted.note(&late);
    assert_eq!(granted.0.len(), 3, "epochs of the start, and of two rekeys");
}

/// While the clock was days ahead, the channel was restarted. Then the copy was restored.
#[tokio::test(flavor = "multi_thread")]
async fn a_device_with_a_later_epoch_than_the_bank_gets_a_grant_of_the_banks_epoch() {
    const AHEAD_MS: u64 = 10 * 86_400_000;
    let world = World::new(1).await;
    let (notification, mut one, removed) = begun(&world).await;
    let copy = world.back_up_notification();
    world.advance(AHEAD_MS);
    world.revoke(&notification, &removed).await;
    posted(&world, &notification, &mut one, 4).await;
    drop(notification);
    world.set_back(AHEAD_MS - 1_000);
    let later = *one.keys.keys().last().unwrap();
    let notification = put_back(&world, &copy).await;
    notification.compare_now().await.unwrap();
    assert_eq!(notification.counters().restarts, 1);
    goes_on(&world, &notification, &mut one, 5).await;
    assert_eq!(one.keys.len(), 3);
    assert!(one.epoch.unwrap() < later, "{:?} {later}", one.epoch);
}
