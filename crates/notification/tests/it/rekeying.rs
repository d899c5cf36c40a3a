//! Once a device is revoked, the next numbered entry is under a key that the device does not get.

use crate::phone::Phone;
use crate::world::{World, range, until};
use notification::ports::Revocation;
use notification::{GrantRefused, StatementRefused};
use protocol::http::CheckpointRequest;
use protocol::{AccessChange, BrakeChange, BrakeStep, EntryKind, MessageKind};
use types::{ChannelId, Currency, Money, Nonce, PasskeyId, Time};

/// Waits until the device has two entries of a kind.
async fn has_two(world: &World, reader: &mut Phone, kind: EntryKind) {
    let two = async |reader: &mut Phone| {
        reader.sync(world.broker()).await;
        reader.count(kind.clone()) >= 2
    };
    until("two entries", async || two(reader).await).await;
    assert_eq!(reader.count(kind.clone()), 2);
}

/// The customer's devices see each change once, also of a passkey that is registered again.
#[tokio::test(flavor = "multi_thread")]
async fn all_devices_see_which_passkeys_were_added_and_removed() {
    let world = World::new(1).await;
    let notification = world.open().await;
    world.customer("1").await;
    let mut phone = world.enrolled(&notification, "1").await;
    let mut tablet = world.enrolled(&notification, "1").await;
    let running = world.run(&notification);
    let passkey = PasskeyId::of(b"credential");
    let device = phone.device;
    let [added, removed] = [EntryKind::PasskeyAdded, EntryKind::PasskeyRemoved].map(|kind| {
        let (passkey, device) = (Some(passkey), Some(device));
        AccessChange {
            passkey,
            device,
            ..AccessChange::new(kind)
        }
    });
    for (cause, change) in [
        ("a/1", &added),
        ("a/1", &added),
        ("a/1", &removed),
        ("a/2", &added),
    ] {
        let shown = notification.access_changed(phone.channel, cause, change);
        shown.await.unwrap();
    }
    for reader in [&mut phone, &mut tablet] {
        has_two(&world, reader, EntryKind::PasskeyAdded).await;
        assert_eq!(reader.count(EntryKind::PasskeyRemoved), 1);
    }
    running.stop().await;
}

/// The same of brakes. Of a customer who was erased, or never enrolled, nobody is told.
#[tokio::test(flavor = "multi_thread")]
async fn all_devices_see_each_change_of_a_brake() {
    let world = World::new(1).await;
    let notification = world.open().await;
    world.customer("1").await;
    let mut phone = world.enrolled(&notification, "1").await;
    let mut tablet = world.enrolled(&notification, "1").await;
    let running = world.run(&notification);
    let change = BrakeChange {
        brake: "day".to_owned(),
        step: BrakeStep::Loosens,
        limit: Some(Money::new(50_000, Currency::CZK)),
        from: Some(Time::from_ms(1_790_000_000_000)),
        device: phone.device,
    };
    for cause in ["a", "a", "b"] {
        let shown = notification.brake_changed(phone.channel, cause, &change);
        shown.await.unwrap();
    }
    for reader in [&mut phone, &mut tablet] {
        has_two(&world, reader, EntryKind::BrakeChanged).await;
    }
    let none = ChannelId::new([7; 16]);
    let refused = notification.brake_changed(none, "c", &change).await;
    assert!(matches!(refused, Err(StatementRefused::ChannelUnknown)));
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_device_opens_no_later_message() {
    let world = World::new(1).await;
    let notification = world.open().await;
    world.customer("1").await;
    world.account("a", &["1"]).await;
    let mut kept = world.enrolled(&notification, "1").await;
    let mut revoked = world.enrolled(&notification, "1").await;
    let running = world.run(&notification);
    world.post("a", "before").await;
    world.relay().await;
    world.until_read(&mut kept, "a", 3).await;
    world.until_read(&mut revoked, "a", 3).await;
    world.revoke(&notification, &revoked).await;
    world.post_many("a", 2).await;
    world.relay().await;
    world.until_read(&mut kept, "a", 5).await;
    let messages = revoked.pull(world.broker()).await;
    assert_eq!(messages[0].kind, MessageKind::Rekey, "the very next number");
    revoked.sync(world.broker()).await;
    running.stop().await;
    assert!(revoked.left_out);
    assert_eq!(revoked.sequences("a"), [3]);
    assert_eq!(revoked.keys.len(), 1);
    let (first, current) = (*revoked.keys.keys().next().unwrap(), kept.epoch.unwrap());
    assert!(current > first, "{current} after {first}");
    let later = messages
        .iter()
        .skip(1)
        .map(|message| message.body.bytes().unwrap());
    for body in later {
        assert_eq!(envelope::epoch_of(body), Ok(current));
        for key in revoked.keys.values() {
            for epoch in [first, current] {
                let at = types::Position::new(revoked.generation(), messages[1].number);
                assert!(envelope::open_entry((key, epoch), revoked.channel, at, body).is_err());
            }
        }
    }
    assert_eq!(kept.sequences("a"), range(3, 5));
    assert_eq!(kept.count(EntryKind::DeviceRemoved), 1);
    // The device gets no checkpoint, snapshot or grant either.
    let refused = notification.grant(&revoked.statement).await.unwrap_err();
    assert!(matches!(refused, GrantRefused::Revoked), "{refused}");
    let request = CheckpointRequest {
        nonce: Nonce::new([1; 16]),
        epoch: None,
        trust_version: None,
    };
    let (channel, device) = (revoked.channel, revoked.device);
    let refused = notification
        .checkpoint(channel, device, request)
        .await
        .unwrap_err();
    assert!(matches!(refused, StatementRefused::NotAReader), "{refused}");
    let refused = revoked.ask_snapshot(&notification).await.map(drop);
    let refused = refused.unwrap_err();
    assert!(matches!(refused, StatementRefused::NotAReader), "{refused}");
    let refused = notification
        .report(channel, device, revoked.report())
        .await
        .unwrap_err();
    assert!(matches!(refused, StatementRefused::NotAReader), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_rekey_does_nothing() {
    let world = World::new(1).await;
    let notification = world.open().await;
    world.customer("1").await;
    let mut kept = world.enrolled(&notification, "1").await;
    let revoked = world.enrolled(&notification, "1").await;
    world.revoke(&notification, &revoked).await;
    let before = kept.checkpoint(&notification).await;
    let again = revoked.revocation(world.desk.next_number() - 1);
    notification.rekey(again).await.unwrap();
    drop(notification);
    let notification = world.open().await;
    notification.rekey(again).await.unwrap();
    notification.compare_now().await.unwrap();
    let after = kept.checkpoint(&notification).await;
    assert_eq!((after.number, after.epoch), (before.number, before.epoch));
}

/// As after a restore of an older copy of ciam: the device was removed under a number that ciam no longer knows.
#[tokio::test(flavor = "multi_thread")]
async fn a_second_revocation_of_a_device_under_another_number_changes_nothing() {
    let world = World::new(1).await;
    let notification = world.open().await;
    world.customer("1").await;
    let mut kept = world.enrolled(&notification, "1").await;
    let revoked = world.enrolled(&notification, "1").await;
    world.revoke(&notification, &revoked).await;
    let before = kept.checkpoint(&notification).await;
    let again = revoked.revocation(world.desk.next_number());
    for _ in 0..2 {
        notification.rekey(again).await.unwrap();
        let after = kept.checkpoint(&notification).await;
        assert_eq!((after.number, after.epoch), (before.number, before.epoch));
    }
    let channel = notification
        .channel_of_device(revoked.device)
        .await
        .unwrap();
    assert_eq!(channel, Some(revoked.channel));
    let customer = notification.channel_of(&revoked.customer).await.unwrap();
    assert_eq!(customer, Some(revoked.channel));
    let nobody = notification
        .channel_of(&"2".parse().unwrap())
        .await
        .unwrap();
    assert_eq!(nobody, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_never_had_a_grant_gets_none_afterwards() {
    let world = World::new(1).await;
    let notification = world.open().await;
    world.customer("1").await;
    world.customer("2").await;
    let mut kept = world.enrolled(&notification, "1").await;
    let before = kept.checkpoint(&notification).await;
    // One device of a customer with a channel, and one of a customer without.
    for phone in [
        world.phone(&notification, "1").await,
        world.phone(&notification, "2").await,
    ] {
        // The order of calls alone must suffice: as far as notification can see, ciam has not committed the revocation.
        let revocation = Revocation {
            number: 1_000_000 + u64::from(phone.channel.as_bytes()[0]),
            ..phone.revocation(0)
        };
        notification.rekey(revocation).await.unwrap();
        notification.rekey(revocation).await.unwrap();
        let refused = notification.grant(&phone.statement).await.unwrap_err();
        assert!(matches!(refused, GrantRefused::Revoked), "{refused}");
    }
    assert_eq!(kept.checkpoint(&notification).await.number, before.number);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_enrols_after_a_rekey_reads_later_entries() {
    let world = World::new(1).await;
    let notification = world.open().await;
    world.customer("1").await;
    world.account("a", &["1"]).await;
    let mut kept = world.enrolled(&notification, "1").await;
    let revoked = world.enrolled(&notification, "1").await;
    let running = world.run(&notification);
    world.post("a", "before").await;
    world.relay().await;
    world.until_read(&mut kept, "a", 3).await;
    world.revoke(&notification, &revoked).await;
    let mut late = world.phone(&notification, "1").await;
    let granted = notification.grant(&late.statement).await.unwrap();
    assert!(granted.epoch > *kept.keys.keys().next().unwrap());
    late.take_grant(&granted.grant);
    world.post("a", "after").await;
    world.relay().await;
    world.until_read(&mut late, "a", 4).await;
    world.until_read(&mut kept, "a", 4).await;
    running.stop().await;
    assert_eq!(late.sequences("a"), [4], "the rest is in its snapshot");
    let accounts = late.snapshot(&notification).await;
    assert_eq!(accounts[0].1.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn rekeys_during_numbering_leave_every_entry_under_the_current_epoch() {
    let world = World::new(2).await;
    let notification = world.open().await;
    world.customer("1").await;
    world.account("a", &["1"]).await;
    world.account("b", &["1"]).await;
    let mut kept = world.enrolled(&notification, "1").await;
    let mut others = Vec::new();
    for _ in 0..8 {
        others.push(world.enrolled(&notification, "1").await);
    }
    let running = world.run(&notification);
    for other in &others {
        world.post_many("a", 6).await;
        world.post_many("b", 6).await;
        let (relayed, revoked) = (world.relay(), world.revoke(&notification, other));
        tokio::join!(relayed, revoked);
    }
    // A wrong epoch would fail in the device's follow_epoch.
    world.until_read(&mut kept, "a", 50).await;
    world.until_read(&mut kept, "b", 50).await;
    running.stop().await;
    assert_eq!(kept.sequences("a"), range(3, 50));
    assert_eq!(kept.sequences("b"), range(3, 50));
    assert_eq!(kept.count(EntryKind::DeviceRemoved), 8);
    assert_eq!(kept.keys.len(), 9);
    assert_eq!(kept.epoch, kept.keys.keys().last().copied());
}
