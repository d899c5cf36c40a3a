//! Acknowledged records survive the end and restart of the engine.

use super::{
    Fixture, append, append_one, assert_records, at, channel, fill, generation, number, open,
    read_all,
};
use crate::{AppendError, ChannelHead, LogChannelKind, Read, ReadLimit};
use std::sync::Arc;
use types::{Generation, Position};

/// Records written by several tasks are there after each of several restarts, in order, each once.
pub async fn acknowledged_records_survive_a_restart(fixture: &mut impl Fixture) {
    for round in 0..4 {
        let log = fixture.open().await;
        let mut writers = Vec::new();
        for c in 0..16 {
            let log = Arc::clone(&log);
            writers.push(tokio::spawn(async move {
                open(&*log, channel(c)).await;
                for n in round * 25 + 1..=(round + 1) * 25 {
                    append_one(&*log, append(channel(c), n)).await.unwrap();
                }
            }));
        }
        for writer in writers {
            writer.await.unwrap();
        }
        drop(log);
        fixture.close().await;
        let log = fixture.open().await;
        for c in 0..16 {
            let records = read_all(&*log, channel(c), at(0)).await;
            assert_records(&records, channel(c), 1..=(round + 1) * 25);
            // The stored answer survives a restart of the engine.
            let last = append(channel(c), (round + 1) * 25);
            assert!(append_one(&*log, last).await.is_ok());
        }
        drop(log);
        fixture.close().await;
    }
}

/// Kinds, trims and generations survive a restart.
pub async fn changes_survive_a_restart(fixture: &mut impl Fixture) {
    let log = fixture.open().await;
    let (trimmed, emptied, restarted, global) = (channel(1), channel(2), channel(3), channel(4));
    for channel in [trimmed, emptied, restarted] {
        fill(&*log, channel, 1..=10).await;
    }
    log.open(global, LogChannelKind::Global).await.unwrap();
    log.trim(trimmed, at(6)).await.unwrap();
    log.trim(emptied, at(10)).await.unwrap();
    log.restart(restarted, generation(2)).await.unwrap();
    drop(log);
    fixture.close().await;

    let log = fixture.open().await;
    assert_eq!(
        log.head(global).await,
        Ok(ChannelHead::empty(
            LogChannelKind::Global,
            Generation::FIRST
        ))
    );
    assert_records(&read_all(&*log, trimmed, at(6)).await, trimmed, 7..=10);
    for (channel, oldest) in [(trimmed, 7), (emptied, 11)] {
        let newest = log.head(channel).await.unwrap();
        assert_eq!(newest.position, at(10));
        let oldest = number(oldest);
        let read = log
            .read(channel, Position::START, ReadLimit::default())
            .await;
        assert_eq!(read, Ok(Read::Trimmed { oldest, newest }));
        let refused = append_one(&*log, append(channel, 2)).await;
        assert_eq!(refused, Err(AppendError::Trimmed { newest }));
    }
    append_one(&*log, append(emptied, 11)).await.unwrap();
    let second = ChannelHead::empty(LogChannelKind::Customer, generation(2));
    assert_eq!(log.head(restarted).await, Ok(second));
    let read = log.read(restarted, at(3), ReadLimit::default()).await;
    assert_eq!(read, Ok(Read::Generation { newest: second }));
    drop(log);
    fixture.close().await;
}

/// Many channels that were opened and then left alone are unchanged.
pub async fn dormant_channels_survive_a_restart(fixture: &mut impl Fixture) {
    let log = fixture.open().await;
    let count = 3000;
    let mut openers = Vec::new();
    for part in 0..30 {
        let log = Arc::clone(&log);
        openers.push(tokio::spawn(async move {
            for c in (0..count).filter(|c| c % 30 == part) {
                open(&*log, channel(c)).await;
            }
        }));
    }
    for opener in openers {
        opener.await.unwrap();
    }
    let records = (0..count)
        .filter(|c| c % 2 == 0)
        .map(|c| append(channel(c), 1));
    for answer in log.append(records.collect()).await {
        answer.unwrap();
    }
    drop(log);
    fixture.close().await;
    let log = fixture.open().await;
    for c in 0..count {
        let head = log.head(channel(c)).await.unwrap();
        assert_eq!(head.position, at(u64::from(c % 2 == 0)), "channel {c}");
    }
    let all: Vec<_> = (0..count)
        .map(|c| append(channel(c), 1 + u64::from(c % 2 == 0)))
        .collect();
    for answer in log.append(all).await {
        answer.unwrap();
    }
    assert!(log.head(channel(count)).await.is_err());
    drop(log);
    fixture.close().await;
}
