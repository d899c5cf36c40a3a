//! Every event is delivered, each subject's in order, and no more at a time than the consumer requests.

use crate::support::{
    Bench, PARTITIONS, delivered, event, number, soon, subject, subject_in, take,
};
use pubsub::{PartitionId, PubSubError};
use std::collections::BTreeMap;
use std::sync::Arc;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn partitions_keep_each_subjects_order() {
    let mut bench = Bench::new();
    let queue = bench.open().await;
    let (subjects, each) = (40, 25);
    let mut publishers = Vec::new();
    for of in 0..subjects {
        let queue = Arc::clone(&queue);
        publishers.push(tokio::spawn(async move {
            for first in (1..=each).step_by(5) {
                let events: Vec<_> = (first..first + 5)
                    .map(|sequence| event(of, sequence))
                    .collect();
                queue.publish(&events).await.unwrap();
            }
        }));
    }
    for publisher in publishers {
        publisher.await.unwrap();
    }
    let mut expected: BTreeMap<PartitionId, usize> = BTreeMap::new();
    for of in 0..subjects {
        *expected
            .entry(PartitionId::of(&subject(of), PARTITIONS))
            .or_default() += 25;
    }
    let mut seen: BTreeMap<_, u64> = BTreeMap::new();
    for (partition, count) in expected {
        let deliveries = take(&queue, partition, count).await;
        for (expected, (n, event)) in (1..).zip(delivered(&deliveries)) {
            assert_eq!(n, expected, "numbers of {partition} have a gap");
            assert_eq!(PartitionId::of(&event.subject, PARTITIONS), partition);
            let last = seen.entry(event.subject).or_default();
            assert_eq!(event.sequence.get(), *last + 1, "{event:?}");
            *last += 1;
        }
    }
    assert!(seen.values().all(|last| *last == each));
    assert_eq!(seen.len(), 40);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_consumer_gets_no_more_than_requested_and_waits_if_there_is_none() {
    let mut bench = Bench::new();
    let queue = bench.open().await;
    let partition = PartitionId(1);
    let of = subject_in(partition);
    let events: Vec<_> = (1..=10).map(|sequence| event(of, sequence)).collect();
    queue.publish(&events).await.unwrap();
    for (max, numbers) in [(3, 1..=3), (1, 4..=4), (100, 5..=10)] {
        let deliveries = soon(queue.next(partition, max)).await.unwrap();
        let found = deliveries.iter().map(|delivery| delivery.number.get());
        assert!(found.eq(numbers), "at most {max}");
    }
    // A dropped wait has received nothing.
    let given_up = tokio::time::timeout(std::time::Duration::ZERO, queue.next(partition, 5)).await;
    assert!(given_up.is_err());
    let waiting = {
        let queue = Arc::clone(&queue);
        tokio::spawn(async move { queue.next(partition, 5).await })
    };
    queue.publish(&[event(of, 11)]).await.unwrap();
    let deliveries = soon(waiting).await.unwrap().unwrap();
    assert_eq!(delivered(&deliveries), [(11, event(of, 11))]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_of_other_partitions_wake_no_consumer() {
    let mut bench = Bench::new();
    let queue = bench.open().await;
    let waiting = {
        let queue = Arc::clone(&queue);
        tokio::spawn(async move { queue.next(PartitionId(0), 5).await })
    };
    queue
        .publish(&[event(subject_in(PartitionId(2)), 1)])
        .await
        .unwrap();
    assert_eq!(take(&queue, PartitionId(2), 1).await.len(), 1);
    assert!(!waiting.is_finished());
    queue
        .publish(&[event(subject_in(PartitionId(0)), 1)])
        .await
        .unwrap();
    assert_eq!(soon(waiting).await.unwrap().unwrap()[0].number, number(1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_waiting_consumer_learns_that_the_log_stopped() {
    let mut bench = Bench::new();
    let queue = bench.open().await;
    let waiting = {
        let queue = Arc::clone(&queue);
        tokio::spawn(async move { queue.next(PartitionId(0), 5).await })
    };
    bench.log().close().await;
    assert!(matches!(
        soon(waiting).await.unwrap(),
        Err(PubSubError::Log(_))
    ));
    assert!(queue.publish(&[event(1, 1)]).await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_queue_has_the_requested_number_of_partitions() {
    let mut bench = Bench::new();
    let queue = bench.open().await;
    let partitions: Vec<_> = queue.partitions().collect();
    assert_eq!(partitions, [0, 1, 2, 3].map(PartitionId));
    let none = PartitionId(PARTITIONS);
    assert!(
        matches!(queue.next(none, 1).await, Err(PubSubError::NoSuchPartition(id)) if id == none)
    );
    let refused = queue.acknowledge(none, &[number(1)]).await;
    assert!(matches!(refused, Err(PubSubError::NoSuchPartition(id)) if id == none));
}
