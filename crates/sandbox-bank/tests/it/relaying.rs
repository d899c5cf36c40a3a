//! The relay publishes every committed event in order. Whatever fails in between, only repetitions follow.

use crate::{account, empty, open, order};
use async_trait::async_trait;
use envelope::RelayKeys;
use protocol::{CloudEvent, Event};
use sandbox_bank::ports::{EventSink, SinkError};
use sandbox_bank::{Relay, SandboxBank};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use tokio::sync::Notify;
use types::{KeyEpoch, Sequence, SubjectId};

/// A pub/sub that stores what it gets. It can refuse events, and it can fail between storing and answering.
#[derive(Default)]
struct Sink {
    taken: Mutex<Vec<CloudEvent>>,
    refusals: Mutex<usize>,
    silent: Mutex<bool>,
    changed: Notify,
}

#[async_trait]
impl EventSink for Sink {
    async fn publish(&self, events: &[CloudEvent]) -> Result<(), SinkError> {
        {
            let mut refusals = self.refusals.lock().unwrap();
            if *refusals > 0 {
                *refusals -= 1;
                return Err(SinkError("not now".into()));
            }
        }
        self.taken.lock().unwrap().extend_from_slice(events);
        self.changed.notify_one();
        let silent = *self.silent.lock().unwrap();
        if silent {
            std::future::pending::<()>().await;
        }
        Ok(())
    }
}

impl Sink {
    async fn has(&self, count: usize) {
        while self.taken.lock().unwrap().len() < count {
            self.changed.notified().await;
        }
    }

    /// Each subject's sequences in the order of arrival, from the opened events.
    fn sequences(&self) -> BTreeMap<SubjectId, Vec<u64>> {
        let mut sequences: BTreeMap<SubjectId, Vec<u64>> = BTreeMap::new();
        for sealed in self.taken.lock().unwrap().iter() {
            let event: Event = keys().open(sealed).unwrap();
            let (subject, sequence) = event.subject().unwrap();
            sequences
                .entry(subject.clone())
                .or_default()
                .push(sequence.get());
        }
        sequences
    }
}

fn keys() -> RelayKeys {
    RelayKeys::derive(&[7; 32], KeyEpoch::FIRST)
}

fn relay(bank: &SandboxBank, sink: &Arc<Sink>) -> Relay {
    Relay::new(bank.clone(), keys(), "/sandbox".to_owned(), sink.clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_committed_is_published_in_its_subjects_order() {
    let (bank, _directory) = empty();
    let sink = Arc::new(Sink::default());
    let running = tokio::spawn({
        let relay = relay(&bank, &sink);
        async move { relay.run().await }
    });
    let accounts: Vec<String> = (0..10).map(|index| format!("a{index}")).collect();
    bank.load_accounts(accounts.iter().map(|id| account(id)).collect())
        .await
        .unwrap();
    let posts: Vec<_> = (0..600)
        .map(|index| {
            let bank = bank.clone();
            let account = accounts[index % 10].clone();
            tokio::spawn(async move {
                bank.post(order(&format!("t{index}"), &account, 1))
                    .await
                    .unwrap()
            })
        })
        .collect();
    for post in posts {
        post.await.unwrap();
    }
    sink.has(610).await;
    running.abort();
    let sequences = sink.sequences();
    assert_eq!(sequences.len(), 10);
    for sequences in sequences.values() {
        assert!(sequences.iter().copied().eq(1..=61), "{sequences:?}");
    }
}

#[tokio::test]
async fn a_commit_wakes_an_idle_relay_even_if_the_caller_has_left() {
    let (bank, _directory) = empty();
    let sink = Arc::new(Sink::default());
    let relay = relay(&bank, &sink);
    assert_eq!(relay.relay_batch().await.unwrap(), 0);
    let running = tokio::spawn(async move { relay.run().await });
    {
        // Polled once, so that the unit of work is queued; then dropped.
        let mut loading = std::pin::pin!(bank.load_accounts(vec![account("a")]));
        let polled =
            std::future::poll_fn(|context| std::task::Poll::Ready(loading.as_mut().poll(context)))
                .await;
        assert!(polled.is_pending());
    }
    sink.has(1).await;
    running.abort();
}

#[tokio::test]
async fn a_crash_between_publishing_and_marking_repeats_and_loses_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("bank.sqlite");
    let sink = Arc::new(Sink::default());
    {
        let bank = open(&path);
        bank.load_accounts(vec![account("a")]).await.unwrap();
        bank.post(order("t1", "a", 1)).await.unwrap();
        relay(&bank, &sink).relay_batch().await.unwrap();
        bank.post(order("t2", "a", 1)).await.unwrap();
        *sink.silent.lock().unwrap() = true;
        let relay = relay(&bank, &sink);
        let dying = tokio::spawn(async move { relay.run().await });
        sink.has(3).await;
        dying.abort();
        let _aborted = dying.await;
    }
    *sink.silent.lock().unwrap() = false;
    let bank = open(&path);
    bank.post(order("t3", "a", 1)).await.unwrap();
    let relay = relay(&bank, &sink);
    while relay.relay_batch().await.unwrap() > 0 {}
    let subject = crate::subject("a");
    assert_eq!(
        sink.sequences()[&subject],
        [1, 2, 3, 3, 4],
        "3 was published and not marked"
    );
    let taken = sink.taken.lock().unwrap();
    assert_eq!(taken[2].id, taken[3].id, "the same event has the same id");
    assert_eq!(taken[2].sequence, Sequence::new(3).unwrap());
}

#[tokio::test(start_paused = true)]
async fn a_refused_batch_is_retried_and_nothing_overtakes_it() {
    let (bank, _directory) = empty();
    bank.load_accounts(vec![account("a")]).await.unwrap();
    bank.post(order("t1", "a", 1)).await.unwrap();
    let sink = Arc::new(Sink::default());
    *sink.refusals.lock().unwrap() = 5;
    assert_eq!(relay(&bank, &sink).relay_batch().await.unwrap(), 2);
    let subject = crate::subject("a");
    assert_eq!(sink.sequences()[&subject], [1, 2]);
}

#[tokio::test]
async fn pub_sub_sees_neither_account_nor_transaction() {
    let (bank, _directory) = empty();
    bank.load_accounts(vec![account("account-4711")])
        .await
        .unwrap();
    bank.post(order("transaction-0815", "account-4711", 1))
        .await
        .unwrap();
    let sink = Arc::new(Sink::default());
    relay(&bank, &sink).relay_batch().await.unwrap();
    for event in sink.taken.lock().unwrap().iter() {
        let json = String::from_utf8(event.to_json().unwrap()).unwrap();
        assert!(!json.contains("4711") && !json.contains("0815"), "{json}");
    }
}
