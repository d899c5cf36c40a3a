//! A crash at any step, or a broker that fails at random, repeats identical bytes only.

use crate::engine::ask;
use crate::ports::Faults;
use crate::world::{World, messages, range, until};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use std::time::Duration;

/// All messages that notification stores: channel, generation, number, bytes.
fn kept(world: &World) -> Vec<String> {
    let select = "SELECT channel, generation, number, bytes FROM outgoing ORDER BY 1, 2, 3";
    let kept = ask(&world.path(), select);
    kept.lines().map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_numbered_before_a_crash_are_sent_unchanged_after_it() {
    let world = World::new(2).await;
    let notification = world.open().await;
    world.customer("1").await;
    world.account("a", &["1"]).await;
    let mut one = world.enrolled(&notification, "1").await;
    world.messages.faults.set(1);
    let running = world.run(&notification);
    world.post_many("a", 200).await;
    world.relay().await;
    until("the numbering", async || {
        notification.counters().entries == 200
    })
    .await;
    running.kill().await;
    drop(notification);
    let before = kept(&world);
    assert_eq!(before.len(), 201);
    world.messages.faults.set(0);
    let notification = world.open().await;
    let running = world.run(&notification);
    world.until_read(&mut one, "a", 202).await;
    running.stop().await;
    assert_eq!(one.sequences("a"), range(3, 202));
    assert_eq!(
        notification.counters().entries,
        0,
        "nothing was numbered again"
    );
    assert_eq!(kept(&world), before);
    let mut all = one.pull(world.broker()).await;
    assert!(all.is_empty());
    one.head = envelope::Head::start(one.channel, one.generation());
    all.extend(one.pull(world.broker()).await);
    let bytes: Vec<Vec<u8>> = all
        .iter()
        .map(|message| message.encode().to_vec())
        .collect();
    let of_before: Vec<Vec<u8>> = before
        .iter()
        .map(|row| {
            let (_, bytes) = row.rsplit_once("\\x").unwrap();
            types::hex::decode(bytes).unwrap()
        })
        .collect();
    assert_eq!(bytes, of_before, "the broker has the stored bytes");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_message_arrives_once_despite_faults_and_crashes() {
    let seed: u64 = rand::random();
    println!("seed {seed}");
    let mut rng = StdRng::seed_from_u64(seed);
    let mut world = World::new(3).await;
    world.messages = messages(world.broker_log.clone(), Faults::of(seed));
    let mut notification = world.open().await;
    let customers = ["1", "2", "3"];
    for customer in customers {
        world.customer(customer).await;
    }
    world.account("a", &["1", "2"]).await;
    world.account("b", &["2", "3"]).await;
    let mut phones = Vec::new();
    for customer in customers {
        phones.push(world.enrolled(&notification, customer).await);
    }
    world.messages.faults.set(4);
    let mut running = world.run(&notification);
    for _ in 0..8 {
        for account in ["a", "b"] {
            world.post_many(account, rng.random_range(1..30)).await;
        }
        world.relay().await;
        let after = Duration::from_millis(rng.random_range(0..60));
        tokio::time::sleep(after).await;
        running.kill().await;
        drop(notification);
        notification = world.open().await;
        running = world.run(&notification);
    }
    world.messages.faults.set(0);
    for (account, of) in [("a", [0, 1]), ("b", [1, 2])] {
        let newest = world.events_of(account).await.len();
        let newest = u64::try_from(newest).unwrap();
        for index in of {
            world.until_read(&mut phones[index], account, newest).await;
            assert_eq!(
                phones[index].sequences(account),
                range(4, newest),
                "seed {seed}"
            );
        }
    }
    running.stop().await;
    assert_eq!(notification.counters().restarts, 0, "seed {seed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_node_sends_messages_that_a_node_numbered() {
    let world = World::new(1).await;
    let (first, second) = (world.open().await, world.open().await);
    world.customer("1").await;
    world.account("a", &["1"]).await;
    let mut one = world.enrolled(&first, "1").await;
    let running = world.run(&second);
    // The first node crashes here. It never ran its publisher.
    drop(first);
    second.compare_now().await.unwrap();
    until("the first node's message", async || {
        one.sync(world.broker()).await;
        one.head.number.get() == 1
    })
    .await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_stops_while_the_broker_is_down() {
    let world = World::new(1).await;
    let notification = world.open().await;
    world.customer("1").await;
    let mut one = world.enrolled(&notification, "1").await;
    world.messages.faults.set(1);
    let running = world.run(&notification);
    running.stop().await;
    assert!(!notification.is_published());
    world.messages.faults.set(0);
    let running = world.run(&notification);
    until("the message", async || {
        one.sync(world.broker()).await;
        one.head.number.get() == 1
    })
    .await;
    running.stop().await;
    assert!(notification.is_published());
}
