//! Publishing is safe to repeat, and several publishers leave no gap.

use crate::support::{Bench, PARTITIONS, delivered, event, subject_in, take};
use pubsub::{EmbeddedPubSub, PartitionId, PubSubError};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

const PARTITION: PartitionId = PartitionId(0);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn publishers_that_race_number_without_a_gap() {
    let mut bench = Bench::new();
    let queue = bench.open().await;
    let of = subject_in(PARTITION);
    let mut publishers = Vec::new();
    for publisher in 0..8 {
        let queue = Arc::clone(&queue);
        publishers.push(tokio::spawn(async move {
            for n in 1..=20 {
                queue
                    .publish(&[event(of, publisher * 100 + n)])
                    .await
                    .unwrap();
            }
        }));
    }
    for publisher in publishers {
        publisher.await.unwrap();
    }
    let deliveries = delivered(&take(&queue, PARTITION, 160).await);
    let numbers = deliveries.iter().map(|(n, _)| *n);
    assert!(numbers.eq(1..=160));
    let events: BTreeSet<u64> = deliveries
        .iter()
        .map(|(_, event)| event.sequence.get())
        .collect();
    assert_eq!(events.len(), 160);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dropped_publisher_that_repeats_loses_nothing() {
    let mut bench = Bench::new();
    let queue = bench.open().await;
    let of = subject_in(PARTITION);
    let mut dropped = 0;
    for n in 1..=200_u64 {
        let events = [event(of, n)];
        // The first poll passes the append to the log. Nobody learns its outcome.
        let half_way = tokio::time::timeout(Duration::ZERO, queue.publish(&events)).await;
        dropped += usize::from(half_way.is_err());
        queue.publish(&events).await.unwrap();
    }
    assert!(dropped > 0, "none was dropped");
    // Each event is delivered at least once, and first deliveries are in order.
    let mut next = 1;
    while next <= 200 {
        for (_, event) in delivered(&take(&queue, PARTITION, 1).await) {
            assert!(event.sequence.get() <= next, "{next} is missing");
            next = next.max(event.sequence.get() + 1);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn publishing_nothing_returns_at_once() {
    let mut bench = Bench::new();
    let queue = bench.open().await;
    queue.publish(&[]).await.unwrap();
    queue
        .publish(&[event(subject_in(PARTITION), 1)])
        .await
        .unwrap();
    assert_eq!(take(&queue, PARTITION, 1).await[0].number.get(), 1);
}

#[tokio::test]
async fn a_partition_whose_consumer_lags_accepts_no_more() {
    let mut bench = Bench::new();
    drop(bench.open().await);
    let log: Arc<dyn channel_log::ChannelLog> = bench.shared_log();
    let queue = EmbeddedPubSub::open(log, PARTITIONS).await.unwrap();
    let queue = queue.with_unacknowledged_max(3);
    let of = subject_in(PARTITION);
    for n in 1..=3 {
        queue.publish(&[event(of, n)]).await.unwrap();
    }
    let elsewhere = event(subject_in(PartitionId(1)), 1);
    for _ in 0..2 {
        let refused = queue.publish(&[elsewhere.clone(), event(of, 4)]).await;
        assert!(
            matches!(refused, Err(PubSubError::Full(PARTITION))),
            "{refused:?}"
        );
    }
    queue.publish(&[elsewhere]).await.unwrap();
    let first = take(&queue, PARTITION, 1).await;
    let refused = queue.publish(&[event(of, 4)]).await;
    assert!(refused.is_err(), "delivered is not acknowledged");
    queue
        .acknowledge(PARTITION, &[first[0].number])
        .await
        .unwrap();
    queue.publish(&[event(of, 4)]).await.unwrap();
    let rest = delivered(&take(&queue, PARTITION, 3).await);
    let sequences = rest.iter().map(|(_, event)| event.sequence.get());
    assert!(sequences.eq(2..=4), "no refused event is stored");
}
