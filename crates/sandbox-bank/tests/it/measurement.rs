//! Measures posts per second: `cargo test -p sandbox-bank --release --test it -- --ignored --nocapture`.

use crate::{account, customer, empty, holder, order};
use futures_util::StreamExt as _;
use std::time::Instant;
use types::Role;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement"]
async fn posts_per_second() {
    let (bank, _directory) = empty();
    let ids: Vec<String> = (0..1_000).map(|index| format!("{index}")).collect();
    bank.load_customers(ids.iter().map(|id| customer(id)).collect())
        .await
        .unwrap();
    bank.load_accounts(ids.iter().map(|id| account(id)).collect())
        .await
        .unwrap();
    bank.load_holders(ids.iter().map(|id| holder(id, id, Role::Owner)).collect())
        .await
        .unwrap();
    let started = Instant::now();
    futures_util::stream::iter(0..47_000)
        .for_each_concurrent(256, async |index: usize| {
            bank.post(order(&format!("t{index}"), &ids[index % 1_000], 1))
                .await
                .unwrap();
        })
        .await;
    println!("47,000 posts, 256 in flight: {:?}", started.elapsed());
}
