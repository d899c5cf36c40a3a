//! A log that is unavailable, or does not know the outcome of an append.

use crate::support::{Bench, PARTITIONS, delivered, event, kept_from, number, subject_in, take};
use channel_log::conformance::faults::{Fault, Faulty};
use channel_log::{AppendError, ChannelLog, LogError};
use pubsub::{Delivery, EmbeddedPubSub, PartitionId, PubSubError};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use types::{Generation, Position};

const PARTITION: PartitionId = PartitionId(1);
const EVENTS: u64 = 30;
const AWAY: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(100);

/// A queue on a log with injected faults.
async fn queue_on(bench: &mut Bench) -> (Arc<EmbeddedPubSub>, Arc<Faulty>) {
    drop(bench.open().await);
    let log = Faulty::new(bench.shared_log());
    let queue = EmbeddedPubSub::open(Arc::<Faulty>::clone(&log), PARTITIONS).await;
    (Arc::new(queue.unwrap()), log)
}

fn is_unavailable(error: &PubSubError) -> bool {
    matches!(
        error,
        PubSubError::Log(LogError::Unavailable(_))
            | PubSubError::Append(AppendError::Unavailable(_))
    )
}

/// Retries until the log is available, as publishers and consumers do.
async fn in_the_end<T>(mut ask: impl AsyncFnMut() -> Result<T, PubSubError>) -> T {
    loop {
        match ask().await {
            Ok(answer) => return answer,
            Err(error) => assert!(is_unavailable(&error), "{error:?}"),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_log_that_is_unavailable_for_a_minute_loses_nothing() {
    let mut bench = Bench::new();
    let (queue, log) = queue_on(&mut bench).await;
    let of = subject_in(PARTITION);
    let consumer = async {
        let mut all: Vec<Delivery> = Vec::new();
        while all.len() < usize::try_from(EVENTS).unwrap() {
            let deliveries = in_the_end(async || queue.next(PARTITION, 4).await).await;
            let numbers: Vec<_> = deliveries.iter().map(|delivery| delivery.number).collect();
            in_the_end(async || queue.acknowledge(PARTITION, &numbers).await).await;
            all.extend(deliveries);
        }
        all
    };
    let publisher = async {
        let mut away = Duration::ZERO;
        for n in 1..=EVENTS {
            let begun = Instant::now();
            if n == EVENTS / 2 {
                log.go_away();
                let back = Arc::clone(&log);
                tokio::spawn(async move {
                    tokio::time::sleep(AWAY).await;
                    back.heal();
                });
            }
            in_the_end(async || queue.publish(&[event(of, n)]).await).await;
            away = away.max(begun.elapsed());
        }
        away
    };
    let (deliveries, away) = tokio::join!(consumer, publisher);
    assert!(away >= AWAY, "{away:?}");
    assert!(log.failures() > 100, "{} refusals", log.failures());
    let expected: Vec<_> = (1..=EVENTS).map(|n| (n, event(of, n))).collect();
    assert_eq!(delivered(&deliveries), expected);
    assert_eq!(kept_from(&bench, PARTITION).await, EVENTS + 1);
}

#[tokio::test(start_paused = true)]
async fn an_append_of_unknown_outcome_is_sent_again_unchanged() {
    use Fault::{Late, Lost, Refused, Unanswered};
    let mut bench = Bench::new();
    let (queue, log) = queue_on(&mut bench).await;
    let of = subject_in(PARTITION);
    let plans: [&[Fault]; 6] = [
        &[Unanswered],
        &[Lost],
        &[Late],
        &[Unanswered, Refused, Refused, Lost],
        &[Lost, Refused, Unanswered],
        &[Late, Late, Unanswered],
    ];
    for (n, plan) in (1..).zip(plans) {
        log.plan(plan.iter().copied());
        queue.publish(&[event(of, n)]).await.unwrap();
        log.deliver().await;
    }
    let expected: Vec<_> = (1..=6).map(|n| (n, event(of, n))).collect();
    assert_eq!(delivered(&take(&queue, PARTITION, 6).await), expected);
    let head = log.head(PARTITION.channel()).await.unwrap();
    assert_eq!(head.position.number.get(), 6, "one is stored twice");
}

#[tokio::test(start_paused = true)]
async fn a_failed_trim_is_requested_again() {
    let mut bench = Bench::new();
    let (queue, log) = queue_on(&mut bench).await;
    let of = subject_in(PARTITION);
    queue.publish(&[event(of, 1), event(of, 2)]).await.unwrap();
    let deliveries = take(&queue, PARTITION, 2).await;
    let numbers: Vec<_> = deliveries.iter().map(|delivery| delivery.number).collect();
    log.plan([Fault::Refused, Fault::Lost]);
    for _ in 0..2 {
        assert!(queue.acknowledge(PARTITION, &numbers).await.is_err());
        assert_eq!(kept_from(&bench, PARTITION).await, 1);
    }
    queue.acknowledge(PARTITION, &numbers).await.unwrap();
    assert_eq!(kept_from(&bench, PARTITION).await, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_consumer_continues_after_events_trimmed_before_it_started() {
    let mut bench = Bench::new();
    let queue = bench.open().await;
    let of = subject_in(PARTITION);
    let events: Vec<_> = (1..=5).map(|n| event(of, n)).collect();
    queue.publish(&events).await.unwrap();
    let through = Position::new(Generation::FIRST, number(3));
    bench
        .log()
        .trim(PARTITION.channel(), through)
        .await
        .unwrap();
    let expected = [(4, event(of, 4)), (5, event(of, 5))];
    assert_eq!(delivered(&take(&queue, PARTITION, 2).await), expected);
}
