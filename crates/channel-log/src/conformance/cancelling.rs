//! Dropping a future at any of its awaits.

use super::{
    Fixture, append, append_bytes, append_one, assert_records, at, channel, fill, generation, open,
    read_all, soon,
};
use crate::{Append, ChannelHead, LogChannelKind, Read, ReadLimit};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use types::ChannelId;

/// More awaits than any method has.
const AWAITS_MAX: usize = 1_000;

/// Polls a future through `awaits` awaits and drops it at the next. Returns its outcome if it ends before.
async fn dropped_after<T>(awaits: usize, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    let mut left = awaits;
    let cut = poll_fn(move |context| match future.as_mut().poll(context) {
        Poll::Ready(outcome) => Poll::Ready(Some(outcome)),
        Poll::Pending if left == 0 => Poll::Ready(None),
        Poll::Pending => {
            left -= 1;
            Poll::Pending
        }
    });
    soon(cut).await
}

/// Repeats a call, each time with one await more, until it ends before it is dropped.
async fn dropped_everywhere<T, F: Future<Output = T>>(mut ask: impl FnMut() -> F) -> T {
    for awaits in 0..AWAITS_MAX {
        if let Some(outcome) = dropped_after(awaits, ask()).await {
            return outcome;
        }
    }
    panic!("the call never ended");
}

const RUN: u64 = 12;

/// A run of records, of which the last are so large that an engine may store them in several parts.
fn run(channel: ChannelId, from: u64) -> Vec<Append> {
    let bytes = |n| if n < from + RUN - 3 { 100 } else { 400_000 };
    (from..from + RUN)
        .map(|n| append_bytes(channel, n, vec![u8::try_from(n).unwrap(); bytes(n)]))
        .collect()
}

/// A dropped append stores all, some or none of a run. The same append again stores the rest.
pub async fn an_append_may_be_dropped_at_any_await(fixture: &mut impl Fixture) {
    let log = fixture.open().await;
    let (one, other) = (channel(1), channel(2));
    open(&*log, one).await;
    fill(&*log, other, 1..=1).await;
    let mut expected = Vec::new();
    for round in 0..3 {
        let records = run(one, round * RUN + 1);
        let answers = dropped_everywhere(|| log.append(records.clone())).await;
        assert_eq!(answers.len(), records.len());
        for (record, answer) in records.iter().zip(answers) {
            assert_eq!(answer.unwrap().position, at(record.number.get()));
        }
        expected.extend(records);
        // A dropped append must not block other callers.
        append_one(&*log, append(other, round + 2)).await.unwrap();
    }
    let stored = read_all(&*log, one, at(0)).await;
    assert_eq!(stored.len(), expected.len());
    for (stored, expected) in stored.iter().zip(&expected) {
        assert_eq!(stored.number, expected.number);
        assert_eq!(stored.hash, expected.hash);
        assert_eq!(stored.bytes, expected.bytes);
    }
    assert_records(&read_all(&*log, other, at(0)).await, other, 1..=4);
    fixture.close().await;
}

/// A dropped open, trim or restart is settled by repeating it.
pub async fn changes_may_be_dropped_at_any_await(fixture: &mut impl Fixture) {
    let log = fixture.open().await;
    let channel = channel(1);
    let head = dropped_everywhere(|| log.open(channel, LogChannelKind::Customer)).await;
    let first = ChannelHead::empty(LogChannelKind::Customer, generation(1));
    assert_eq!(head, Ok(first));
    fill(&*log, channel, 1..=9).await;
    let trimmed = dropped_everywhere(|| log.trim(channel, at(5))).await;
    assert_eq!(trimmed, Ok(()));
    assert_records(&read_all(&*log, channel, at(5)).await, channel, 6..=9);
    let head = dropped_everywhere(|| log.restart(channel, generation(2))).await;
    let second = ChannelHead::empty(LogChannelKind::Customer, generation(2));
    assert_eq!(head, Ok(second));
    assert_eq!(log.head(channel).await, Ok(second));
    fixture.close().await;
}

/// A dropped read or registration changes nothing. A watch keeps its level if a wait on it is dropped.
pub async fn queries_may_be_dropped_at_any_await(fixture: &mut impl Fixture) {
    let log = fixture.open().await;
    let channel = channel(1);
    fill(&*log, channel, 1..=3).await;
    let head = dropped_everywhere(|| log.head(channel)).await.unwrap();
    assert_eq!(head.position, at(3));
    let read = dropped_everywhere(|| log.read(channel, at(1), ReadLimit::default())).await;
    let Ok(Read::Records { records, .. }) = read else {
        panic!("{read:?}");
    };
    assert_records(&records, channel, 2..=3);
    let mut watch = dropped_everywhere(|| log.watch(channel)).await.unwrap();
    assert_eq!(dropped_after(0, watch.beyond(at(3))).await, None);
    let appending = Arc::clone(&log);
    let appended =
        tokio::spawn(async move { append_one(&*appending, append(channel, 4)).await.unwrap() });
    soon(appended).await.unwrap();
    assert_eq!(soon(watch.beyond(at(3))).await, Ok(at(4)));
    drop((watch, log));
    fixture.close().await;
}
