//! Every committed event reaches every enrolled holder once, in the subject's order.

use crate::ports::Script;
use crate::world::{World, range, relay_keys, until};
use bytes::Bytes;
use protocol::EntryKind;
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use std::sync::Arc;

#[tokio::test(flavor = "multi_thread")]
async fn every_event_reaches_every_enrolled_holder_once_and_in_order() {
    let world = World::new(4).await;
    let notification = world.open().await;
    for customer in ["1", "2", "3"] {
        world.customer(customer).await;
    }
    world.account("a", &["1", "2"]).await;
    world.account("b", &["2", "3"]).await;
    world.account("c", &["1"]).await;
    let mut one = world.enrolled(&notification, "1").await;
    let mut two = world.enrolled(&notification, "2").await;
    let running = world.run(&notification);
    for _ in 0..20 {
        for account in ["a", "b", "c"] {
            world.post_many(account, 3).await;
        }
        world.relay().await;
    }
    world.until_read(&mut one, "a", 63).await;
    world.until_read(&mut one, "c", 62).await;
    world.until_read(&mut two, "a", 63).await;
    world.until_read(&mut two, "b", 63).await;
    running.stop().await;
    // Events from before the grant are in the snapshot. Customer 3 holds b and never enrols.
    assert_eq!(one.sequences("a"), range(4, 63));
    assert_eq!(one.sequences("c"), range(3, 62));
    assert_eq!(two.sequences("a"), range(4, 63));
    assert_eq!(two.sequences("b"), range(4, 63));
    assert_eq!(one.count(EntryKind::DeviceAdded), 1);
    assert_eq!(one.entries.len(), 121);
    assert_eq!(notification.counters().entries, 240);
    assert!(
        world
            .broker()
            .head(crate::world::channel_of("3"))
            .await
            .is_err()
    );
    // The entry is the event without its holders, byte for byte.
    let events = world.events_of("c").await;
    let of_c: Vec<_> = one
        .entries
        .iter()
        .filter(|entry| entry.account == events[0].entry.account)
        .collect();
    assert!(
        of_c.iter()
            .zip(&events[2..])
            .all(|(entry, event)| **entry == event.entry)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn repeated_and_shuffled_deliveries_are_numbered_once_and_in_order() {
    let seed: u64 = rand::random();
    println!("seed {seed}");
    let mut rng = StdRng::seed_from_u64(seed);
    let world = World::new(1).await;
    let notification = world.open().await;
    world.customer("1").await;
    world.customer("2").await;
    world.account("a", &["1", "2"]).await;
    world.account("b", &["1"]).await;
    let mut one = world.enrolled(&notification, "1").await;
    let mut two = world.enrolled(&notification, "2").await;
    let script = Arc::new(Script::default());
    let running = world.run_settled(&notification, script.clone()).await;
    world.post_many("a", 60).await;
    world.post_many("b", 60).await;
    let mut deliveries = Vec::new();
    for account in ["a", "b"] {
        for event in world.events_of(account).await {
            let sealed = relay_keys()
                .seal(&event, "/sandbox", &rng.random())
                .unwrap();
            let bytes = Bytes::from(sealed.to_json().unwrap());
            deliveries.extend(std::iter::repeat_n(bytes, rng.random_range(1..=3)));
        }
    }
    deliveries.shuffle(&mut rng);
    while !deliveries.is_empty() {
        let size = rng.random_range(1..=20).min(deliveries.len());
        script.hand(deliveries.drain(..size).collect());
    }
    until("the last acknowledgement", async || script.is_done()).await;
    world.until_read(&mut one, "a", 63).await;
    world.until_read(&mut one, "b", 62).await;
    world.until_read(&mut two, "a", 63).await;
    running.stop().await;
    assert_eq!(one.sequences("a"), range(4, 63), "seed {seed}");
    assert_eq!(one.sequences("b"), range(3, 62), "seed {seed}");
    assert_eq!(two.sequences("a"), range(4, 63), "seed {seed}");
    assert_eq!(two.head.number.get(), 61, "seed {seed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_holder_starts_with_the_joining_event_and_a_former_holder_ends_with_the_leaving_event()
 {
    let world = World::new(2).await;
    let notification = world.open().await;
    world.customer("1").await;
    world.customer("2").await;
    world.account("a", &["1"]).await;
    let mut one = world.enrolled(&notification, "1").await;
    let mut two = world.enrolled(&notification, "2").await;
    let running = world.run(&notification);
    let bank = &world.bank.bank;
    let leave = async || {
        let (account, customer) = ("a".parse().unwrap(), "2".parse().unwrap());
        bank.remove_holder(account, customer).await.unwrap();
    };
    world.post("a", "t3").await;
    world.hold("a", "2").await;
    world.post("a", "t5").await;
    leave().await;
    world.post("a", "t7").await;
    world.hold("a", "2").await;
    world.post("a", "t9").await;
    world.relay().await;
    world.until_read(&mut one, "a", 9).await;
    world.until_read(&mut two, "a", 9).await;
    running.stop().await;
    assert_eq!(one.sequences("a"), range(3, 9));
    assert_eq!(
        two.sequences("a"),
        [4, 5, 6, 8, 9],
        "customer 2 does not hold the account at 7"
    );
    assert_eq!(two.count(EntryKind::HolderAdded), 2);
    assert_eq!(two.count(EntryKind::HolderRemoved), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_instances_over_one_database_repeat_nothing_and_lose_nothing() {
    let world = World::new(3).await;
    let (first, second) = (world.open().await, world.open().await);
    second.compare_now().await.unwrap();
    assert_eq!(first.trust().unwrap(), second.trust().unwrap());
    let customers = ["1", "2", "3", "4"];
    let mut phones = Vec::new();
    for customer in customers {
        world.customer(customer).await;
        world.account(&format!("of-{customer}"), &[customer]).await;
    }
    world.account("all", &customers).await;
    for (customer, notification) in customers
        .into_iter()
        .zip([&first, &second, &first, &second])
    {
        phones.push(world.enrolled(notification, customer).await);
    }
    let running = [world.run(&first), world.run(&second)];
    for _ in 0..30 {
        for customer in customers {
            world.post_many(&format!("of-{customer}"), 2).await;
        }
        world.post_many("all", 2).await;
        world.relay().await;
    }
    for (phone, customer) in phones.iter_mut().zip(customers) {
        world.until_read(phone, "all", 65).await;
        world.until_read(phone, &format!("of-{customer}"), 62).await;
    }
    for running in running {
        running.stop().await;
    }
    for (phone, customer) in phones.iter().zip(customers) {
        assert_eq!(phone.sequences("all"), range(6, 65));
        assert_eq!(phone.sequences(&format!("of-{customer}")), range(3, 62));
        assert_eq!(phone.head.number.get(), 121);
    }
}
