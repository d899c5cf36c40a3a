//! Events a second: `cargo test -p notification --release --test it -- --ignored --nocapture`.

use crate::world::{World, until};
use notification::Settings;
use std::time::Instant;

const CUSTOMERS: usize = 2_000;
const EVENTS: usize = 40_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement"]
async fn events_per_second() {
    let mut world = World::new(4).await;
    world.settings = Settings::default();
    let notification = world.open().await;
    let started = Instant::now();
    for index in 0..CUSTOMERS {
        let customer = format!("{index}");
        world.customer(&customer).await;
        world.account(&format!("a{index}"), &[&customer]).await;
    }
    println!("loaded: {:?}", started.elapsed());
    let started = Instant::now();
    let enrolled = (0..CUSTOMERS).map(|index| {
        let (world, notification) = (&world, &notification);
        async move { world.enrolled(notification, &format!("{index}")).await }
    });
    let mut phones = futures_util::future::join_all(enrolled).await;
    println!("{CUSTOMERS} grants: {:?}", started.elapsed());
    world.relay().await;
    let started = Instant::now();
    let posts = (0..EVENTS).map(|index| {
        let world = &world;
        async move {
            let account = format!("a{}", index % CUSTOMERS);
            world.post(&account, &format!("t{index}")).await;
        }
    });
    let posts = futures_util::stream::iter(posts);
    futures_util::StreamExt::for_each_concurrent(posts, 256, |post| post).await;
    println!("{EVENTS} posts: {:?}", started.elapsed());
    let started = Instant::now();
    world.relay().await;
    println!("relayed: {:?}", started.elapsed());
    let started = Instant::now();
    let running = world.run(&notification);
    let entries = u64::try_from(EVENTS).unwrap();
    until("the numbering", async || {
        notification.counters().entries == entries
    })
    .await;
    let numbered = started.elapsed();
    until("the publishing", async || notification.is_published()).await;
    let published = started.elapsed();
    running.stop().await;
    let per_second = u128::from(entries) * 1_000 / published.as_millis();
    println!("numbered in {numbered:?}, published in {published:?}: {per_second} events a second");
    let phone = &mut phones[7];
    phone.sync(world.broker()).await;
    assert_eq!(phone.sequences("a7").len(), EVENTS / CUSTOMERS);
}
