//! A part that panics ends the whole service, because a service without that part would deliver nothing.

use crate::ports::Script;
use crate::world::World;
use async_trait::async_trait;
use notification::ports::{Delivery, EventSource, PortError};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// A pub/sub whose client panics.
struct Broken;

#[async_trait]
impl EventSource for Broken {
    fn partitions(&self) -> usize {
        2
    }

    async fn next(&self, partition: usize, _max: usize) -> Result<Vec<Delivery>, PortError> {
        assert!(partition == 0, "a panic of the test");
        std::future::pending().await
    }

    async fn acknowledge(&self, _partition: usize, _positions: &[u64]) -> Result<(), PortError> {
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_panics_ends_the_run() {
    let world = World::new(1).await;
    let notification = world.open().await;
    world.run_on(&notification, Arc::new(Broken)).ended().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_publisher_that_panics_ends_the_run() {
    let world = World::new(1).await;
    let notification = world.open().await;
    world.customer("1").await;
    world.account("a", &["1"]).await;
    let script = Arc::new(Script::default());
    let running = world.run_settled(&notification, script).await;
    world.messages.faults.panics.store(true, Ordering::SeqCst);
    let _one = world.enrolled(&notification, "1").await;
    running.ended().await;
}
