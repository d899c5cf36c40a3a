//! Unacknowledged events, and only those, are delivered again after a restart.

use crate::support::{Bench, delivered, event, kept_from, number, soon, subject_in, take};
use pubsub::PartitionId;

const PARTITION: PartitionId = PartitionId(3);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unacknowledged_events_are_delivered_again_after_a_restart() {
    let mut bench = Bench::new();
    let queue = bench.open().await;
    let of = subject_in(PARTITION);
    let events: Vec<_> = (1..=10).map(|sequence| event(of, sequence)).collect();
    queue.publish(&events).await.unwrap();
    take(&queue, PARTITION, 6).await;
    let acknowledged: Vec<_> = (1..=4).map(number).collect();
    queue.acknowledge(PARTITION, &acknowledged).await.unwrap();

    let queue = bench.open().await;
    let again = take(&queue, PARTITION, 6).await;
    let expected: Vec<_> = (5..=10)
        .map(|sequence| (sequence, event(of, sequence)))
        .collect();
    assert_eq!(delivered(&again), expected);
    let all: Vec<_> = (5..=10).map(number).collect();
    queue.acknowledge(PARTITION, &all).await.unwrap();

    // Nothing is left, and the next event gets the next number.
    let queue = bench.open().await;
    queue.publish(&[event(of, 11)]).await.unwrap();
    assert_eq!(
        delivered(&take(&queue, PARTITION, 1).await),
        [(11, event(of, 11))]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acknowledgements_out_of_order_trim_only_an_unbroken_run() {
    let mut bench = Bench::new();
    let mut queue = bench.open().await;
    let of = subject_in(PARTITION);
    let events: Vec<_> = (1..=8).map(|sequence| event(of, sequence)).collect();
    queue.publish(&events).await.unwrap();
    take(&queue, PARTITION, 8).await;
    for (acknowledged, oldest) in [
        (vec![3, 5], 1),
        (vec![2], 1),
        (vec![1], 4),
        (vec![1, 3], 4),
        (vec![4], 6),
    ] {
        let numbers: Vec<_> = acknowledged.iter().copied().map(number).collect();
        queue.acknowledge(PARTITION, &numbers).await.unwrap();
        assert_eq!(
            kept_from(&bench, PARTITION).await,
            oldest,
            "after {acknowledged:?}"
        );
    }
    // Event 8 is acknowledged, but 6 and 7 are not: after a restart all three are delivered again.
    queue.acknowledge(PARTITION, &[number(8)]).await.unwrap();
    queue = bench.open().await;
    let again = take(&queue, PARTITION, 3).await;
    let expected: Vec<_> = (6..=8)
        .map(|sequence| (sequence, event(of, sequence)))
        .collect();
    assert_eq!(delivered(&again), expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn undelivered_events_cannot_be_acknowledged() {
    let mut bench = Bench::new();
    let queue = bench.open().await;
    let of = subject_in(PARTITION);
    let events: Vec<_> = (1..=3).map(|sequence| event(of, sequence)).collect();
    queue.publish(&events).await.unwrap();
    assert_eq!(soon(queue.next(PARTITION, 1)).await.unwrap().len(), 1);
    let all: Vec<_> = (1..=9).map(number).collect();
    queue.acknowledge(PARTITION, &all).await.unwrap();
    assert_eq!(kept_from(&bench, PARTITION).await, 2);
    let rest = take(&queue, PARTITION, 2).await;
    assert_eq!(delivered(&rest), [(2, event(of, 2)), (3, event(of, 3))]);
}
