//! Watching: a level, not an edge.

use super::{Fixture, append, append_one, assert_records, at, channel, fill, number, open, soon};
use crate::{Read, ReadLimit};
use std::sync::Arc;
use types::Position;

/// The level stays at the newest position that became durable since the registration, however late it is read.
pub async fn a_watch_is_a_level(fixture: &mut impl Fixture) {
    let log = fixture.open().await;
    let (one, other) = (channel(1), channel(2));
    fill(&*log, one, 1..=2).await;
    let mut watch = log.watch(one).await.unwrap();
    let mut second = log.watch(one).await.unwrap();
    assert_eq!(watch.newest(), None);
    fill(&*log, other, 1..=5).await;
    fill(&*log, one, 3..=4).await;
    assert_eq!(soon(watch.beyond(at(2))).await, Ok(at(4)));
    assert_eq!(soon(watch.beyond(at(3))).await, Ok(at(4)));
    assert_eq!(watch.newest(), Some(at(4)));
    assert_eq!(soon(second.beyond(Position::START)).await, Ok(at(4)));
    drop(second);
    append_one(&*log, append(one, 5)).await.unwrap();
    assert_eq!(soon(watch.beyond(at(4))).await, Ok(at(5)));
    let restarted = log.restart(one, super::generation(2)).await.unwrap();
    assert_eq!(soon(watch.beyond(at(5))).await, Ok(restarted.position));
    drop(watch);
    fixture.close().await;
}

/// A channel may be watched before it is opened.
pub async fn a_watch_waits_for_a_channel_to_be_opened(fixture: &mut impl Fixture) {
    let log = fixture.open().await;
    let channel = channel(1);
    let mut watch = log.watch(channel).await.unwrap();
    let waiting = tokio::spawn(async move { watch.beyond(Position::START).await });
    open(&*log, channel).await;
    append_one(&*log, append(channel, 1)).await.unwrap();
    assert_eq!(soon(waiting).await.unwrap(), Ok(at(1)));
    fixture.close().await;
}

/// Readers that register, read, and wait at the newest position get every record while it is written.
pub async fn no_wake_up_is_lost(fixture: &mut impl Fixture) {
    let log = fixture.open().await;
    let channels = 4;
    let count = 400;
    for c in 0..channels {
        open(&*log, channel(c)).await;
    }
    let mut readers = Vec::new();
    for reader in 0..channels * 2 {
        let (log, channel) = (Arc::clone(&log), channel(reader % channels));
        readers.push(tokio::spawn(async move {
            let mut watch = log.watch(channel).await.unwrap();
            let mut mine = Position::START;
            let mut all = Vec::new();
            while mine.number < number(count) {
                let read = log.read(channel, mine, ReadLimit::default()).await;
                let Ok(Read::Records { records, newest }) = read else {
                    panic!("after {mine}: {read:?}");
                };
                if let Some(last) = records.last() {
                    mine.number = last.number;
                }
                all.extend(records);
                if mine == newest.position && mine.number < number(count) {
                    soon(watch.beyond(mine)).await.unwrap();
                }
                // Some readers register again, as a device does when it reconnects.
                if reader % 3 == 0 {
                    watch = log.watch(channel).await.unwrap();
                }
            }
            assert_records(&all, channel, 1..=count);
        }));
    }
    for n in 1..=count {
        let records = (0..channels).map(|c| append(channel(c), n)).collect();
        for answer in log.append(records).await {
            answer.unwrap();
        }
    }
    for reader in readers {
        soon(reader).await.unwrap();
    }
    drop(log);
    fixture.close().await;
}

/// A reader that waits when the engine ends gets an error.
pub async fn a_watch_reports_the_end_of_the_engine(fixture: &mut impl Fixture) {
    let log = fixture.open().await;
    fill(&*log, channel(1), 1..=1).await;
    let mut watch = log.watch(channel(1)).await.unwrap();
    let waiting = tokio::spawn(async move { watch.beyond(at(1)).await });
    drop(log);
    fixture.close().await;
    assert!(soon(waiting).await.unwrap().is_err());
}
